"""The weighted ranking: each axis becomes one utility, and the axes one score."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError, unknown_name
from leaderboard.ranking.measured import EstimateRecord, fullest
from leaderboard.ranking.normalise import Anchors, Utility
from leaderboard.ranking.utilities import CATALOGUE_PLACES, Counted, axis_values, utilities
from leaderboard.ranking.weighing import AXES


def rank(
    frame: pd.DataFrame,
    weights: Mapping[Axis, float] | None = None,
    *,
    anchors: Mapping[tuple[str, str], Anchors] | None = None,
) -> pd.DataFrame:
    """One row a subject, best first.

    An axis's utility, its low and its high are those of `leaderboard.ranking.utilities.utilities`.

    The score is the weighted mean over the *measured* axes, so an axis that nobody measured neither helps nor harms;
    `axes_measured` says how many there were. `score_low` and `score_high` answer for what is not known: they are the
    weighted mean over *all* weighted axes with each measured axis at its low or high and each unmeasured one at 0 or 1.
    The score always lies between them. Two subjects whose bounds overlap are not told apart by the data.

    No axis is multiplied by another. A model that knows nothing is not rewarded where the metrics themselves can tell
    (a relative counterfactual gap, faithfulness above a random order's, anchors at chance level). A stereotype
    preference cannot, one reason for its half weight: its factor would have to be how often the model prefers sense to
    nonsense, which those pairs do not ask. Accuracy as the factor would count twice, and a low bias column would not
    say which of the two is low.

    Every number of a row comes from that subject and the fixed anchors alone: adding or removing a subject changes
    neither the scores nor the order of the others. Equal scores share a rank and are ordered by name. A subject
    without any measured axis of positive weight has no score and no rank, and stands at the end.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        weights: by axis, not negative; 1 for an axis that is not named.
        anchors: those that tasks override, by (task, metric).

    Returns:
        The columns `RANKING_COLUMNS`; missing where something is not known.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    return utilities(frame, anchors).ranked(weights)


def axis_utilities(
    rows: Iterable[EstimateRecord], anchors: Mapping[tuple[str, str], Anchors] | None = None
) -> dict[Axis, Utility]:
    """The utility of each measured axis of one subject, as `rank` computes it; an axis that was not measured is absent.

    Args:
        rows: estimates of one subject, with the columns of `leaderboard.store.frames.estimates_frame`.
        anchors: those that tasks override, by (task, metric).
    """
    kept = counting(rows)
    tasks = list(dict.fromkeys(str(row["task"]) for row in kept))
    ends = (np.array([row[name] for row in kept], dtype=np.float64) for name in ("value", "low", "high"))
    counted = Counted(
        np.zeros(len(kept), dtype=np.int64),
        np.array([CATALOGUE_PLACES[row["metric"]] for row in kept], dtype=np.int64),
        np.array([tasks.index(row["task"]) for row in kept], dtype=np.int64),
        *ends,
    )
    value, low, high = axis_values(counted, 1, tasks, anchors)
    found = zip(AXES, value[0].tolist(), low[0].tolist(), high[0].tolist(), strict=True)
    return {axis: Utility(*each) for axis, *each in found if not math.isnan(each[0])}


def counting(rows: Iterable[EstimateRecord]) -> list[EstimateRecord]:
    """Those of one subject's estimates that its utilities are made of: measured, headline, one of each task."""
    return fullest(row for row in rows if row["headline"] and row["metric"] in METRICS)


def parse_weights(texts: Iterable[str]) -> dict[Axis, float]:
    """Weights as a flag says them, `AXIS=W`.

    Raises:
        RequestError: for another form, an unknown axis or one that comes twice, or something that is not a number.
    """
    weights: dict[Axis, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        axis = name.strip().lower()
        if not equals:
            raise RequestError(f"--weight {text}: write AXIS=W, for instance accuracy=2")
        if axis not in list(Axis):
            raise unknown_name("axis", name.strip(), list(Axis), where=f"--weight {text}")
        if axis in weights:
            raise RequestError(f"--weight {text}: the {axis} axis has a weight already; give it one")
        try:
            weights[Axis(axis)] = float(number)
        except ValueError:
            raise RequestError(f"--weight {text}: '{number}' is not a number") from None
    return weights
