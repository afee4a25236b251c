"""Sizes of weights from the headers of safetensors files."""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.backends.local.models.config_limits import MOST_VALUES, count_values
from leaderboard.errors import LeaderboardError

_LENGTH = 8
"""Bytes in front of the header that say how long it is."""
_MOST_HEADER = 100_000_000
"""Bytes; the limit of the library itself."""
_METADATA = "__metadata__"
_LFS_POINTER = b"version https://git-lfs"
_BITS = {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16}
_BITS |= {"F32": 32, "I32": 32, "U32": 32, "F64": 64, "I64": 64, "U64": 64, "C64": 64}
_SMALLEST = 8
"""Bits of a number of a type that is not listed (the 8-bit floats)."""


@dataclass(frozen=True)
class WeightSize:
    """Size of the weights of a model.

    Attributes:
        numbers: Number of parameters.
        bytes: Their size in bytes.
    """

    numbers: int
    bytes: int


def weight_size(files: Iterable[Path], source: str) -> WeightSize:
    """Return the size of weights by the headers of safetensors files, checked against the sizes of the files.

    Args:
        files: of one model.
        source: the model, as the user typed it.

    Raises:
        LeaderboardError: For a header that is broken, or lists bytes that the file does not have.
    """
    numbers = size = 0
    for path in files:
        file_size = _file_size(path, source)
        numbers, size = numbers + file_size.numbers, size + file_size.bytes
    return WeightSize(numbers, size)


def _file_size(path: Path, source: str) -> WeightSize:
    header, room = _header(path, source)
    numbers = total = 0
    for name, tensor in header.items():
        if name == _METADATA:
            continue
        try:
            begin, end = (int(offset) for offset in tensor["data_offsets"])
            bits = _BITS.get(str(tensor["dtype"]), _SMALLEST)
        except (KeyError, TypeError, ValueError):
            raise _broken(path, source, f"the entry of {name[:80]!r} has no type or no place") from None
        if not 0 <= begin <= end <= room:
            raise _broken(path, source, f"{name[:80]!r} is said to lie outside of the file")
        total += end - begin
        numbers += (end - begin) * 8 // bits
    if total > room:  # many tensors of the same bytes: a small file would become a large model
        raise _broken(path, source, f"its tensors have {total:,} bytes, the file {room:,}: they overlap")
    return WeightSize(numbers, total)


def _header(path: Path, source: str) -> tuple[dict[str, Any], int]:
    """Return the header of a file, and the number of bytes after it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(_LENGTH)
        if len(begin) < _LENGTH:
            raise _broken(path, source, "it is too short to have a header")
        if begin == _LFS_POINTER[:_LENGTH] and file.read(len(_LFS_POINTER) - _LENGTH) == _LFS_POINTER[_LENGTH:]:
            raise LeaderboardError(
                f"{source}: {path.name} is a pointer of Git LFS, not the weights themselves\n"
                "  Fetch them: git lfs pull, in the folder that was cloned."
            )
        (length,) = struct.unpack("<Q", begin)
        if length > min(size - _LENGTH, _MOST_HEADER):
            raise _broken(path, source, f"its header is said to have {length:,} bytes, the file has {size:,}")
        text = file.read(length)
    if count_values(text) > MOST_VALUES:
        raise _broken(path, source, f"its header has more than {MOST_VALUES:,} values")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path, source, f"its header is no JSON ({type(error).__name__})") from None
    if not isinstance(header, dict):
        raise _broken(path, source, "its header is no JSON object")
    return header, size - _LENGTH - length


def _broken(path: Path, source: str, reason: str) -> LeaderboardError:
    return LeaderboardError(f"{source}: broken weights: {path.name}: {reason}\n  Fetch or copy it again.")
