"""Filters: the subjects of a frame that meet some conditions, and why the others do not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.counted_estimates import Pairs
from leaderboard.ranking.estimate_selection import fullest_places
from leaderboard.ranking.terms import Term
from leaderboard.ranking.utilities import Utilities
from leaderboard.ranking.weights import AXES
from leaderboard.stats.estimate import Status


@dataclass(frozen=True, slots=True)
class RecordedTask:
    """Axis and metrics of a task, as recorded in a frame of estimates."""

    axis: Axis
    metrics: tuple[str, ...]
    headlines: tuple[str, ...]


def recorded_tasks(frame: pd.DataFrame, counted: Pairs) -> dict[str, RecordedTask]:
    """Return the tasks of a frame by name, with their recorded metrics, measured or not.

    Args:
        frame: with the columns `axis`, `task` and `metric`.
        counted: (task, metric) of those that count in a ranking.
    """
    pairs = frame[["axis", "task", "metric"]].drop_duplicates()
    whole_tasks = pairs[~pairs["metric"].str.contains(":", regex=False)]
    return {
        str(task): RecordedTask(
            Axis.recorded(rows["axis"].iloc[0]),
            tuple(rows["metric"]),
            tuple(metric for metric in rows["metric"] if (task, metric) in counted),
        )
        for task, rows in whole_tasks.groupby("task", sort=False)
    }


def read_conditions(
    texts: Iterable[str], frame: pd.DataFrame, counted: Pairs, *, where: str = "--where"
) -> list[Condition]:
    """Return the conditions of some texts, checked against what a frame holds.

    Args:
        texts: the conditions as they are written.
        frame: with the columns `axis`, `task` and `metric`.
        counted: (task, metric) of what counts in a ranking, which the name of a task alone stands for.
        where: flag or place that contains the texts, for messages.

    Raises:
        RequestError: for what cannot be read, what no task or several tasks report, and a bound that needs a baseline.
    """
    tasks = recorded_tasks(frame, counted)
    conditions = [Condition.parse(text, tasks, where=where) for text in texts]
    for each in conditions:
        if each.needs_baseline:
            raise RequestError(f"{where} {each}: subjects are filtered without a baseline\n  Write a number instead")
        each.term.check(tasks, where=f"{where} {each}")
    return conditions


def left_out(frame: pd.DataFrame, scored: Utilities, conditions: Sequence[Condition]) -> dict[str, str]:
    """Return the subjects that break a condition or were not measured for it, each with the first reason.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`, all metrics.
        scored: its utilities.
        conditions: from `read_conditions`. What was not measured breaks one.
    """
    reasons: dict[str, str] = {}
    for condition in conditions:
        values = _values(condition.term, frame, scored)
        for subject, value in zip(scored.subjects, values.tolist(), strict=True):
            if np.isnan(value):
                reasons.setdefault(str(subject), f"{condition.term} was not measured")
            elif condition.violation(value) > 0:
                reasons.setdefault(str(subject), f"{condition.term} is {value:.4g}, not {condition.comparison} "
                                   f"{condition.bound}")  # fmt: skip
    return reasons


def passing(scored: Utilities, reasons: Mapping[str, str]) -> np.typing.NDArray[np.bool_]:
    """Return a mask of the subjects without a reason, for `Utilities.ranked(where=…)`, shape (n,)."""
    return np.array([str(subject) not in reasons for subject in scored.subjects], dtype=np.bool_)


def _values(term: Term, frame: pd.DataFrame, scored: Utilities) -> FloatArray:
    """Return the value of a term for each subject, in the order of `scored`; NaN where it was not measured."""
    if term.metric is None:
        return scored.values[:, AXES.index(term.axis)]  # noqa: PD011 - no frame
    rows = (frame["metric"] == term.metric.name) & (frame["status"] == Status.MEASURED.value)
    if term.task:
        rows &= frame["task"] == term.task
    selected = frame[rows]
    codes, subjects = pd.factorize(selected["subject"])
    places = fullest_places(
        codes.astype(np.int64),
        selected["task_version"].to_numpy(dtype=np.int64),
        selected["n"].to_numpy(dtype=np.int64),
        selected["evaluated_at"].to_numpy(dtype="datetime64[us]").view(np.int64),
    )
    by_subject = dict(zip(subjects[codes[places]], selected["value"].to_numpy(dtype=np.float64)[places], strict=True))
    return np.array([by_subject.get(subject, np.nan) for subject in scored.subjects], dtype=np.float64)
