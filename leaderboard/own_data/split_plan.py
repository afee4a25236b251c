"""The random splits of a file: which share of it each is, and whether the rows are enough for them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leaderboard.errors import RequestError
from leaderboard.own_data.survey import Survey

Share = tuple[float, float]
FOUR_SPLITS: Mapping[str, Share] = {
    "train": (0.0, 0.55),
    "nonmembers": (0.55, 0.7),
    "search": (0.7, 0.8),
    "test": (0.8, 1.0),
}
"""Shares of a file with all rows; nothing is trained on `nonmembers`."""
THREE_SPLITS: Mapping[str, Share] = {"train": (0.0, 0.75), "nonmembers": (0.75, 0.9), "search": (0.9, 1.0)}
"""Shares of a file beside another one with the test rows."""
FEWEST_ROWS = 40
"""Minimum number of usable rows: a test of 8 rows is no measurement, and a smaller one may lack a class."""
FEWEST_TEST_ROWS = 10
RARE = 10
"""Number of test rows below which a class is reported as rare."""


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """Splits with their rows by class.

    Attributes:
        shares: share of each split of the main file.
        counts: number of rows by class of each split, that of a test file included.
    """

    shares: Mapping[str, Share]
    counts: Mapping[str, Counter[str]]

    @property
    def summary(self) -> str:
        """Number of rows of each split."""
        return ", ".join(f"{name} {counts.total():,}" for name, counts in self.counts.items())

    @property
    def majority(self) -> float:
        """Share of the most frequent class in the test."""
        test = self.counts["test"]
        return max(test.values()) / test.total()


def plan_splits(
    path: Path, survey: Survey, *, test: Survey | None, test_path: Path | None, is_grouped: bool
) -> SplitPlan:
    """Divide the rows of a file, and check that each split has rows of at least two classes where it needs them.

    Args:
        path: the main file.
        survey: counts of its rows.
        test: counts of the rows of a test file, where there is one.
        test_path: that file.
        is_grouped: whether rows of a group stay together.

    Raises:
        RequestError: with the number of rows that are needed.
    """
    if survey.usable < FEWEST_ROWS:
        raise RequestError(
            f"{path}: {survey.usable} usable rows of {survey.rows}; at least {FEWEST_ROWS} are needed\n"
            "  55 % are to train on, 20 % to test on, 15 % for attacks, and 10 % for searches. Add rows."
        )
    if test is not None and test.usable < FEWEST_TEST_ROWS:
        raise RequestError(f"{test_path}: {test.usable} usable rows; at least {FEWEST_TEST_ROWS} are needed for a test")
    shares = FOUR_SPLITS if test is None else THREE_SPLITS
    counts: dict[str, Counter[str]] = {name: Counter() for name in shares}
    for label, position in survey.positions:
        split = next(name for name, (low, high) in shares.items() if low <= position < high)
        counts[split][label] += 1
    if test is not None:
        counts["test"] = test.classes
    for name, of_class in counts.items():
        _check_classes(path, name, of_class, is_grouped=is_grouped)
    return SplitPlan(shares, counts)


def _check_classes(path: Path, split: str, counts: Counter[str], *, is_grouped: bool) -> None:
    least = 2 if split in {"train", "test"} else 1
    if len(counts) < least:
        needed = "rows of at least two classes" if least > 1 else "at least one row"
        advice = "of more groups; a group is never divided" if is_grouped else "of the rarer classes"
        raise RequestError(
            f"{path}: the split '{split}' has {counts.total()} rows of {len(counts)} classes, and needs {needed}\n"
            f"  Add rows {advice}."
        )
