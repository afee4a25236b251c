"""Checks of the values of a row, before an example is made of them."""

from collections.abc import Mapping
from typing import Any

from leaderboard.data.class_lookup import is_missing
from leaderboard.data.fields import MissingValueError
from leaderboard.data.specification import FileFormat, Reading
from leaderboard.errors import RequestError

_OPTIONAL = frozenset({"id", "group"})
_SHOWN = 40
"""Maximum length of a value in a message, in characters."""


def check_values(values: Mapping[str, Any]) -> None:
    """Check that values are present, without NUL and unpaired surrogates.

    Raises:
        MissingValueError: for a field without a value.
        RequestError: for NUL, or half a surrogate pair, which no encoding can write.
    """
    for name, value in values.items():
        if is_missing(value) and name not in _OPTIONAL:
            raise MissingValueError(f"field '{name}': no value ({value!r}); `missing: drop` leaves such rows out")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                check_text(name, text)


def check_text(field: str, text: str) -> None:
    """Check a text of an example.

    Raises:
        RequestError: for NUL, or half a surrogate pair, which no encoding can write.
    """
    if "\0" in text:
        raise RequestError(f"field '{field}': {_quoted(text)} has a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = text[error.start].encode("ascii", "backslashreplace").decode()
        raise RequestError(
            f"field '{field}': character {error.start + 1} is half of a surrogate pair ({half}), no character"
        ) from None


def unclosed_quote(values: Mapping[str, Any], reading: Reading, raw_labels: tuple[str, ...]) -> str:
    """Describe a quoted text of several lines, one of which ends like a row: in a delimiter and a label."""
    if reading.format is not FileFormat.DELIMITED:
        return ""
    ends = tuple(f"{reading.delimiter}{label}" for label in raw_labels)
    for name, value in values.items():
        lines = value.split("\n")[:-1] if ends and isinstance(value, str) else []
        if line := next((line for line in lines if line.rstrip("\r").endswith(ends)), None):
            return (
                f"field '{name}': a quotation mark that opens in this row swallows rows, such as {_quoted(line)}\n"
                "  Close it, or write `quotes: plain` where quotation marks are ordinary text"
            )
    return ""


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
