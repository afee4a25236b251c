"""Profiles of columns: how long, how different and how numeric their values are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.data.class_lookup import NUMBER, is_missing
from leaderboard.data.fields import as_text
from leaderboard.data.text_normalization import UNSPACED
from leaderboard.own_data.column_names import IDS, plain_name

_LONG_TEXT, _LONG_UNSPACED = 15, 5
"""Minimum mean length of texts in characters; the second in scripts without spaces."""
_LEAST_DISTINCT = 0.3
_MOST_CLASSES, _LONGEST_CLASS = 30, 40


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Profile of a column in a sample of rows.

    Attributes:
        values: number of values that are not missing.
        distinct: number of different values.
        length: mean length in characters.
        is_numeric: whether nearly all values are numbers.
        is_unspaced: whether most values are in a script without spaces.
        is_id: whether it has the usual name of ids.
    """

    values: int
    distinct: int
    length: float
    is_numeric: bool
    is_unspaced: bool
    is_id: bool

    @property
    def is_text(self) -> bool:
        """Whether it looks like a column of texts."""
        long = self.length >= (_LONG_UNSPACED if self.is_unspaced else _LONG_TEXT)
        return long and not self.is_id and not self.is_numeric and self.distinct >= _LEAST_DISTINCT * self.values

    @property
    def is_class(self) -> bool:
        """Whether it looks like a column of classes."""
        few = 1 < self.distinct <= min(_MOST_CLASSES, max(2, self.values // 4))
        return few and not self.is_id and self.length <= _LONGEST_CLASS


def profile(rows: Sequence[Mapping[str, Any]], name: str) -> ColumnProfile:
    """Return the profile of a column.

    Args:
        rows: the first rows of the file.
        name: name of the column.
    """
    texts = [as_text(row[name]) for row in rows if name in row and not is_missing(row[name])]
    count = max(1, len(texts))
    return ColumnProfile(
        values=len(texts),
        distinct=len(set(texts)),
        length=sum(map(len, texts)) / count,
        is_numeric=10 * sum(bool(NUMBER.fullmatch(text)) for text in texts) >= 9 * count,
        is_unspaced=2 * sum(bool(UNSPACED.search(text)) for text in texts) > count,
        is_id=plain_name(name) in IDS,
    )
