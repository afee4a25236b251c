"""Opening of regular files: a pipe or device is refused instead of blocking."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class IrregularFileError(OSError):
    """A path that is not a regular file."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; links are followed.

    It never blocks: opening a named pipe would wait until a process writes to it, and a device such as `/dev/zero` has
    no end. The open file is checked, not the path, which may change in between.

    Raises:
        IrregularFileError: for anything else: a pipe, a device, a socket, a folder.
        OSError: when it cannot be opened.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if path.is_dir() or path.is_socket():  # which cannot be opened at all, on Windows and elsewhere
            raise IrregularFileError(f"{path} is not a regular file") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IrregularFileError(f"{path} is not a regular file")
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path) -> bytes:
    """Read the bytes of a regular file, as `open_regular` does.

    Raises:
        OSError: for anything else, or when it cannot be read.
    """
    with open_regular(path) as file:
        return file.read()
