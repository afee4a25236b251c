"""Chance: whether a subject's accuracy is more than guessing.

The chance level of a task is the `worst` anchor of its accuracy metric: what its file says, else 1 / classes of the
task's labels (`leaderboard.ranking.normalise.task_anchors`). Where neither is known, nor is the chance level.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from leaderboard.axes.catalogue import EXACT_MATCH, METRICS, SPAN_F1
from leaderboard.axes.metric import Axis
from leaderboard.ranking.counted import Counted
from leaderboard.ranking.normalise import Anchors, Ruler
from leaderboard.ranking.weighing import FloatArray

NOTHING_BY_CHANCE = frozenset({SPAN_F1.name, EXACT_MATCH.name})
"""Metrics on which a guess earns 0: their catalogue anchor is the chance level of any task."""


def chance_levels(
    counted: Counted, subjects: int, tasks: Sequence[str], anchors: Mapping[tuple[str, str], Anchors]
) -> FloatArray:
    """Whether each subject is above chance on every task of the accuracy axis, by the interval of its accuracy.

    Args:
        counted: the estimates that count.
        subjects: how many there are.
        tasks: their names.
        anchors: those of tasks, by (task, metric).

    Returns:
        Shape (subjects,): 1 where each interval lies above the chance level, 0 where one holds it or lies below it,
        NaN where no accuracy was measured or no chance level is known.
    """
    metrics = tuple(METRICS.values())
    found = np.full(subjects, np.nan)
    for pair in np.unique(counted.task * len(METRICS) + counted.metric).tolist():
        task, metric = tasks[pair // len(METRICS)], metrics[pair % len(METRICS)]
        own = anchors.get((task, metric.name))
        if metric.axis is not Axis.ACCURACY or (own is None and metric.name not in NOTHING_BY_CHANCE):
            continue
        here = (counted.task == pair // len(METRICS)) & (counted.metric == pair % len(METRICS))
        value, low, high = counted.value[here], counted.low[here], counted.high[here]
        least, _ = Ruler.of(metric, own).interval(value, low, high)
        found[counted.subject[here]] = np.fmin(found[counted.subject[here]], (least > 0).astype(np.float64))
    return found
