"""Reader of Parquet files of untrusted content: row by row, in batches, of the columns that are needed alone."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.data.archives import check_size
from leaderboard.data.arrow_rows import BATCH, batch_rows, columns_to_read, not_readable
from leaderboard.data.delimited import MOST_VALUES
from leaderboard.data.parquet_pages import page_sizes
from leaderboard.data.record import Record
from leaderboard.data.row_limits import RowLimits
from leaderboard.errors import RequestError

MAGIC = b"PAR1"
FAILURES = (pa.ArrowException, OSError, ValueError, MemoryError, LookupError, OverflowError)
"""Exceptions of pyarrow for damaged, encrypted and unknown content."""
_LONGEST_TEXT, _MOST_ITEMS, _DEEPEST_SCHEMA = 64 * 2**20, 1_000_000, 64
"""Limits of the footer: bytes of a text, items of a list, and depth of the schema."""
_BUFFER = 2**20
"""Bytes of a column that are in memory before they are unpacked."""


def parquet_rows(path: Path, named: Collection[str] | None) -> Iterator[Record]:
    """Yield the rows of a Parquet file.

    Args:
        path: the file.
        named: columns that are needed; None for all.

    Raises:
        RequestError: for a file that cannot be read, or beyond a limit.
    """
    limits = RowLimits(str(path))
    try:
        with pa.OSFile(str(path)) as source, _opened(source) as file:
            columns = columns_to_read(file.schema_arrow, named, limits)
            _check_sizes(path, file.metadata, frozenset(columns))
            yield from batch_rows(_batches(file, columns), columns, limits)
    except RequestError:
        raise
    except FAILURES as error:
        raise not_readable(path, "Parquet", error) from None


def _opened(source: Any) -> Any:
    return pq.ParquetFile(
        source,
        buffer_size=_BUFFER,
        pre_buffer=False,  # else all column chunks of a row group are in memory
        thrift_string_size_limit=_LONGEST_TEXT,
        thrift_container_size_limit=_MOST_ITEMS,
        schema_depth_limit=_DEEPEST_SCHEMA,
        arrow_extensions_enabled=False,
    )


def _batches(file: Any, columns: list[str]) -> Iterator[Any]:
    yield from file.iter_batches(batch_size=BATCH, columns=columns, use_threads=False)


def _check_sizes(path: Path, metadata: Any, columns: frozenset[str]) -> None:
    sizes = page_sizes(path, metadata, columns)
    check_size(path, sizes.unpacked)
    if sizes.values > MOST_VALUES:
        raise RequestError(f"{path}: more than {MOST_VALUES:,} values; split it into files that have fewer")
