"""Stray labels: classes with all of their rows in one split, which a typing error makes, and which no run measures."""

from collections.abc import Mapping
from pathlib import Path

from leaderboard.own_data.classes import Classes
from leaderboard.own_data.detection import question
from leaderboard.own_data.label_keys import label_keys
from leaderboard.own_data.split_plan import SplitPlan


def ask_about_stray_labels(path: Path, classes: Classes, plan: SplitPlan, *, named: Mapping[str, str]) -> None:
    """Ask about the rarest class whose rows are all in one split, unless the user named it.

    A subject cannot learn a class that `train` lacks, and nothing shows whether it learned one that only `train` has.

    Args:
        path: the main file.
        classes: classes of its labels.
        plan: splits with their rows by class.
        named: class names that the user gave, by raw label.

    Raises:
        RequestError: as a question that names the label, its rows and their split.
    """
    if classes.ranges:
        return
    stray = {
        name: splits
        for name in classes.names
        if name not in named.values()
        and label_keys([name]).isdisjoint(label_keys(named))
        and len(splits := {split: counts[name] for split, counts in plan.counts.items() if counts[name]}) == 1
    }
    if not stray:
        return
    name = min(stray, key=lambda each: sum(stray[each].values()))
    ((split, rows),) = stray[name].items()
    raw = next((raw for raw, each in classes.values.items() if each == name), name)
    other = next(each for each in classes.names if each != name)
    more = f" (as {len(stray) - 1} other labels are)" if len(stray) > 1 else ""
    raise question(
        path,
        f"the label {raw!r} has {rows:,} {'row' if rows == 1 else 'rows'}, in no other split than `{split}`{more}: "
        "a typing error, or a class with too few rows",
        f"--no-label {raw!r}, which leaves them out,",
        f"--label-names '{raw}={other}' (or another class), which adds them to it,",
        f"--label-names '{raw}={raw}', which keeps the class",
    )
