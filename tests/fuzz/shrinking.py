"""Shrinking: the smallest part of an input that still fails in the same way, as far as a few seconds lead."""

import time
from collections.abc import Callable

_SECONDS = 5.0


def shrunk(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """The input with as many of its bytes left out as it can spare (delta debugging, Zeller & Hildebrandt 2002).

    Args:
        data: of an input that fails.
        fails: whether another one fails in the same way.
    """
    end = time.monotonic() + _SECONDS
    size = len(data) // 2
    while size and time.monotonic() < end:
        place = 0
        while place < len(data) and time.monotonic() < end:
            less = data[:place] + data[place + size :]
            if fails(less):
                data = less
            else:
                place += size
        size //= 2
    return data
