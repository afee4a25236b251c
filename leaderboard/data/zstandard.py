"""Reader of files compressed by Zstandard, which Python itself has from 3.14 on."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

_PIECE = 2**20


class ZstandardFile:
    """A stream of the unpacked bytes, in which a place is reached by unpacking everything before it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes time, and few files are compressed so

        self._stream: Any = pa.CompressedInputStream(pa.OSFile(str(self._path)), "zstd")
        self._place = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        """Read the next bytes."""
        data: bytes = self._stream.read() if size < 0 else self._stream.read(size)
        self._place += len(data)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place from the beginning, or from the current one."""
        place += self._place if whence == 1 else 0
        if place < self._place:
            self._stream.close()
            self._open()
        while self._place < place and self.read(min(_PIECE, place - self._place)):
            pass
        return self._place

    def tell(self) -> int:
        """Return the current place."""
        return self._place
