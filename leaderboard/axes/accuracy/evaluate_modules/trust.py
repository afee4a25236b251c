"""Trust: the code of modules that may run, for the duration of the run that it was allowed for.

A digest in a task file pins code; it lets none run.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_trusted: ContextVar[frozenset[str]] = ContextVar("trusted_modules", default=frozenset())


@contextmanager
def trusted_code(digests: Collection[str]) -> Iterator[None]:
    """Let the code with these digests run in this block, and no other."""
    token = _trusted.set(frozenset(digests))
    try:
        yield
    finally:
        _trusted.reset(token)


def is_trusted(code: str | None) -> bool:
    """Return whether the code with a digest may run."""
    return code in _trusted.get()
