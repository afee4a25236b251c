"""Reader of spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods) of untrusted content.

A cell is its value: of a formula the one that was computed when the file was saved, of an error (#N/A) and of an empty
cell none. Whole numbers are integers, dates and times of day are ISO 8601, durations seconds.
"""

import datetime as dt
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from leaderboard.data.archives import check_size, check_unpacked
from leaderboard.data.record import Record
from leaderboard.data.row_limits import RowLimits
from leaderboard.errors import RequestError, unknown_name
from leaderboard.installing import install_command

_PIECE = 2**20
_EXACT = 2**53
"""Whole numbers below it are exact as numbers of Excel."""
_SHOWN = 20
Area = tuple[tuple[int, int], tuple[int, int]]
"""Upper left and lower right cell of merged cells, each as row and column from 0."""


def excel_rows(path: Path, sheet: str | None, named: Collection[str] | None, *, header: bool) -> Iterator[Record]:
    """Yield the rows of a sheet.

    Args:
        path: the file.
        sheet: name of the sheet; None for the only one that is visible.
        named: columns that are needed; None for all.
        header: whether the first row has the names of the columns; else they are called by their number, from 0.

    Raises:
        RequestError: for a file that cannot be read, or beyond a limit; for a sheet that is not there.
    """
    try:
        import python_calamine as calamine  # noqa: PLC0415 - optional
    except ImportError:
        raise RequestError(f"{path}: spreadsheets need python-calamine\n  {install_command('excel')}") from None
    _check_archive(path)
    try:
        with calamine.load_workbook(str(path)) as workbook:
            chosen = workbook.get_sheet_by_name(_sheet_name(path, workbook, sheet))
            yield from _Sheet(path, chosen, named).records(header=header)
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        reason = str(error).partition("\n")[0][:200] or type(error).__name__
        raise RequestError(f"{path}: not a readable spreadsheet: {reason}") from None


def _check_archive(path: Path) -> None:
    """Check what an archive holds by unpacking it: the sizes in its headers may be wrong."""
    if not zipfile.is_zipfile(path):
        return  # .xls is not compressed
    check_unpacked(path)
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:  # ends, or fails, at the size in the header
                    while piece := member.read(_PIECE):
                        size += len(piece)
                        check_size(path, size)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise RequestError(f"{path}: not a readable spreadsheet: {str(error)[:200]}") from None


def _sheet_name(path: Path, workbook: Any, sheet: str | None) -> str:
    names: list[str] = list(workbook.sheet_names)
    if sheet is not None:
        if sheet not in names:
            raise unknown_name("sheet", sheet, names, where=str(path))
        return sheet
    visible: list[str] = [each.name for each in workbook.sheets_metadata if str(each.visible).endswith(".Visible")]
    if len(visible) != 1:
        shown = ", ".join(f"'{name}'" for name in (visible or names)[:_SHOWN])
        raise RequestError(
            f"{path}: {len(visible)} sheets: {shown}\n"
            "  Name the one to read: `--sheet NAME` beside --data, or `sheet:` under `read:` of a task file."
        )
    return visible[0]


class _Sheet:
    """A sheet whose rows are read."""

    def __init__(self, path: Path, sheet: Any, named: Collection[str] | None) -> None:
        self._place = f"{path}: sheet '{sheet.name}'"
        self._limits = RowLimits(self._place)
        self._named = named
        self._sheet = sheet
        start: tuple[int, int] = sheet.start or (0, 0)
        self._top, self._left = start
        self._merged: list[Area] = list(sheet.merged_cell_ranges or ())

    def records(self, *, header: bool) -> Iterator[Record]:
        width = self._sheet.width
        self._limits.check_columns(width)
        names = [str(index) for index in range(width)]
        number = 0
        for place, cells in enumerate(self._sheet.iter_rows(), start=self._top):
            if header and number == 0 and place == self._top:
                names = self._header([_value(cell) for cell in cells])
                continue
            if all(cell == "" for cell in cells):
                continue
            number += 1
            yield self._record(number, place, names, cells)

    def _header(self, cells: Sequence[Any]) -> list[str]:
        names = [str(cell).strip() or str(index) for index, cell in enumerate(cells)]
        for name, times in Counter(names).items():
            if times > 1 and (self._named is None or name in self._named):
                raise RequestError(f"{self._place}: {times} columns are called '{name}'; rename all but one of them")
        return names

    def _record(self, number: int, place: int, names: Sequence[str], cells: Sequence[Any]) -> Record:
        self._limits.add_rows(1)
        self._limits.add_values(len(cells))
        row = {name: _value(cell) for name, cell in zip(names, cells, strict=True)}
        texts = [len(value) for value in row.values() if isinstance(value, str)]
        self._limits.add_text(sum(texts), max(texts, default=0))
        for index, name in enumerate(names):
            if (self._named is None or name in self._named) and (area := self._area(place, self._left + index)):
                problem = f"column '{name}' is in merged cells ({area}), of which only one has a value; split them"
                return Record(number, place + 1, {}, problem)
        return Record(number, place + 1, row)

    def _area(self, row: int, column: int) -> str:
        """Return the merged cells that a cell is in, as A1:B2; empty for none."""
        for (top, left), (bottom, right) in self._merged:
            if top <= row <= bottom and left <= column <= right:
                return f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
        return ""


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _value(cell: Any) -> Any:
    """Return the value of a cell as JSON would have it; of an empty one an empty text."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        seconds = cell.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    return cell
