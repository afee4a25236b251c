"""Groups of people in a user's data, whose rates group fairness compares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leaderboard.axes.bias import GROUP_FAIRNESS_SCORE
from leaderboard.own_data.detection import Detection, quoted

FEWEST = 30
"""Positive and negative test rows that each group needs: a rate of 30 has an interval of about ±.17."""


@dataclass(frozen=True, slots=True)
class SensitiveGroups:
    """Groups of people in the test.

    Attributes:
        column: column of the groups.
        positive: class whose rates are compared.
        counts: number of test rows of this class and of the others, by group.
        without: number of test rows in no group.
        author: column of rows that stay in one split, where there is one.
        detection: the positive class, and how it was chosen.
    """

    column: str
    positive: str
    counts: Mapping[str, tuple[int, int]]
    without: int
    author: str | None
    detection: Detection

    @property
    def small(self) -> dict[str, tuple[int, int]]:
        """Groups with too few positive or negative test rows, with these."""
        return {name: both for name, both in self.counts.items() if min(both) < FEWEST}

    @property
    def ranks(self) -> bool:
        """Whether the test has enough rows for the score to count in a ranking."""
        rows = sum(map(sum, self.counts.values()))
        return len(self.counts) > 1 and not self.small and rows >= GROUP_FAIRNESS_SCORE.minimum_n

    @property
    def notes(self) -> Iterator[str]:
        """A sentence on what is left out, and one on what is not measured or does not rank."""
        rows = sum(map(sum, self.counts.values()))
        if self.without:
            yield (
                f"{self.without:,} of {rows + self.without:,} test rows are in no group of {quoted(self.column)}: "
                "group fairness leaves them out"
            )
        if len(self.counts) < 2:  # noqa: PLR2004 - a difference is between two
            yield f"the test has rows of {len(self.counts)} groups of {quoted(self.column)}: group fairness needs two"
        elif small := self.small:
            name, (positive, others) = next(iter(small.items()))
            more = f", and {len(small) - 1} more groups have too few" if len(small) > 1 else ""
            yield (
                f"group fairness is not measured: each group needs {FEWEST} test rows of {quoted(self.positive)} and "
                f"{FEWEST} others, and {quoted(name)} has {positive} and {others}{more}; join small groups, or leave "
                "their cells empty, which leaves their rows out"
            )
        elif not self.ranks:
            yield (
                f"group fairness is measured, and counts in no ranking: the test has {rows:,} rows of its groups, and "
                f"{GROUP_FAIRNESS_SCORE.minimum_n} are needed"
            )
        if self.author is not None:
            yield f"intervals of group fairness take rows of one {quoted(self.author)} as independent of each other"
