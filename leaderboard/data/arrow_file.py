"""Reader of Arrow IPC files and streams (also called Feather) of untrusted content."""

import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from leaderboard.data.archives import check_size
from leaderboard.data.arrow_messages import unpacked_bytes
from leaderboard.data.arrow_rows import batch_rows, columns_to_read, not_readable
from leaderboard.data.parquet_file import FAILURES
from leaderboard.data.record import Record
from leaderboard.data.row_limits import RowLimits
from leaderboard.errors import RequestError

MAGIC = b"ARROW1"
_FEATHER_1 = b"FEA1"
_BEGIN = 8
"""Bytes before the stream that a file contains."""


def arrow_rows(path: Path, named: Collection[str] | None) -> Iterator[Record]:
    """Yield the rows of an Arrow IPC file or stream.

    Args:
        path: the file.
        named: columns that are needed; None for all.

    Raises:
        RequestError: for a file that cannot be read, or beyond a limit.
    """
    limits = RowLimits(str(path))
    try:
        with _stream(path) as stream:
            check_size(path, unpacked_bytes(stream))
        with _stream(path) as stream, pa.ipc.open_stream(stream) as reader:
            columns = columns_to_read(reader.schema, named, limits)
            yield from batch_rows(reader, columns, limits)
    except RequestError:
        raise
    except (*FAILURES, struct.error) as error:
        raise not_readable(path, "Arrow", error) from None


@contextmanager
def _stream(path: Path) -> Iterator[Any]:
    """Open the stream of a file, which is the whole file or follows its first bytes.

    The index at the end of a file is not used: it could name other parts than the ones that were checked.
    """
    with pa.OSFile(str(path)) as source:
        begin = source.read(_BEGIN)
        if begin.startswith(_FEATHER_1):
            raise RequestError(f"{path}: Feather in its first version; save it as Arrow (`to_feather` of pandas)")
        source.seek(_BEGIN if begin.startswith(MAGIC) else 0)
        yield source
