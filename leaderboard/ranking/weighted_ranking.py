"""The weighted ranking: each axis becomes one utility, and the axes one score."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import RequestError, unknown_name
from leaderboard.ranking.accuracy_scaling import in_proportion
from leaderboard.ranking.counted_estimates import Counted, Pairs
from leaderboard.ranking.estimate_selection import EstimateRecord, fullest
from leaderboard.ranking.missing_axes import too_few
from leaderboard.ranking.utilities import axis_values, utilities
from leaderboard.ranking.utility_scale import Utility, UtilityAnchors
from leaderboard.ranking.weights import AXES
from leaderboard.stats.estimate import Status


def rank(
    frame: pd.DataFrame,
    weights: Mapping[Axis, float] | None = None,
    *,
    anchors: Mapping[tuple[str, str], UtilityAnchors] | None = None,
    required: Pairs | None = None,
) -> pd.DataFrame:
    """Return one row for each subject, best first.

    An axis's utility, its low and its high are those of `leaderboard.ranking.utilities.utilities`: bias, privacy and
    explainability count in proportion to accuracy, since a model of noise is near the best anchors of all three
    (`leaderboard.ranking.accuracy_scaling`); the columns `…_raw` have them as they were measured.

    The score is the weighted mean over the weighted axes. Only a subject that has all of them is ranked; any other says
    why in `not_ranked`, such as "1 of 6 axes", and is at the end. `score_low` and `score_high` answer for what is not
    known: they are the weighted mean over *all* weighted axes with each known axis at its low or high and each unknown
    one at 0 or 1. The score always lies between them. Subjects whose bounds overlap are not significantly
    different.

    A subject whose accuracy interval does not lie above chance (`above_chance` is false) is ranked below all others.

    Every number of a row comes from that subject and the fixed anchors alone: adding or removing a subject changes
    neither the scores nor the order of the others. A better value on any axis never lowers a score. Equal scores share
    a rank and are ordered by name.

    Args:
        frame: estimates of the tasks of one suite, with the columns of `leaderboard.store.frames.estimates_frame`; of
            several suites make several tables (`leaderboard.ranking.suites`).
        weights: by axis, not negative; 1 for an axis that is not named.
        anchors: those that tasks override, by (task, metric).
        required: (task, metric) of all that is ranked by; a subject that lacks one lacks the axis. None: whatever each
            was measured on.

    Returns:
        The columns `RANKING_COLUMNS`; missing where something is not known.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    return utilities(frame, anchors, required=required).ranked(weights)


def axis_utilities(
    rows: Iterable[EstimateRecord],
    anchors: Mapping[tuple[str, str], UtilityAnchors] | None = None,
    *,
    minimum: bool = True,
    proportional: bool = True,
) -> dict[Axis, Utility]:
    """Return the utility of each known axis of one subject, as `rank` computes it, without unknown axes.

    Args:
        rows: estimates of one subject, with the columns of `leaderboard.store.frames.estimates_frame`.
        anchors: those that tasks override, by (task, metric).
        minimum: whether an axis with an estimate of fewer examples than its metric's `minimum_n` is not known. A search
            looks at few examples on purpose, and goes by intervals.
        proportional: whether bias, privacy and explainability count in proportion to accuracy.
    """
    counting_rows = counting(rows)
    tasks = list(dict.fromkeys(str(row["task"]) for row in counting_rows))
    value, low, high = (
        np.array([row[name] for row in counting_rows], dtype=np.float64) for name in ("value", "low", "high")
    )
    counted = Counted(
        np.zeros(len(counting_rows), dtype=np.int64),
        np.array([METRICS.places[row["metric"]] for row in counting_rows], dtype=np.int64),
        np.array([tasks.index(row["task"]) for row in counting_rows], dtype=np.int64),
        value,
        low,
        high,
        np.array([row["n"] for row in counting_rows], dtype=np.int64),
    )
    few = too_few(counted, tasks, 1)
    table = np.stack(axis_values(counted.only(~few.places) if minimum else counted, 1, tasks, anchors))[:, 0]
    if minimum:
        table[:, few.axes[0]] = np.nan
    value, low, high = in_proportion(table) if proportional else table
    utilities_of_axes = zip(AXES, value.tolist(), low.tolist(), high.tolist(), strict=True)
    return {axis: Utility(*each) for axis, *each in utilities_of_axes if not math.isnan(each[0])}


def counting(rows: Iterable[EstimateRecord]) -> list[EstimateRecord]:
    """Return the estimates of one subject that its utilities are computed from.

    These are measured headline numbers, one for each task and metric, of the newest version of each task.
    """
    measured = [
        row for row in rows if row["headline"] and row["metric"] in METRICS and row["status"] == Status.MEASURED.value
    ]
    newest: dict[str, int] = {}
    for row in measured:
        newest[row["task"]] = max(row["task_version"], newest.get(row["task"], row["task_version"]))
    return fullest(row for row in measured if row["task_version"] == newest[row["task"]])


def parse_weights(texts: Iterable[str]) -> dict[Axis, float]:
    """Return the weights of options of the form `AXIS=W`.

    Raises:
        RequestError: for another form, an unknown axis or one that comes twice, or something that is not a number.
    """
    weights: dict[Axis, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        axis = name.strip().lower()
        if not equals:
            raise RequestError(f"--weight {text}: write AXIS=W, for instance accuracy=2")
        if axis not in Axis:
            raise unknown_name("axis", name.strip(), list(Axis), where=f"--weight {text}")
        if axis in weights:
            raise RequestError(f"--weight {text}: the {axis} axis has a weight already; give it one")
        try:
            weights[Axis(axis)] = float(number)
        except ValueError:
            raise RequestError(f"--weight {text}: '{number}' is not a number") from None
    return weights
