"""Detection of text files without columns: a text in each line, or CSV of one column."""

from collections.abc import Sequence
from pathlib import Path

from leaderboard.data.class_lookup import NUMBER
from leaderboard.data.delimited import quoting_evidence
from leaderboard.data.specification import FileFormat, Quotes, Reading
from leaderboard.data.text_source import TextSource
from leaderboard.errors import RequestError
from leaderboard.own_data.delimited_layout import DelimitedLayout, possible_layouts
from leaderboard.own_data.detection import question, quoted
from leaderboard.own_data.header import could_be_name

_RARE_IN_TEXT = frozenset("\t|")
"""Delimiters that running text does not have in most lines."""
_IN_CSV = frozenset({".csv", ".tsv"})


def detect_single_column(
    path: Path, text: str, reading: Reading, *, header: bool | None, columns: Sequence[str]
) -> Reading | None:
    """Detect that a file of texts without labels has one column.

    Args:
        path: path of the file.
        text: its text, or the beginning of it.
        reading: the settings that are known.
        header: the user's answer to whether line 1 names the column.
        columns: columns that the user named.

    Returns:
        The settings for reading it; None for a file that has several columns.

    Raises:
        RequestError: as a question where nothing shows whether line 1 is a text.
    """
    layouts = possible_layouts(path, text)
    if any(map(_has_columns, layouts)):
        return None
    comma = next((each for each in layouts if each.delimiter == ","), None)
    if comma is None or comma.width != 1 or comma.regular < 1 or comma.quotes is Quotes.PLAIN:
        return _lines(path, text, reading, header=header)
    if path.suffix.casefold() not in _IN_CSV and not quoting_evidence(TextSource.of_text(text, path), ","):
        has_header = _names_column(path, comma.rows[0][0], header=header, columns=columns)
        return reading.model_copy(update=_of_csv(has_header)) if has_header else _as_lines(reading)
    return reading.model_copy(update=_of_csv(_names_column(path, comma.rows[0][0], header=header, columns=columns)))


def _of_csv(has_header: bool) -> dict[str, object]:
    return {"delimiter": ",", "header": has_header}


def _as_lines(reading: Reading) -> Reading:
    return reading.model_copy(update={"format": FileFormat.LINES})


def _has_columns(layout: DelimitedLayout) -> bool:
    """Whether a delimiter stands between columns, even if not in the same number in every line."""
    if layout.is_table or (len(layout.rows[0]) > 1 and layout.has_usual_names):
        return True
    divided = [row for row in layout.rows if len(row) > 1]
    if 2 * len(divided) <= len(layout.rows):
        return False
    ids = sum(bool(NUMBER.fullmatch(row[0].strip()) or NUMBER.fullmatch(row[-1].strip())) for row in divided)
    return layout.delimiter in _RARE_IN_TEXT or 10 * ids >= 9 * len(divided)


def _lines(path: Path, text: str, reading: Reading, *, header: bool | None) -> Reading:
    """Return the settings for a text in each line, of which none may be a header.

    Raises:
        RequestError: where line 1 is a name.
    """
    first = text.lstrip("\ufeff\r\n").partition("\n")[0].strip()
    if header or (header is None and could_be_name(first, usual=True)):
        raise RequestError(
            f"{path}: line 1 is the header {quoted(first)}, but the file is no CSV: texts with commas are not quoted\n"
            "  Put the texts in quotation marks, or delete line 1; --no-header takes it for a text."
        )
    return _as_lines(reading)


def _names_column(path: Path, first: str, *, header: bool | None, columns: Sequence[str]) -> bool:
    """Return whether line 1 of a single column is its name.

    Raises:
        RequestError: as a question for a short line 1 of a CSV file.
    """
    if header is not None:
        return header
    if first in columns or could_be_name(first, usual=True):
        return True
    if columns or path.suffix.casefold() not in _IN_CSV or not could_be_name(first):
        return False  # files of texts have no header, as a rule
    raise question(path, f"line 1 may be a header or a text ({quoted(first)})", "--header", "--no-header")
