"""Means over the metrics of an axis in which metrics of contested validity have at most a third."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.metric import Metric
from leaderboard.ranking.weights import weighted_mean

LARGEST_SHARE = 1 / 3
"""Share of an axis that contested metrics have at most, where another metric of the axis was measured."""


def axis_mean(means: FloatArray, metrics: Sequence[Metric]) -> FloatArray:
    """Return the weighted mean over the metrics of one axis that were measured, shape (n,); NaN without any.

    Metrics weigh by `Metric.weight`. Where contested ones would together have more than `LARGEST_SHARE`, they have just
    that; without another metric, they are all that is known of the axis, and have it all. Which metrics were measured
    alone decides on the shares, so that a better value never lowers the mean.

    Args:
        means: mean utility of each metric over its tasks, shape (n, k); NaN where not measured.
        metrics: the metrics, in the order of the columns.
    """
    weights = np.array([metric.weight for metric in metrics], dtype=np.float64)
    contested = np.array([metric.contested for metric in metrics], dtype=np.bool_)
    mean = weighted_mean(means, weights)
    if not contested.any():
        return mean
    measured = ~np.isnan(means) * weights
    contested_weight, other_weight = (measured[:, part].sum(axis=1) for part in (contested, ~contested))
    exceeds = (other_weight > 0) & (contested_weight > (contested_weight + other_weight) * LARGEST_SHARE * (1 + 1e-12))
    capped = LARGEST_SHARE * weighted_mean(means[:, contested], weights[contested]) + (
        1 - LARGEST_SHARE
    ) * weighted_mean(means[:, ~contested], weights[~contested])
    return np.where(exceeds, capped, mean)
