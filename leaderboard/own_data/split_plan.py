"""The random splits of a file: which share of it each is, and whether the rows are enough for them."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.errors import RequestError
from leaderboard.own_data.split_column import SplitColumn
from leaderboard.own_data.survey import Survey

Share = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SplitShares:
    """Shares of a file that its random splits get, for a kind of examples.

    Attributes:
        whole: of a file with all rows.
        without_test: of the rows beside a test of their own.
        train_alone: of the rows beside a test and rows for searches of their own.
        advice: what the shares are for, one sentence.
        classes: what its rows are counted by, in the plural.
        fewest_classes: number of them that `train` and `test` need.
    """

    whole: Mapping[str, Share]
    without_test: Mapping[str, Share]
    train_alone: Mapping[str, Share]
    advice: str
    classes: str = "classes"
    fewest_classes: int = 2

    def beside(self, others: Collection[str]) -> Mapping[str, Share]:
        """Return the shares of rows beside other splits, of which `test` is one unless there is none."""
        if "test" not in others:
            return self.whole
        return self.train_alone if "search" in others else self.without_test


TEXT_SHARES = SplitShares(
    whole={"train": (0.0, 0.55), "nonmembers": (0.55, 0.7), "search": (0.7, 0.8), "test": (0.8, 1.0)},
    without_test={"train": (0.0, 0.75), "nonmembers": (0.75, 0.9), "search": (0.9, 1.0)},
    train_alone={"train": (0.0, 0.85), "nonmembers": (0.85, 1.0)},
    advice="55 % are to train on, 20 % to test on, 15 % for attacks, and 10 % for searches.",
)
"""Shares of texts; nothing is trained on `nonmembers`, which the attacks of the privacy axis need."""
WITHOUT_ATTACKS: Mapping[str, Mapping[str, Share]] = {
    "whole": {"train": (0.0, 0.7), "search": (0.7, 0.8), "test": (0.8, 1.0)},
    "without_test": {"train": (0.0, 0.9), "search": (0.9, 1.0)},
    "train_alone": {"train": (0.0, 1.0)},
}
"""Shares of examples that no attack of the privacy axis is for, by attribute of `SplitShares`."""
FEWEST_ROWS = 40
"""Minimum number of usable rows: a test of 8 rows is no measurement, and a smaller one may lack a class."""
FEWEST_TEST_ROWS = 10
RARE = 10
"""Number of test rows below which a class is reported as rare."""


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """Splits with their rows by class.

    Attributes:
        shares: share of each split of the main file, or of those of its rows that `only` names.
        rows: number of rows of each split, that of a test file included.
        counts: number of rows by class of each split, or of spans by type.
        only: column of splits with the value that the rows of a split have there; empty without such a column.
    """

    shares: Mapping[str, Share]
    rows: Mapping[str, int]
    counts: Mapping[str, Counter[str]]
    only: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """Number of rows of each split."""
        return ", ".join(f"{name} {rows:,}" for name, rows in self.rows.items())

    @property
    def majority(self) -> float:
        """Share of the most frequent class in the test."""
        test = self.counts["test"]
        return max(test.values()) / test.total()


def plan_splits(
    path: Path,
    survey: Survey,
    *,
    shares: SplitShares,
    column: SplitColumn | None = None,
    parts: Mapping[str, Survey] | None = None,
    test: Survey | None,
    test_path: Path | None,
    is_grouped: bool = False,
) -> SplitPlan:
    """Divide the rows of a file, and check that each split has rows of enough classes.

    Args:
        path: the main file.
        survey: counts of its rows; of those to be trained on, where it has a column of splits.
        shares: shares of the kind of examples.
        column: its column of splits, where it has one.
        parts: counts of its other rows by split.
        test: counts of the rows of a test file, where there is one.
        test_path: that file.
        is_grouped: whether rows of a group stay together.

    Raises:
        RequestError: with the number of rows that are needed.
    """
    parts = parts or {}
    usable = survey.usable + sum(part.usable for part in parts.values())
    if usable < FEWEST_ROWS:
        rows = survey.rows + sum(part.rows for part in parts.values())
        raise RequestError(
            f"{path}: {usable} usable rows of {rows}; at least {FEWEST_ROWS} are needed\n  {shares.advice} Add rows."
        )
    if test is not None and test.usable < FEWEST_TEST_ROWS:
        raise RequestError(f"{test_path}: {test.usable} usable rows; at least {FEWEST_TEST_ROWS} are needed for a test")
    if "test" in parts and parts["test"].usable < FEWEST_TEST_ROWS:
        raise RequestError(
            f"{path}: its part for the test has {parts['test'].usable} usable rows; at least {FEWEST_TEST_ROWS} are "
            "needed\n  Add rows to it, or leave the column out of account with --ignore-split."
        )
    own = shares.beside([*parts, *([] if test is None else ["test"])])
    counts: dict[str, Counter[str]] = {name: Counter() for name in own}
    rows_of: Counter[str] = Counter(dict.fromkeys(own, 0))
    for labels, position in survey.positions:
        split = next(name for name, (low, high) in own.items() if low <= position < high)
        counts[split].update(labels)
        rows_of[split] += 1
    for name, each in [*parts.items(), *([] if test is None else [("test", test)])]:
        counts[name], rows_of[name] = each.classes, each.usable
    for name, of_class in counts.items():
        _check_classes(path, name, of_class, shares, is_grouped=is_grouped)
    only = {} if column is None else {name: column.only(name if name in parts else "train") for name in counts}
    if test is not None:
        only.pop("test", None)
    return SplitPlan({**own, **dict.fromkeys(parts, (0.0, 1.0))}, dict(rows_of), counts, only)


def _check_classes(path: Path, split: str, counts: Counter[str], shares: SplitShares, *, is_grouped: bool) -> None:
    least = shares.fewest_classes if split in {"train", "test"} else min(1, shares.fewest_classes)
    if len(counts) < least:
        needed = f"rows of at least two {shares.classes}" if least > 1 else "at least one"
        advice = f"Add rows of the rarer {shares.classes}."
        if is_grouped:
            advice = "Add rows of more groups; a group is never divided."
        elif not counts:  # hardly by chance: the file is one of our random splits itself
            advice = (
                "Its rows seem to be those of one split that this program drew from a larger file, by the same hash of "
                "each text.\n  Measure that file, or rows of it that were chosen in another way."
            )
        raise RequestError(
            f"{path}: the split '{split}' has {counts.total()} rows of {len(counts)} {shares.classes}, and needs "
            f"{needed}\n  {advice}"
        )
