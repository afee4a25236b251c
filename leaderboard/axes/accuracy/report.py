"""The classification report: precision, recall and F1 of each class, and their averages over classes."""

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from leaderboard.axes.catalogue import AVERAGES, CLASS_REPORT, PRECISION, RECALL
from leaderboard.axes.protocol import Measurement
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_sums, proportion

FloatArray = npt.NDArray[np.float64]
CountArray = npt.NDArray[np.integer]

_UNDEFINED = (
    "0/0: nothing was predicted to be of it",
    "0/0: nothing is of it",
    "0/0: nothing is of it or was predicted to be",
)
_UNDEFINED_AVERAGE = "0/0 for every class that counts"


class Count(IntEnum):
    """What is counted of each class: the last dimension of the arrays here."""

    CORRECT = 0
    PREDICTED = 1
    TRUE = 2


def counts_of(true: Sequence[str], predicted: Sequence[str]) -> tuple[tuple[str, ...], CountArray]:
    """The classes that occur, in order of their names, and the counts of each example: shape (n, classes, 3).

    Args:
        true: class of each example.
        predicted: class that each was said to be of.
    """
    names, codes = np.unique([*true, *predicted], return_inverse=True)
    is_true, is_predicted = (np.eye(len(names), dtype=np.uint8)[half] for half in np.split(codes, 2))
    return tuple(map(str, names)), np.stack([is_true * is_predicted, is_predicted, is_true], axis=2)


def report(names: Sequence[str], counts: CountArray, *, independent: bool) -> list[Measurement]:
    """Precision, recall and F1 of each class and their averages, as scikit-learn's and seqeval's reports name them.

    Micro averages are of the summed counts; macro averages count each class the same, weighted ones by how many
    examples it has. What is 0/0 is not measured, and left out of an average, as scikit-learn does with
    `zero_division=nan`. Bootstrap intervals over rows; n is the support, how many examples are of the class.

    Args:
        names: of the classes.
        counts: of each row (an example, or a sentence of several), shape (n, classes, 3), see `Count`.
        independent: whether each row counts one example, so that Wilson's interval holds for a class's precision and
            recall, and for the micro averages.
    """
    n, classes, _ = counts.shape
    totals = counts.sum(axis=0, dtype=np.int64)

    def statistics(sums: FloatArray) -> FloatArray:
        rates = with_averages(sums.reshape(*sums.shape[:-1], classes, len(Count)))
        return rates.reshape(*sums.shape[:-1], -1)

    estimates = iter(bootstrap_of_sums(statistics, counts.reshape(n, classes * len(Count))))
    found = []
    for place, part in enumerate((*names, *AVERAGES)):
        of_class = place < classes
        correct, predicted, true = map(int, totals[place] if of_class else totals.sum(axis=0))
        # Where each row is one example, the micro averages are all the accuracy: a share of examples too.
        shares = (PRECISION, RECALL) if of_class else CLASS_REPORT if part == AVERAGES[0] else ()
        for metric, undefined in zip(CLASS_REPORT, _UNDEFINED, strict=True):
            estimate = next(estimates)
            if n and estimate.value is None:
                estimate = Estimate.not_measured(undefined if of_class else _UNDEFINED_AVERAGE)
            elif independent and metric in shares:
                estimate = proportion(correct, predicted if metric is PRECISION else true)
            found.append(Measurement(metric, replace(estimate, n=true), part))
    return found


def rates(counts: FloatArray) -> FloatArray:
    """Precision, recall and F1 = 2 correct / (predicted + true) of counts, both of shape (..., 3); NaN for 0/0."""
    correct, predicted, true = counts[..., Count.CORRECT], counts[..., Count.PREDICTED], counts[..., Count.TRUE]
    with np.errstate(invalid="ignore"):
        return np.stack([correct / predicted, correct / true, 2 * correct / (predicted + true)], axis=-1)


def with_averages(counts: FloatArray) -> FloatArray:
    """The rates of each class and, behind them, their three averages: shape (..., classes + 3, 3).

    Args:
        counts: shape (..., classes, 3).
    """
    each = rates(counts)
    known = np.isfinite(each)
    micro = rates(counts.sum(axis=-2, keepdims=True))
    macro = _mean(each, known.astype(np.float64))
    weighted = _mean(each, known * counts[..., Count.TRUE, None])
    return np.concatenate([each, micro, macro, weighted], axis=-2)


def _mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted mean over classes; what has no weight may be NaN."""
    weighed = np.where(weights > 0, values, 0.0) * weights
    with np.errstate(invalid="ignore"):
        mean: FloatArray = weighed.sum(axis=-2, keepdims=True) / weights.sum(axis=-2, keepdims=True)
    return mean
