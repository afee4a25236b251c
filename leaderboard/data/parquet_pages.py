"""Sizes of the pages of a Parquet file, read off their headers.

The footer of a file says how large its columns are when they are unpacked, and may say anything. A page of a few bytes
can be unpacked to gigabytes, or hold a billion nulls. The reader obeys the header of each page, so what the headers say
is added up before it reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from leaderboard.data.thrift import ThriftError, read_struct
from leaderboard.errors import RequestError
from leaderboard.regular_files import open_regular

MOST_PAGES = 1_000_000
_LARGEST_HEADER = 16 * 2**20
"""Maximum bytes of a header for the reader, too; statistics in it may hold long texts."""
_WINDOW = 4_096
_UNPACKED, _PACKED, _DATA, _DATA_V2, _COUNT = 2, 3, 5, 8, 1
"""Fields of `PageHeader`, and of the headers of data pages, in parquet.thrift."""


class PageSizes(NamedTuple):
    """Sums over the pages of columns.

    Attributes:
        unpacked: bytes after decompression.
        values: values, those in lists too.
    """

    unpacked: int
    values: int


@dataclass(frozen=True, slots=True)
class _Page:
    size: int
    unpacked: int
    values: int


def page_sizes(path: Path, metadata: Any, columns: frozenset[str]) -> PageSizes:
    """Return the sums of what the headers of all pages say.

    Args:
        path: the file.
        metadata: its footer, `pyarrow.parquet.FileMetaData`.
        columns: names of the columns that will be read.

    Raises:
        RequestError: for headers that cannot be read, or too many.
    """
    unpacked = values = pages = 0
    with open_regular(path) as file:
        for chunk in _chunks(metadata, columns):
            for page in _pages(file, chunk, path):
                unpacked += page.unpacked
                values += page.values
                pages += 1
                if pages > MOST_PAGES:
                    raise RequestError(f"{path}: more than {MOST_PAGES:,} pages; write it with larger ones")
    return PageSizes(unpacked, values)


def _chunks(metadata: Any, columns: frozenset[str]) -> Iterator[Any]:
    """Yield the metadata of the column chunks of some columns in all row groups."""
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            path = chunk.path_in_schema
            if path in columns or any(path.startswith(f"{name}.") for name in columns):
                yield chunk


def _pages(file: BinaryIO, chunk: Any, path: Path) -> Iterator[_Page]:
    """Yield the pages that a reader of the chunk would read."""
    begin = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < begin:
        begin = chunk.dictionary_page_offset
    place, end, values = begin, begin + chunk.total_compressed_size, 0
    while place < end and values < chunk.num_values:
        page = _page(file, place, path, chunk.path_in_schema)
        values += page.values
        place += page.size
        yield page


def _page(file: BinaryIO, place: int, path: Path, column: str) -> _Page:
    window = _WINDOW
    while True:
        try:
            file.seek(place)
            fields, size = read_struct(file.read(window))
            data = fields.get(_DATA) or fields.get(_DATA_V2) or {}
            unpacked, packed, values = fields[_UNPACKED], fields[_PACKED], data.get(_COUNT, 0)
            if min(unpacked, packed, values) >= 0:
                return _Page(size + packed, unpacked, values)
        except EOFError:
            if window < _LARGEST_HEADER:
                window *= 8
                continue
        except (ThriftError, KeyError, TypeError, AttributeError, OSError, ValueError):
            pass
        raise RequestError(f"{path}: column '{column}': damaged: no page begins at byte {place:,}")
