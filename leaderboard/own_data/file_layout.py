"""Detection of how a file is read: encoding, format, delimiter, quotation marks and header."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.data.class_lookup import is_missing
from leaderboard.data.fields import as_text
from leaderboard.data.json_rows import COLUMNS_NOT_ROWS, is_columns
from leaderboard.data.record import Record
from leaderboard.data.rows import read_rows
from leaderboard.data.specification import FileFormat, OnProblem, Quotes, Reading, repeated
from leaderboard.data.text_source import open_text
from leaderboard.errors import RequestError
from leaderboard.own_data.data_file import DataFile, single_file
from leaderboard.own_data.data_set import DataSet
from leaderboard.own_data.delimited_layout import SAMPLE, DelimitedLayout, detect_layout
from leaderboard.own_data.detection import Detected, Detection
from leaderboard.own_data.file_encoding import detect_file_encoding
from leaderboard.own_data.file_format import detect_format, detect_table_format
from leaderboard.own_data.header import detect_header
from leaderboard.own_data.no_data import refuse_no_data
from leaderboard.own_data.options import ONE_TEXT_A_LINE, DataOptions
from leaderboard.own_data.single_column import detect_single_column

T = TypeVar("T")

_SAMPLED_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class FileLayout:
    """How a file is read, without its columns.

    Attributes:
        file: the file.
        reading: settings for `data.rows.read_rows`.
        sample: its first rows.
        repeated: names that the header has more than once.
        detections: how each setting was detected.
        part: column of splits and the value of the rows that count, where the file has such a column.
    """

    file: DataFile | DataSet
    reading: Reading
    sample: Sequence[Record]
    repeated: tuple[str, ...]
    detections: tuple[Detection, ...]
    part: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """Name for people, with that of the archive that it is in, and of the part of its rows."""
        return self.file.name if self.part is None else f"{self.file.name} ({self.part[0]} {self.part[1]})"

    @property
    def path(self) -> Path:
        """Path of the file, links resolved."""
        return self.file.path

    @property
    def classes(self) -> tuple[str, ...]:
        """Columns whose classes the data set names."""
        return self.file.classes if isinstance(self.file, DataSet) else ()

    def records(self) -> Iterator[Record]:
        """Yield all rows of the file, or those of its part; a row that cannot be read is in each part."""
        records = self.file.records(self.reading)
        if self.part is None:
            return records
        column, value = self.part
        return (each for each in records if each.problem or as_text(each.row.get(column)) == value)


def detect_source_layout(
    file: DataFile | DataSet, options: DataOptions, *, is_main: bool, has_labels: bool = True
) -> FileLayout:
    """Detect how a file or a data set is read: several files as the first of them.

    Args:
        file: the file or data set.
        options: as for `detect_file_layout`.
        is_main: as for `detect_file_layout`.
        has_labels: as for `detect_file_layout`.

    Raises:
        RequestError: as `detect_file_layout` does.
    """
    if isinstance(file, DataFile):
        return detect_file_layout(file, options, is_main=is_main, has_labels=has_labels)
    if file.first is None:
        reading = Reading(format=FileFormat.ARROW, bad_rows=_bad_rows(options))
        return _sampled(file, reading, (Detection("format", "data set", "of the library `datasets`"),))
    first = detect_file_layout(single_file(file.first), options, is_main=is_main)
    return _sampled(file, first.reading, first.detections, first.repeated)


def detect_file_layout(file: DataFile, options: DataOptions, *, is_main: bool, has_labels: bool = True) -> FileLayout:
    """Detect how a file is read.

    Args:
        file: the file.
        options: the user's answers. They hold for the main file; for others they count where detection is not safe.
        is_main: whether it is the file with the training rows.
        has_labels: whether a text needs a label beside it; a file without labels may have one column.

    Raises:
        RequestError: for a file that cannot be read; as a question where a detection is not safe.
    """
    path = file.content
    refuse_no_data(path)
    if (table := detect_table_format(path)) is not None:
        return _table(file, table, options, is_main=is_main)
    encoding = _with_answer(
        options.encoding, lambda answer: _encoding(path, answer, drop=options.bad_rows), is_main=is_main
    )
    source = open_text(path, encoding.value, keep_stray_bytes=options.bad_rows)
    if source.is_blank():
        raise RequestError(f"{path}: the file is empty")
    text = source.beginning(SAMPLE + 1)
    if options.delimiter == ONE_TEXT_A_LINE:
        _check_lines(path, options, has_labels=has_labels)
        return _sampled(file, Reading(format=FileFormat.LINES, encoding=encoding.value), (encoding.detection,))
    kind = detect_format(path, text)
    reading = Reading(format=kind.value, encoding=encoding.value, bad_rows=_bad_rows(options))
    detections = [kind.detection, encoding.detection]
    repeated_names: tuple[str, ...] = ()
    if kind.value is FileFormat.DELIMITED and not has_labels and options.delimiter is None:
        named = [] if options.text is None else [options.text]
        column = detect_single_column(path, text, reading, header=options.header, columns=named)
        if column is not None:
            return _sampled(file, column, tuple(detections))
    if kind.value is FileFormat.DELIMITED:
        layout, header = _delimited(path, text, options, is_main=is_main)
        update = {"delimiter": layout.value.delimiter, "quotes": layout.value.quotes, "header": header.value}
        reading = reading.model_copy(update=update)
        detections += [layout.detection, _quotes(layout.value), header.detection]
        repeated_names = tuple(repeated(layout.value.rows[0])) if header.value else ()
    return _sampled(file, reading, tuple(detections), repeated_names)


def _table(file: DataFile, kind: Detected[FileFormat], options: DataOptions, *, is_main: bool) -> FileLayout:
    path = file.content
    reading = Reading(format=kind.value, bad_rows=_bad_rows(options))
    if kind.value is not FileFormat.EXCEL:
        return _sampled(file, reading, (kind.detection,))
    reading, cells = _with_answer(options.sheet, lambda name: _cells(path, reading, name), is_main=is_main)
    rows = [["" if is_missing(cell) else as_text(cell) for cell in record.row.values()] for record in cells]
    if not any(rows):
        raise RequestError(f"{path}: the sheet is empty")
    header = _header(path, list(filter(None, rows)), options, is_main=is_main)
    sheet = reading.sheet or ""
    detections = (
        kind.detection,
        Detection("sheet", sheet or "the only one", "--sheet" if sheet else "no other is visible", "--sheet NAME"),
        header.detection,
    )
    return _sampled(file, reading.model_copy(update={"header": header.value}), detections)


def _cells(path: Path, reading: Reading, sheet: str | None) -> tuple[Reading, list[Record]]:
    """Return the settings for a sheet with its first rows, whether or not the first one is a header."""
    reading = reading.model_copy(update={"sheet": sheet})
    return reading, list(islice(read_rows(path, reading.model_copy(update={"header": False})), _SAMPLED_ROWS))


def _check_lines(path: Path, options: DataOptions, *, has_labels: bool) -> None:
    """Refuse `--delimiter none` for files with labels, and with a header."""
    flag = f"--delimiter {ONE_TEXT_A_LINE}"
    if has_labels:
        raise RequestError(
            f"{path}: {flag} is for --members and --nonmembers, whose texts have no labels\n"
            "  Name the character between a text and its label, such as --delimiter tab"
        )
    if options.header:
        raise RequestError(f"{flag} cannot be combined with --header: each line is a text")


def _bad_rows(options: DataOptions) -> OnProblem:
    return OnProblem.DROP if options.bad_rows else OnProblem.REFUSE


def _sampled(
    file: DataFile | DataSet, reading: Reading, detections: tuple[Detection, ...], repeated_names: tuple[str, ...] = ()
) -> FileLayout:
    path = file.path
    sample = tuple(islice(file.records(reading), _SAMPLED_ROWS))
    if not sample:
        raise RequestError(f"{path}: the file has a header and no rows")
    if reading.format is FileFormat.JSONL and is_columns(sample[0].row) and len(sample) == 1:
        raise RequestError(f"{path}: {COLUMNS_NOT_ROWS}")
    return FileLayout(file, reading, sample, repeated_names, (*detections, *file.detections))


def _delimited(
    path: Path, text: str, options: DataOptions, *, is_main: bool
) -> tuple[Detected[DelimitedLayout], Detected[bool]]:
    layout = _with_answer(
        options.delimiter, lambda answer: detect_layout(path, text, delimiter=answer), is_main=is_main
    )
    return layout, _header(path, layout.value.rows, options, is_main=is_main)


def _header(path: Path, rows: Sequence[Sequence[str]], options: DataOptions, *, is_main: bool) -> Detected[bool]:
    named = (options.text, options.second, options.label, options.group, options.sensitive)
    columns = [name for name in named if name is not None]
    return _with_answer(
        options.header, lambda answer: detect_header(path, rows, header=answer, columns=columns), is_main=is_main
    )


def _with_answer(answer: Any, detect: Callable[[Any], T], *, is_main: bool) -> T:
    """Detect with the user's answer; for other files than the main one, only where it is not safe without."""
    if answer is None or is_main:
        return detect(answer)
    try:
        return detect(None)
    except RequestError:
        return detect(answer)


def _encoding(path: Path, answer: str | None, *, drop: bool) -> Detected[str]:
    if answer is not None:
        try:
            open_text(path, answer, keep_stray_bytes=drop)
        except RequestError as error:
            raise RequestError(f"--encoding {answer}: {error}\n  Without --encoding it is detected.") from None
        return Detected(answer, Detection("encoding", answer, "--encoding", "--encoding NAME"))
    return detect_file_encoding(path, drop=drop)


def _quotes(layout: DelimitedLayout) -> Detection:
    if layout.quotes is Quotes.PLAIN or (layout.quotes is None and layout.delimiter == "\t"):
        return Detection("quotation marks", "ordinary text", "no value is quoted as a CSV writer does")
    return Detection("quotation marks", "around values", "as a CSV writer has them")
