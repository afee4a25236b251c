"""How the program ends, for the scripts that call it."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """Exit statuses other than success."""

    FAILED = 1
    WRONG_REQUEST = 2
    CANNOT_TELL = 3
    INTERRUPTED = 130
