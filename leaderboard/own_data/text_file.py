"""Files of texts with classes."""

from dataclasses import dataclass

from leaderboard.own_data.classes import Classes
from leaderboard.own_data.columns import Columns
from leaderboard.own_data.inspected import InspectedFile


@dataclass(frozen=True)
class TextFile(InspectedFile):
    """A file of texts.

    Attributes:
        columns: its columns.
        classes: classes as it writes them.
    """

    columns: Columns
    classes: Classes
