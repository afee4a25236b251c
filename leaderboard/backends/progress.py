"""Progress callbacks, which are called after every batch of a run."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Arguments: the name of the work, the number of rows finished in this batch, and the total number of rows."""


def silent(_work: str, _done: int, _total: int) -> None:
    """Ignore progress."""
