"""Exit statuses of the command line, for scripts that call it."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """Exit statuses other than success (0)."""

    FAILED = 1
    WRONG_REQUEST = 2
    INCONCLUSIVE = 3
    INTERRUPTED = 130
