"""Filters: which subjects of a frame meet some conditions, and why the others do not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.measured import fullest_places
from leaderboard.ranking.terms import Term
from leaderboard.ranking.utilities import Utilities
from leaderboard.ranking.weighing import AXES, FloatArray
from leaderboard.stats.estimate import Status


@dataclass(frozen=True, slots=True)
class RecordedTask:
    """What a term has to know of a task, from what was recorded on it."""

    axis: Axis
    metrics: tuple[str, ...]


def recorded_tasks(frame: pd.DataFrame) -> dict[str, RecordedTask]:
    """The tasks of a frame by name, with the metrics that were recorded, measured or not."""
    pairs = frame[["axis", "task", "metric"]].drop_duplicates()
    whole = pairs[~pairs["metric"].str.contains(":", regex=False)]
    return {
        str(task): RecordedTask(Axis(rows["axis"].iloc[0]), tuple(rows["metric"]))
        for task, rows in whole.groupby("task", sort=False)
    }


def read_conditions(texts: Iterable[str], frame: pd.DataFrame, *, where: str = "--where") -> list[Condition]:
    """Conditions on what a frame holds.

    Raises:
        RequestError: for what cannot be read, what no task or several tasks report, and a bound that needs a baseline.
    """
    tasks = recorded_tasks(frame)
    found = [Condition.parse(text, tasks, where=where) for text in texts]
    for each in found:
        if each.needs_baseline:
            raise RequestError(f"{where} {each}: subjects are filtered without a baseline\n  Write a number instead")
        each.term.check(tasks, where=f"{where} {each}")
    return found


def left_out(frame: pd.DataFrame, found: Utilities, conditions: Sequence[Condition]) -> dict[str, str]:
    """The subjects that break a condition, or of which nobody knows, and why: the first that they break.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`, all metrics.
        found: its utilities.
        conditions: from `read_conditions`. What was not measured breaks one.
    """
    reasons: dict[str, str] = {}
    for condition in conditions:
        values = _values(condition.term, frame, found)
        for subject, value in zip(found.subjects, values.tolist(), strict=True):
            if np.isnan(value):
                reasons.setdefault(str(subject), f"{condition.term} was not measured")
            elif condition.violation(value) > 0:
                reasons.setdefault(str(subject), f"{condition.term} is {value:.4g}, not {condition.comparison} "
                                   f"{condition.bound}")  # fmt: skip
    return reasons


def kept(found: Utilities, reasons: Mapping[str, str]) -> np.typing.NDArray[np.bool_]:
    """The others, for `Utilities.ranked(where=…)`, shape (n,)."""
    return np.array([str(subject) not in reasons for subject in found.subjects], dtype=np.bool_)


def _values(term: Term, frame: pd.DataFrame, found: Utilities) -> FloatArray:
    """The value of a term by subject, in the order of `found`; NaN where it was not measured."""
    if term.metric is None:
        return found.values[:, AXES.index(term.axis)]  # noqa: PD011 - no frame
    asked = (frame["metric"] == term.metric.name) & (frame["status"] == Status.MEASURED.value)
    if term.task:
        asked &= frame["task"] == term.task
    rows = frame[asked]
    codes, subjects = pd.factorize(rows["subject"])
    places = fullest_places(
        codes.astype(np.int64),
        rows["task_version"].to_numpy(dtype=np.int64),
        rows["n"].to_numpy(dtype=np.int64),
        rows["evaluated_at"].to_numpy(dtype="datetime64[us]").view(np.int64),
    )
    by_subject = dict(zip(subjects[codes[places]], rows["value"].to_numpy(dtype=np.float64)[places], strict=True))
    return np.array([by_subject.get(subject, np.nan) for subject in found.subjects], dtype=np.float64)
