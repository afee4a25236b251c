"""Reader of untrusted JSON files, within the limits of `leaderboard.bounded_json`."""

from pathlib import Path
from typing import Any

from leaderboard.bounded_json import MOST_VALUES, JsonError, parse_json
from leaderboard.data.text_files import read_text
from leaderboard.errors import RequestError

LARGEST_BYTES = 256 * 2**20


def read_json(
    path: Path,
    *,
    largest: int = LARGEST_BYTES,
    most_values: int = MOST_VALUES,
    unique_keys: bool = False,
    finite: bool = False,
) -> Any:
    """Read the value of a JSON file.

    Args:
        path: path of a UTF-8 file.
        largest: most bytes that it may have.
        most_values: as in `parse_json`.
        unique_keys: as in `parse_json`.
        finite: as in `parse_json`.

    Raises:
        RequestError: naming the file, and the line and column where there is one.
    """
    text = read_text(path, largest=largest)
    try:
        return parse_json(text, unique_keys=unique_keys, finite=finite, most_values=most_values)
    except JsonError as error:
        raise RequestError(f"{path}: cannot be read: not JSON: {error}") from None
