"""Whether a subject's accuracy is above guessing, and above that of a bag of words.

The chance level of a task is the `worst` anchor of its accuracy metric: what its file says, else 1 / classes of the
task's labels (`leaderboard.ranking.utility_scale.task_anchors`). Where neither is known, the chance level is unknown.
The paired difference to a bag of words on the same examples is stored with the subject (`over_bag_of_words`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.axes.accuracy import EXACT_MATCH, OVER_BAG_OF_WORDS, SPAN_F1, TOKEN_F1
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.ranking.counted_estimates import Counted
from leaderboard.ranking.estimate_selection import fullest_places
from leaderboard.ranking.utility_scale import Ruler, UtilityAnchors
from leaderboard.stats.estimate import Status

NOTHING_BY_CHANCE = frozenset({SPAN_F1.name, EXACT_MATCH.name, TOKEN_F1.name})
"""Metrics on which a guess earns 0: their catalogue anchor is the chance level of any task."""


def chance_levels(
    counted: Counted, subjects: int, tasks: Sequence[str], anchors: Mapping[tuple[str, str], UtilityAnchors]
) -> FloatArray:
    """Return whether each subject is above chance on every accuracy task, judged by the interval of its accuracy.

    Args:
        counted: the estimates that count.
        subjects: how many there are.
        tasks: their names.
        anchors: those of tasks, by (task, metric).

    Returns:
        Shape (subjects,): 1 where each interval lies above the chance level, 0 where one holds it or lies below it,
        NaN where no accuracy was measured or no chance level is known.
    """
    above_chance = np.full(subjects, np.nan)
    for pair in np.unique(counted.task * len(METRICS) + counted.metric).tolist():
        task, metric = tasks[pair // len(METRICS)], METRICS.in_order[pair % len(METRICS)]
        task_anchors = anchors.get((task, metric.name))
        if metric.axis is not Axis.ACCURACY or (task_anchors is None and metric.name not in NOTHING_BY_CHANCE):
            continue
        rows = (counted.task == pair // len(METRICS)) & (counted.metric == pair % len(METRICS))
        value, low, high = counted.value[rows], counted.low[rows], counted.high[rows]
        lower_utility, _ = Ruler.of(metric, task_anchors).interval(value, low, high)
        above_chance[counted.subject[rows]] = np.fmin(
            above_chance[counted.subject[rows]], (lower_utility > 0).astype(np.float64)
        )
    return above_chance


def above_bag_of_words(frame: pd.DataFrame, subject: IntArray, subjects: int) -> FloatArray:
    """Return whether each subject is better than a bag of words on every task that both were measured on.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        subject: whose each row is, from 0.
        subjects: how many there are.

    Returns:
        Shape (subjects,): 1 where each interval of the paired difference lies above 0, 0 where one holds 0 or lies
        below it, NaN where there is no difference.
    """
    counts = (frame["metric"] == OVER_BAG_OF_WORDS.name) & (frame["status"] == Status.MEASURED.value)
    rows, subject = frame[counts], subject[counts.to_numpy(dtype=np.bool_)]
    task, tasks = pd.factorize(rows["task"])
    places = fullest_places(
        subject * len(tasks) + task,
        rows["task_version"].to_numpy(dtype=np.int64),
        rows["n"].to_numpy(dtype=np.int64),
        rows["evaluated_at"].to_numpy(dtype="datetime64[us]").view(np.int64),
    )
    lower_ends = rows["low"].fillna(rows["value"]).to_numpy(dtype=np.float64)[places]
    above = np.full(subjects, np.nan)
    np.fmin.at(above, subject[places], (lower_ends > 0).astype(np.float64))
    return above
