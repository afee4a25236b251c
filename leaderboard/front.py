"""The front by which the program was called: the command line, or Python. Messages name options as it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_on_command_line: ContextVar[bool] = ContextVar("on_command_line", default=False)


def is_command_line() -> bool:
    """Return whether a command is running, whose messages name flags."""
    return _on_command_line.get()


@contextmanager
def command_line() -> Iterator[None]:
    """Name flags in the messages of this block."""
    token = _on_command_line.set(True)
    try:
        yield
    finally:
        _on_command_line.reset(token)
