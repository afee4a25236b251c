"""Classification report: precision, recall and F1 of each class, and their averages over classes."""

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy import AVERAGES, CLASS_REPORT, F1
from leaderboard.axes.protocol import Measurement
from leaderboard.stats.bounded import HALF, Unseen, bounded_of_sums, half_of_each, half_of_one
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion

CountArray = npt.NDArray[np.integer]

_UNDEFINED = (
    "0/0: nothing was predicted to be of it",
    "0/0: nothing is of it",
    "0/0: nothing is of it or was predicted to be",
)
MAX_REPORT_CLASSES = 2_000
"""Classes that a report lists; the memory that one takes grows with examples × classes."""
_UNDEFINED_AVERAGE = "0/0 for every class that counts"


class Count(IntEnum):
    """Counts of each class: the last dimension of the arrays here."""

    CORRECT = 0
    PREDICTED = 1
    TRUE = 2


def one_hot(codes: npt.NDArray[np.integer], classes: int) -> FloatArray:
    """Return 1 at the class of each example and 0 elsewhere, shape (n, classes), from class indices of shape (n,).

    Rows of `np.eye(classes)` are the same, after a table of classes² cells.
    """
    rows = np.zeros((len(codes), classes))
    rows[np.arange(len(codes)), codes] = 1
    return rows


def example_class_counts(true: Sequence[str], predicted: Sequence[str]) -> tuple[tuple[str, ...], CountArray]:
    """Return the classes that occur, by name, and the counts of each example, shape (n, classes, 3).

    Args:
        true: true class of each example.
        predicted: predicted class of each example.
    """
    names, codes = np.unique([*true, *predicted], return_inverse=True)
    is_true, is_predicted = (one_hot(half, len(names)).astype(np.uint8) for half in np.split(codes, 2))
    return tuple(map(str, names)), np.stack([is_true * is_predicted, is_predicted, is_true], axis=2)


def report_of_answers(
    true: Sequence[str], predicted: Sequence[str], macro_f1: Estimate | None = None
) -> list[Measurement]:
    """Return the report of independent answers; above `MAX_REPORT_CLASSES` its averages alone, as not measured.

    Args:
        true: class of each example.
        predicted: predicted class of each example.
        macro_f1: as for `estimate_class_report`.
    """
    if (classes := len({*true, *predicted})) > MAX_REPORT_CLASSES:
        return _too_many(classes, len(true))
    names, counts = example_class_counts(true, predicted)
    return estimate_class_report(names, counts, independent=True, macro_f1=macro_f1)


def _too_many(classes: int, n: int) -> list[Measurement]:
    """Return a report without classes, whose averages are not measured."""
    estimate = Estimate.not_measured(f"{classes:,} classes; a report has at most {MAX_REPORT_CLASSES:,}", n=n)
    return [Measurement(metric, estimate, part) for part in AVERAGES for metric in CLASS_REPORT]


def estimate_class_report(
    names: Sequence[str], counts: CountArray, *, independent: bool, macro_f1: Estimate | None = None
) -> list[Measurement]:
    """Estimate precision, recall and F1 of each class and their averages, named as by scikit-learn and seqeval.

    Micro averages are of the summed counts; macro averages count each class the same, weighted ones by how many
    examples it has. What is 0/0 is not measured, and left out of an average, as scikit-learn does with
    `zero_division=nan`. Intervals of `stats.bounded`; n is the support, the number of examples of the class.

    Args:
        names: names of the classes.
        counts: counts of each row (an example, or a sentence of several), shape (n, classes, 3), see `Count`.
        independent: whether each row counts one example, so that Wilson's interval holds for shares of examples: a
            class's precision and recall, F1 as a function of the share of correct ones among all that are of the class
            or predicted to be, and the micro averages.
        macro_f1: estimate of macro F1 on the same examples, so that one number has one interval.
    """
    n = len(counts)
    if len(names) > MAX_REPORT_CLASSES:
        return _too_many(len(names), n)
    totals = counts.sum(axis=0, dtype=np.int64)
    class_estimates, average_estimates = _estimates(counts, independent=independent)
    measurements = []
    for number, part in enumerate((*names, *AVERAGES)):
        is_class = number < len(names)
        sums = totals[number] if is_class else totals.sum(axis=0)
        for index, (metric, undefined) in enumerate(zip(CLASS_REPORT, _UNDEFINED, strict=True)):
            estimate = class_estimates[number][index] if is_class else average_estimates[number - len(names)][index]
            if macro_f1 is not None and metric is F1 and part == AVERAGES[1]:
                estimate = macro_f1
            if n and estimate.value is None:
                estimate = Estimate.not_measured(undefined if is_class else _UNDEFINED_AVERAGE)
            measurements.append(Measurement(metric, replace(estimate, n=int(sums[Count.TRUE])), part))
    return measurements


