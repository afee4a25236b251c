"""Rows that are slow to read, kept in a temporary file: each is read from its source once in a process."""

import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from pathlib import Path

from leaderboard.data.record import Record

_MOST_SPOOLS = 8
"""Number of sources whose rows are kept; the one that was used least recently goes first."""
_BATCH = 256
"""Number of rows that are read from the source at a time."""
_CHUNK = 1 << 20
"""Bytes that are read from the file at a time."""


class RowSpool:
    """Rows of a source in a temporary file, read from the source as far as somebody has asked for them.

    Memory holds a batch of rows, whatever the size of the source. The file has no name, and is gone with the spool.
    """

    def __init__(self, records: Iterator[Record], columns: frozenset[str] | None, folder: Path) -> None:
        """Begin a spool; nothing is read yet.

        Args:
            records: the rows, from the source.
            columns: columns that they have; None for all.
            folder: folder of the temporary file.
        """
        self.columns = columns
        self._records = records
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - as long as the spool
        self._size = 0
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    @property
    def has_failed(self) -> bool:
        """Whether the source could not be read to its end."""
        return self._failure is not None

    def has(self, columns: frozenset[str] | None) -> bool:
        """Return whether the rows have some columns; None for all."""
        return self.columns is None or (columns is not None and columns <= self.columns)

    def records(self) -> Iterator[Record]:
        """Yield the rows from the first on; an error of the source is raised a batch of rows early at most."""
        place, rest = 0, b""
        while chunk := self._chunk(place):
            place += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                number, line_number, row, problem = json.loads(line)
                yield Record(number, line_number, row, problem)

    def _chunk(self, place: int) -> bytes:
        """Return bytes of the file from a place on; empty at the end of the rows."""
        with self._lock:
            if place == self._size:
                self._read_on()
            if self._failure is not None:  # without this, what is left of the rows would look like all of them
                raise self._failure
            self._file.seek(place)
            return self._file.read(_CHUNK)

    def _read_on(self) -> None:
        self._file.seek(self._size)
        try:
            for record in islice(self._records, _BATCH):
                line = json.dumps([record.number, record.line, record.row, record.problem]).encode() + b"\n"
                self._size += self._file.write(line)
            self._file.flush()
        except BaseException as error:  # an interruption ends the reader of the source, too
            self._failure = error
            raise


_SPOOLS: OrderedDict[Hashable, RowSpool] = OrderedDict()
_SPOOLS_LOCK = threading.Lock()


def spooled_rows(
    source: Hashable, columns: frozenset[str] | None, read: Callable[[], Iterator[Record]], *, folder: Path
) -> Iterator[Record]:
    """Yield the rows of a source, which is read when this process has not read these columns of it before.

    Args:
        source: identity of the source, with everything that its rows depend on.
        columns: columns that are needed; None for all. There may be more.
        read: reads the rows from the source.
        folder: folder for temporary files.

    Raises:
        Exception: as `read` does; the source is read again next time.
    """
    key = (os.getpid(), source)  # a forked process shares neither the source nor the place in the file
    with _SPOOLS_LOCK:
        spool = _SPOOLS.get(key)
        if spool is None or spool.has_failed or not spool.has(columns):
            spool = _SPOOLS[key] = RowSpool(read(), columns, folder)
        _SPOOLS.move_to_end(key)
        while len(_SPOOLS) > _MOST_SPOOLS:
            _SPOOLS.popitem(last=False)
    yield from spool.records()
