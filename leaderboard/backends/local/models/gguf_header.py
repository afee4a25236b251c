"""Sizes of the tensors of GGUF files, from headers that are checked against the size of the file."""

import mmap
import struct
from pathlib import Path

from leaderboard.backends.local.models.safetensors_header import WeightSize
from leaderboard.errors import RequestError

MOST_SETTINGS = 10_000
MOST_ITEMS = 10_000_000
"""Maximum number of items of all lists. A vocabulary of 262,000 tokens with scores, types and merges has 1.3
million."""
MOST_TENSORS = 1_000_000
_DIMENSIONS = 8
_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of the types that have always the same number of them."""
_STRING, _LIST, _DEPTH = 8, 9, 4


def gguf_weight_size(path: Path) -> WeightSize:
    """Return the size of the tensors of a GGUF file, by its header, which is checked.

    Raises:
        RequestError: for a count, length or place that the file has no room for, tensors that overlap (a small file
            would become a large model), and types that are not known.
    """
    if path.stat().st_size < len(_MAGIC):
        raise _wrong(path, "it is too short to be one")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _HeaderReader(path, data).size()
        except struct.error:
            raise _wrong(path, "its header ends in the middle") from None


class _HeaderReader:
    """Reader of the header of a file, which moves forward only."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path = path
        self._data = data
        self._at = 0
        self._order = "<"
        self._items = 0

    def size(self) -> WeightSize:
        """Read the whole header and return the size of all tensors."""
        if self._data[: len(_MAGIC)] != _MAGIC:
            raise _wrong(self._path, "it does not begin as one")
        self._at = len(_MAGIC)
        version = self._number("I")
        if version not in _VERSIONS:  # of a machine with the other order of bytes
            self._order, self._at = ">", len(_MAGIC)
            version = self._number("I")
        if version not in _VERSIONS:
            raise _wrong(self._path, "its version is not 2 or 3")
        tensors = self._count("tensors", self._number("Q"), MOST_TENSORS)
        for _ in range(self._count("settings", self._number("Q"), MOST_SETTINGS)):
            self._skip(self._number("Q"))
            self._value(self._number("I"), 0)
        numbers = size = 0
        for _ in range(tensors):
            tensor_size = self._tensor()
            numbers, size = numbers + tensor_size.numbers, size + tensor_size.bytes
        if size > len(self._data) - self._at:
            raise _wrong(self._path, f"its tensors have {size:,} bytes, more than are left behind its header")
        return WeightSize(numbers, size)

    def _tensor(self) -> WeightSize:
        self._skip(self._number("Q"))
        numbers = 1
        for _ in range(self._count("dimensions of a tensor", self._number("I"), _DIMENSIONS)):
            numbers *= self._number("Q")
        kind, offset = self._number("I"), self._number("Q")
        from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType  # noqa: PLC0415 - slow to import

        try:
            block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        except (KeyError, ValueError):
            raise _wrong(self._path, f"a tensor has the type {kind}, which is not known") from None
        size = -(-numbers // block) * block_bytes
        if offset + size > len(self._data):
            raise _wrong(self._path, f"a tensor of {size:,} bytes at {offset:,} is said to lie outside of it")
        return WeightSize(numbers, size)

    def _value(self, kind: int, depth: int) -> None:
        if kind == _STRING:
            self._skip(self._number("Q"))
        elif kind == _LIST and depth < _DEPTH:
            inner, length = self._number("I"), self._number("Q")
            self._items = self._count("items of lists", self._items + length, MOST_ITEMS)
            if inner in _SIZES:
                self._skip(length * _SIZES[inner])
                return
            for _ in range(length):
                self._value(inner, depth + 1)
        elif kind in _SIZES:
            self._skip(_SIZES[kind])
        else:
            raise _wrong(self._path, f"a setting has the type {kind}, which is not known, or lists within lists")

    def _number(self, letter: str) -> int:
        form = self._order + letter
        (number,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return int(number)

    def _skip(self, length: int) -> None:
        if length > len(self._data) - self._at:
            raise _wrong(self._path, f"a text or list of {length:,} bytes is said to be in {len(self._data):,} bytes")
        self._at += length

    def _count(self, items: str, count: int, most: int) -> int:
        if count > most:
            raise _wrong(self._path, f"it is said to have {count:,} {items}; at most {most:,} are read")
        return count


def _wrong(path: Path, reason: str) -> RequestError:
    return RequestError(
        f"{path}: cannot be read as a GGUF model: {reason}\n  It was changed or cut short: fetch it again."
    )