def _estimates(counts: CountArray, *, independent: bool) -> tuple[list[list[Estimate]], list[list[Estimate]]]:
    """Estimate the rates of each class and of each average, in the order of `Count`."""
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
    wrong, right = unseen_predictions(classes) if independent else unseen_spans(counts)
    average_estimates = _in_threes(bounded_of_sums(averages, flat, wrong, right))
    if not independent:
        return _in_threes(bounded_of_sums(of_each, flat, *unseen_spans(counts, every=True))), average_estimates
    if n:  # each row is one example: every micro average is the accuracy
        correct, _, true = map(int, totals.sum(axis=0))
        average_estimates[0] = [proportion(correct, true)] * kinds
    if n and classes == 1:  # an average of one class is that class
        average_estimates[1:] = [_shares(totals[0])] * 2
    return [_shares(each) for each in totals], average_estimates


def _shares(counts: CountArray) -> list[Estimate]:
    """Estimate precision, recall and F1 of independent examples, from counts of shape (3,).

    F1 = 2 J / (1 + J) with J = correct / (predicted + true - correct), a share of examples.
    """
    correct, predicted, true = map(int, counts)
    jaccard = proportion(correct, predicted + true - correct)
    ends = [2 * end / (1 + end) for end in (jaccard.value, jaccard.low, jaccard.high) if end is not None]
    f1 = Estimate.measured(ends[0], (ends[1], ends[2]), n=jaccard.n, method=jaccard.method) if ends else jaccard
    return [proportion(correct, predicted), proportion(correct, true), f1]


def unseen_predictions(classes: int) -> tuple[Unseen, Unseen]:
    """Return half a wrong prediction of any kind, and half a correct one of each class.

    Both are counts of classes, shape (m, classes * 3). They are drawn as they are needed: a table of all ways to be
    wrong has classes³ cells, 8 GB for 1,000 classes.
    """

    def right(rng: np.random.Generator, m: int) -> FloatArray:
        return np.repeat(rng.standard_gamma(HALF, (m, classes)), len(Count), axis=1)

    def wrong(rng: np.random.Generator, m: int) -> FloatArray:
        if classes < 2:  # noqa: PLR2004 - no prediction can be of another class
            return 0 * right(rng, m)
        weight = rng.standard_gamma(HALF, (m, 1))
        true, rank = np.divmod(rng.integers(0, classes * (classes - 1), m), classes - 1)
        predicted = rank + (rank >= true)
        counts = np.zeros((m, classes, len(Count)))
        counts[np.arange(m), predicted, Count.PREDICTED] = 1
        counts[np.arange(m), true, Count.TRUE] = 1
        return weight * counts.reshape(m, -1)

    return wrong, right


def unseen_spans(counts: CountArray, *, every: bool = False) -> tuple[Unseen, Unseen]:
    """Return half a sentence of spans of one type that are all wrong, and half one of each type that are all correct.

    A sentence has the mean number of spans.

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
        return (half_of_each(np.zeros((0, 0))),) * 2
    return (half_of_each if every else half_of_one)(wrong.reshape(types, -1)), half_of_each(right.reshape(types, -1))


def _in_threes(estimates: Sequence[Estimate]) -> list[list[Estimate]]:
    return [list(estimates[start : start + 3]) for start in range(0, len(estimates), 3)]


def rates(counts: FloatArray) -> FloatArray:
    """Return precision, recall and F1 = 2 correct / (predicted + true) of counts, both shape (..., 3); NaN for 0/0."""
    correct, predicted, true = counts[..., Count.CORRECT], counts[..., Count.PREDICTED], counts[..., Count.TRUE]
    with np.errstate(invalid="ignore"):
        return np.stack([correct / predicted, correct / true, 2 * correct / (predicted + true)], axis=-1)


def with_averages(counts: FloatArray) -> FloatArray:
    """Return the rates of each class, followed by their three averages: shape (..., classes + 3, 3).

    Args:
        counts: shape (..., classes, 3).
    """
    each = rates(counts)
    is_defined = np.isfinite(each)
    micro = rates(counts.sum(axis=-2, keepdims=True))
    macro = _mean(each, is_defined.astype(np.float64))
    weighted = _mean(each, is_defined * counts[..., Count.TRUE, None])
    return np.concatenate([each, micro, macro, weighted], axis=-2)


def _mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted mean over classes; values without weight may be NaN."""
    weighted = np.where(weights > 0, values, 0.0) * weights
    with np.errstate(invalid="ignore"):
        mean: FloatArray = weighted.sum(axis=-2, keepdims=True) / weights.sum(axis=-2, keepdims=True)
    return mean
