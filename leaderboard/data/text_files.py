"""Reader of small, untrusted text files, with one message for any problem."""

import codecs
from pathlib import Path

from leaderboard.errors import RequestError
from leaderboard.regular_files import open_regular

_WIDE = {codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16"}
_WIDE[codecs.BOM_UTF16_BE] = "UTF-16"


def read_text(path: Path, *, largest: int, where: str = "") -> str:
    """Read a UTF-8 file without its byte-order mark; never more than `largest` bytes.

    Args:
        path: path of the file.
        largest: most bytes that such a file may have.
        where: the option that named it, for messages, where there is one.

    Raises:
        RequestError: for a file that is not there, cannot be read, is too large or is not UTF-8.
    """
    place = f"{where} {path}" if where else str(path)
    try:
        with open_regular(path) as file:
            content = file.read(largest + 1)
    except FileNotFoundError:
        raise RequestError(f"{place}: cannot be read: no such file") from None
    except (OSError, ValueError) as error:  # a name with a NUL character is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise RequestError(f"{place}: cannot be read: {reason}") from None
    if len(content) > largest:
        raise RequestError(f"{place}: larger than {bytes_text(largest)}, the most that such a file may have")
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        wide = next((name for mark, name in _WIDE.items() if content.startswith(mark)), "")
        why = f"it is {wide}" if wide else f"line {line}: byte {error.start} is not UTF-8"
        raise RequestError(f"{place}: cannot be read: {why}\n  Save it as UTF-8.") from None


def bytes_text(size: int) -> str:
    """Return a number of bytes in the largest unit that divides it."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size:,} bytes"
