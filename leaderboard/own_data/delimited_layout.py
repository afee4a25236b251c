"""Detection of the layout of delimited text: delimiter, quotation marks, header."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.data.delimited import parsed_lines, quoting_evidence
from leaderboard.data.specification import Quotes, Reading
from leaderboard.data.text_source import TextSource
from leaderboard.errors import RequestError
from leaderboard.own_data.column_names import USUAL, plain_name
from leaderboard.own_data.detection import Detected, Detection, question

NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}
_LEAST_REGULAR = 0.9
"""Minimum share of lines with the same number of values."""
SAMPLE = 1 << 20
"""Number of characters from the beginning of a file that its layout is detected from."""


@dataclass(frozen=True, slots=True)
class DelimitedLayout:
    """A way to split the lines of a text.

    Attributes:
        delimiter: one character.
        quotes: treatment of quotation marks; None for the usual one of the delimiter.
        rows: values of the first lines that are not blank.
        width: the usual number of values in a line.
        regular: share of lines with that number.
        unclosed: what is wrong with the quotation marks, where most lines have quoted values; else empty.
        quoted_lines: number of lines before it.
    """

    delimiter: str
    quotes: Quotes | None
    rows: Sequence[Sequence[str]]
    width: int
    regular: float
    unclosed: str = ""
    quoted_lines: int = 0

    @property
    def is_table(self) -> bool:
        """Whether line 1, and nearly all others, have the same number of values."""
        return 1 < self.width == len(self.rows[0]) and self.regular >= _LEAST_REGULAR

    @property
    def has_usual_names(self) -> bool:
        """Whether a value of line 1 is a usual name of a column."""
        return any(plain_name(cell) in USUAL for cell in self.rows[0])

    @property
    def name(self) -> str:
        """Name of the delimiter, for people."""
        return NAMES.get(self.delimiter, repr(self.delimiter))


def detect_layout(path: Path, text: str, *, delimiter: str | None) -> Detected[DelimitedLayout]:
    """Detect the delimiter and the treatment of quotation marks.

    Args:
        path: path of the file, for messages.
        text: its text, or the beginning of a longer one with more than `SAMPLE` characters.
        delimiter: the delimiter that the user named.

    Raises:
        RequestError: as a question where several delimiters give a table, or none does.
    """
    if delimiter is not None:
        sample, is_cut = _beginning(text)
        layout = _layout(path, sample, delimiter, is_cut=is_cut)
        _refuse_unclosed(path, [layout])
        return _detected(layout, f"--delimiter; {_table(layout)}")
    layouts = possible_layouts(path, text)
    _refuse_unclosed(path, layouts)
    tables = [layout for layout in layouts if layout.is_table]
    regular = [layout for layout in tables if layout.regular == 1] or tables
    named = [layout for layout in regular if layout.has_usual_names]
    tabs = [layout for layout in regular if layout.delimiter == "\t" and layout.regular == 1]
    likely = named if len(named) == 1 else tabs or regular  # running text has commas, and no tabs
    if len(likely) == 1:
        return _detected(likely[0], _table(likely[0]))
    if likely:
        tables_text = "; ".join(f"{each.name}: {_table(each)}" for each in likely)
        raise question(path, f"several delimiters give a table ({tables_text})", "--delimiter tab", '"," or another')
    raise _no_table(path, layouts)


def possible_layouts(path: Path, text: str) -> list[DelimitedLayout]:
    """Return how each usual delimiter splits the lines of a text.

    Args:
        path: path of the file, for messages.
        text: as for `detect_layout`.
    """
    sample, is_cut = _beginning(text)
    layouts = [_layout(path, sample, each, is_cut=is_cut) for each in NAMES]
    return [layout for layout in layouts if layout.rows]


def _detected(layout: DelimitedLayout, evidence: str) -> Detected[DelimitedLayout]:
    return Detected(layout, Detection("delimiter", layout.name, evidence, "--delimiter CHARACTER"))


def _table(layout: DelimitedLayout) -> str:
    return f"{layout.width} columns in {layout.regular:.0%} of {len(layout.rows):,} lines"


def _beginning(text: str) -> tuple[str, bool]:
    if len(text) <= SAMPLE:
        return text, False
    end = text.rfind("\n", 0, SAMPLE) + 1
    return text[: end or SAMPLE], True


def _layout(path: Path, sample: str, delimiter: str, *, is_cut: bool) -> DelimitedLayout:
    """Split the lines with quotation marks as a CSV writer has them, else as ordinary characters."""
    quotes: Quotes | None = None
    if delimiter == "\t":
        quotes = Quotes.CSV if quoting_evidence(TextSource.of_text(sample, path), delimiter) else Quotes.PLAIN
    rows, problem = _rows(path, sample, Reading(delimiter=delimiter, quotes=Quotes.CSV))
    quoted_lines = len(rows)
    is_broken = bool(problem) and not (is_cut and len(rows) > 1)
    if is_broken or quotes is Quotes.PLAIN:
        quotes = Quotes.PLAIN
        rows, _ = _rows(path, sample, Reading(delimiter=delimiter, quotes=quotes))
    unclosed = problem if is_broken and _are_quoted(rows) else ""
    widths = Counter(map(len, rows))
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    usual = None if quotes is Quotes.PLAIN and delimiter == "\t" else quotes
    return DelimitedLayout(delimiter, usual, rows, width, count / max(1, len(rows)), unclosed, quoted_lines)


def _are_quoted(rows: Sequence[Sequence[str]]) -> bool:
    """Whether most lines, split at each delimiter, have a quoted value, which may hold delimiters."""
    return 2 * sum(len(row) > 1 and _is_quoted(row) for row in rows) > len(rows)


def _is_quoted(row: Sequence[str]) -> bool:
    begins = next((place for place, value in enumerate(row) if value.startswith('"')), len(row))
    return any(value.endswith('"') and value != '"' for value in row[begins:])


def _refuse_unclosed(path: Path, layouts: Sequence[DelimitedLayout]) -> None:
    """Refuse quoted values of which one lacks a quotation mark: the others would keep theirs as text.

    Raises:
        RequestError: naming the line, unless another delimiter gives a table in which nothing is wrong.
    """
    broken = max((each for each in layouts if each.unclosed), key=lambda each: each.quoted_lines, default=None)
    if broken is not None and not any(each.is_table and each.regular == 1 and not each.unclosed for each in layouts):
        raise RequestError(
            f"{path}: {broken.unclosed}\n"
            "  Most lines have values in quotation marks, so one is missing or too many there. Correct the line."
        )


def _rows(path: Path, sample: str, reading: Reading) -> tuple[list[list[str]], str]:
    """Return the values of lines that are not blank, up to the first that cannot be read, and what is wrong with it."""
    rows: list[list[str]] = []
    try:
        rows.extend(line.values for line in parsed_lines(TextSource.of_text(sample, path), reading) if line.values)
    except RequestError as error:
        return rows, str(error).partition("\n")[0].removeprefix(f"{path}: ")
    return rows, ""


def _no_table(path: Path, layouts: Sequence[DelimitedLayout]) -> RequestError:
    """Return the question about a text in which no delimiter gives a table."""
    wide = [layout for layout in layouts if 2 * sum(len(row) > 1 for row in layout.rows) > len(layout.rows)]
    if not wide:
        return question(
            path,
            "it has one column, and a text needs a label beside it: no comma, tab, semicolon or pipe is in most lines",
            "--delimiter CHARACTER",
            "a file with a text and a label in every row",
        )
    likely = max(wide, key=lambda layout: layout.regular)
    odd = next(row for row in likely.rows if len(row) != likely.width)
    widths = f"{likely.name} gives {likely.width} values in {likely.regular:.0%} of the lines, and {len(odd)} in others"
    return question(
        path,
        f"no delimiter gives the same number of columns in every line ({widths}, such as {_shown(odd)})",
        "--delimiter",
        "put texts that contain the delimiter in quotation marks",
    )


def _shown(row: Sequence[str]) -> str:
    return repr(" ¦ ".join(row)[:80])
