"""Axes on which noise looks good count in proportion to accuracy.

A model of random weights prefers no stereotype, remembers no training text, and its answers hang on single words: its
bias, privacy and explainability are near the best anchors because there is nothing to measure, and not because
somebody cared. Such a utility is worth what the answers are worth that it is about:

    counted utility = utility · accuracy utility            for bias, privacy and explainability

Accuracy utility is 0 at the chance level of the task and 1 at the best, so that a subject at chance has 0 on all three.
ICAT multiplies the absence of a stereotype by language modelling for the same reason (Nadeem et al. 2021). OOD accuracy
has its own chance level, and a fast subject is fast whatever it answers: neither is multiplied.

A product keeps what rankings rely on: a better value on any axis never lowers a counted utility, and a subject's
utilities depend on that subject and fixed anchors alone.
"""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.ranking.utility_scale import Utility
from leaderboard.ranking.weights import AXES

PROPORTIONAL = tuple(axis for axis in AXES if axis.proportional)
"""Axes that count in proportion to accuracy."""
NEEDS_ACCURACY = "counts in proportion to accuracy, which is not known"
_SCALED = np.array([axis in PROPORTIONAL for axis in AXES])


def in_proportion(values: FloatArray) -> FloatArray:
    """Return utilities with those of `PROPORTIONAL` axes multiplied by the utility of accuracy.

    Args:
        values: utilities, shape (…, 6), columns in the order of `Axis`; NaN where not known. For the ends of intervals
            the low ends of all axes, or the high ends of all.

    Returns:
        The same shape; NaN on a proportional axis where accuracy is not known.
    """
    accuracy = values[..., AXES.index(Axis.ACCURACY), None]
    return np.where(_SCALED, values * accuracy, values)


def scaled(utility: Utility, accuracy: Utility) -> Utility:
    """Return a utility multiplied by that of accuracy, low end by low end and high end by high end."""
    return Utility(utility.value * accuracy.value, utility.low * accuracy.low, utility.high * accuracy.high)
