"""Style of the tables on a terminal."""

from rich import box
from rich.table import Table
from rich.text import Text

_GAP = (0, 1, 0, 0)


def ruled_table(title: str | None = None) -> Table:
    """Return an empty table with a rule below its headings and no other lines."""
    heading = Text(title, style="bold") if title else None
    return Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=_GAP)
