"""Shades of the cells of axes: the better the utility, the stronger the colour of its axis."""

import pandas as pd
from pandas.io.formats.style import Styler

from leaderboard.axes.axis import Axis

_MAX_ROWS = 1000
"""Largest number of rows that are shaded: styles of more take longer than their ranking."""
_OPACITY = 0.45


def shaded(cells: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame | Styler:
    """Return the cells to show, with `AXIS_cell` shaded by the utility of the axis.

    Args:
        cells: what is shown.
        ranking: the same rows with their utilities, in columns named after the axes.
    """
    axes = [axis for axis in Axis if f"{axis}_cell" in cells]
    if not axes or len(cells) > _MAX_ROWS:
        return cells
    styles = {f"{axis}_cell": _styles(ranking[axis.value], axis) for axis in axes}
    return cells.style.apply(lambda column: styles[str(column.name)], subset=list(styles))


def _styles(utilities: pd.Series, axis: Axis) -> list[str]:
    red, green, blue = (int(axis.colour[place : place + 2], 16) for place in (1, 3, 5))
    return [
        "" if pd.isna(utility) else f"background-color: rgba({red}, {green}, {blue}, {_OPACITY * float(utility):.2f})"
        for utility in utilities
    ]
