"""The classification report: precision, recall and F1 of each class, and their averages over classes."""

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from leaderboard.axes.catalogue import AVERAGES, CLASS_REPORT, F1
from leaderboard.axes.protocol import Measurement
from leaderboard.stats.bounded import Unseen, bounded_of_sums, each_of, one_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion

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


def report(
    names: Sequence[str], counts: CountArray, *, independent: bool, macro_f1: Estimate | None = None
) -> list[Measurement]:
    """Precision, recall and F1 of each class and their averages, as scikit-learn's and seqeval's reports name them.

    Micro averages are of the summed counts; macro averages count each class the same, weighted ones by how many
    examples it has. What is 0/0 is not measured, and left out of an average, as scikit-learn does with
    `zero_division=nan`. Intervals of `stats.bounded`; n is the support, how many examples are of the class.

    Args:
        names: of the classes.
        counts: of each row (an example, or a sentence of several), shape (n, classes, 3), see `Count`.
        independent: whether each row counts one example, so that Wilson's interval holds for what is a share of
            examples: a class's precision and recall, F1 as a function of its share of right ones among all that are of
            the class or were predicted to be, and the micro averages.
        macro_f1: of the same examples, where it was estimated already: one number has one interval.
    """
    n = len(counts)
    totals = counts.sum(axis=0, dtype=np.int64)
    of_classes, of_averages = _estimates(counts, independent=independent)
    found = []
    for place, part in enumerate((*names, *AVERAGES)):
        of_class = place < len(names)
        sums = totals[place] if of_class else totals.sum(axis=0)
        for at, (metric, undefined) in enumerate(zip(CLASS_REPORT, _UNDEFINED, strict=True)):
            estimate = of_classes[place][at] if of_class else of_averages[place - len(names)][at]
            if macro_f1 is not None and metric is F1 and part == AVERAGES[1]:
                estimate = macro_f1
            if n and estimate.value is None:
                estimate = Estimate.not_measured(undefined if of_class else _UNDEFINED_AVERAGE)
            found.append(Measurement(metric, replace(estimate, n=int(sums[Count.TRUE])), part))
    return found


def _estimates(counts: CountArray, *, independent: bool) -> tuple[list[list[Estimate]], list[list[Estimate]]]:
    """The rates of each class and of each average, in the order of `Count`."""
    n, classes, kinds = counts.shape
    flat = counts.reshape(n, classes * kinds)

    def shaped(sums: FloatArray) -> FloatArray:
        return sums.reshape(*sums.shape[:-1], classes, kinds)

    def averages(sums: FloatArray) -> FloatArray:
        rates_of = with_averages(shaped(sums))[..., classes:, :]
        return rates_of.reshape(*sums.shape[:-1], -1)

    def of_each(sums: FloatArray) -> FloatArray:
        return rates(shaped(sums)).reshape(*sums.shape)

    totals = counts.sum(axis=0, dtype=np.int64)
    wrong, right = unseen_answers(classes) if independent else unseen_spans(counts)
    of_averages = _in_threes(bounded_of_sums(averages, flat, wrong, right))
    if not independent:
        return _in_threes(bounded_of_sums(of_each, flat, *unseen_spans(counts, every=True))), of_averages
    if n:  # each row is one example: every micro average is the accuracy
        correct, _, true = map(int, totals.sum(axis=0))
        of_averages[0] = [proportion(correct, true)] * kinds
    if n and classes == 1:  # an average of one class is that class
        of_averages[1:] = [_shares(totals[0])] * 2
    return [_shares(each) for each in totals], of_averages


def _shares(counts: CountArray) -> list[Estimate]:
    """Precision, recall and F1 of independent examples, from counts of shape (3,).

    F1 = 2 J / (1 + J) with J = correct / (predicted + true - correct), a share of examples.
    """
    correct, predicted, true = map(int, counts)
    jaccard = proportion(correct, predicted + true - correct)
    ends = [2 * end / (1 + end) for end in (jaccard.value, jaccard.low, jaccard.high) if end is not None]
    f1 = Estimate.measured(ends[0], (ends[1], ends[2]), n=jaccard.n, method=jaccard.method) if ends else jaccard
    return [proportion(correct, predicted), proportion(correct, true), f1]


def unseen_answers(classes: int) -> tuple[Unseen, Unseen]:
    """Half an answer that is wrong in one way or another, and half a right one of each class, in counts of classes."""
    one = np.eye(classes)
    none = np.zeros_like(one)
    right = np.repeat(one, len(Count), axis=1)
    if classes < 2:  # noqa: PLR2004 - no answer can be of another class
        return each_of(0 * right), each_of(right)
    true, said = (each.ravel() for each in np.nonzero(1 - one))
    wrong = np.stack([none[true], one[said], one[true]], axis=2).reshape(len(true), -1)
    return one_of(wrong), each_of(right)


def unseen_spans(counts: CountArray, *, every: bool = False) -> tuple[Unseen, Unseen]:
    """Half a sentence of spans of one type that are all missed and wrong, and half one of each that are all found.

    A sentence has as many as it has on average.

    Args:
        counts: shape (sentences, types, 3), see `Count`.
        every: whether each type has half a wrong sentence of its own.
    """
    types = counts.shape[1]
    size = counts.mean(axis=0) if len(counts) else np.ones(counts.shape[1:])
    spread = np.eye(types)[:, :, None]
    wrong = size * [0, 1, 1] * spread
    right = size[:, [Count.PREDICTED, Count.TRUE]].mean(axis=1)[:, None] * [1, 1, 1] * spread
    if not types:
        return (each_of(np.zeros((0, 0))),) * 2
    return (each_of if every else one_of)(wrong.reshape(types, -1)), each_of(right.reshape(types, -1))


def _in_threes(estimates: Sequence[Estimate]) -> list[list[Estimate]]:
    return [list(estimates[start : start + 3]) for start in range(0, len(estimates), 3)]


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
