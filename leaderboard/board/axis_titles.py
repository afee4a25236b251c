"""Titles of axes in tables, in the language of the page."""

import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.board.translations import language


def with_axis_titles(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose column `axis`, where it has one, holds the titles of the axes instead of their names."""
    if "axis" not in frame:
        return frame
    return frame.assign(axis=[Axis.recorded(str(name)).title_in(language()) for name in frame["axis"]])
