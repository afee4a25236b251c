"""How tables look on a terminal."""

from rich import box
from rich.table import Table
from rich.text import Text

_GAP = (0, 1, 0, 0)


def ruled_table(title: str | None = None) -> Table:
    """An empty table with a rule under its headings and no lines else."""
    heading = Text(title, style="bold") if title else None
    return Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=_GAP)
