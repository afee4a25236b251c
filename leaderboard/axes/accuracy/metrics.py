"""Accuracy metrics: pure functions of arrays of predictions."""

import math
from collections.abc import Callable

import numpy as np

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.axes.accuracy import BRIER
from leaderboard.axes.accuracy.report import Count, one_hot, rates, unseen_predictions
from leaderboard.stats.bounded import bounded_mean, bounded_of_sums
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_rows, proportion


def accuracy(predicted: IntArray, truth: IntArray) -> Estimate:
    """Share of predictions that are right, with Wilson's interval. Shapes (n,)."""
    return proportion(int((predicted == truth).sum()), len(truth))


def macro_f1(predicted: IntArray, truth: IntArray, classes: int) -> Estimate:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN), with an interval of `stats.bounded`.

    A class that is neither predicted nor true in the sample has no F1 and is left out of the mean, as in
    scikit-learn's `f1_score(average="macro")` over the labels that occur. The interval counts it in, for it has one.

    Args:
        predicted: class indices, shape (n,).
        truth: class indices, shape (n,).
        classes: number of classes.
    """
    return _estimate_from_counts(macro_f1_from_counts, predicted, truth, classes)


def mcc(predicted: IntArray, truth: IntArray, classes: int) -> Estimate:
    """Matthews correlation coefficient, R_K for K classes (Gorodkin 2004), with an interval of `stats.bounded`.

    (c·s - Σ p_k t_k) / √((s² - Σ p_k²)(s² - Σ t_k²)) with c correct predictions of s and p_k, t_k the counts of class k
    predicted and true. 0 is chance, 1 perfect. *Not measured* when all predictions or all truths are one class, where
    the formula is 0/0.
    """
    if len(truth) and (len(np.unique(predicted)) == 1 or len(np.unique(truth)) == 1):
        side = "truths" if len(np.unique(truth)) == 1 else "predictions"
        return Estimate.not_measured(f"undefined: all {side} are of one class", n=len(truth))
    return _estimate_from_counts(mcc_from_counts, predicted, truth, classes)


def brier(probabilities: FloatArray, truth: IntArray) -> Estimate:
    """Mean of Σ_k (p_k - y_k)² (Brier 1950): 0 is perfect, 0.5 uniform over two classes, 2 confident and wrong."""
    scores = brier_scores(probabilities, truth)
    return bounded_mean(np.clip(scores, *BRIER.bounds), BRIER.bounds)  # rounding may leave the bounds by 1e-16


def perplexity(loglikelihoods: FloatArray, units: IntArray) -> Estimate:
    """Perplexity per unit of text, exp(-Σ LL / Σ N); bootstrap over documents.

    N counts units. Only words or bytes compare models with different tokenizers (`word_perplexity` and
    `byte_perplexity` of lm-evaluation-harness; Gao et al. 2020).

    Args:
        loglikelihoods: LL of each document in nats, shape (n,).
        units: N, the number of tokens, words or bytes of each document, shape (n,).

    Returns:
        A value of 1 or more, or *not measured* when there is nothing to read.
    """
    return _per_unit(np.exp, loglikelihoods, units)


def bits_per_byte(loglikelihoods: FloatArray, sizes: IntArray) -> Estimate:
    """Bits per byte of text, -Σ LL / (ln 2 · Σ bytes) (Gao et al. 2020); bootstrap over documents.

    Args:
        loglikelihoods: LL of each document in nats, shape (n,).
        sizes: sizes of the documents in bytes of UTF-8, shape (n,).

    Returns:
        A value of 0 or more, or *not measured* when there is nothing to read.
    """
    return _per_unit(bits, loglikelihoods, sizes)


def bits(nats: FloatArray) -> FloatArray:
    """Return amounts of information in bits instead of nats, of the same shape."""
    return np.asarray(nats / math.log(2))


def brier_scores(probabilities: FloatArray, truth: IntArray) -> FloatArray:
    """Return Σ_k (p_k - y_k)² of each example, shape (n,)."""
    squares: FloatArray = ((probabilities - one_hot(truth, probabilities.shape[1])) ** 2).sum(axis=1)
    return squares


def _per_unit(scale: Callable[[FloatArray], FloatArray], loglikelihoods: FloatArray, units: IntArray) -> Estimate:
    """Estimate a function of the mean loss per unit, in nats."""
    if units.sum() == 0:
        return Estimate.not_measured("no text", n=len(units))
    # A perplexity above e⁷⁰⁹ is infinite as a float; `Estimate` then is not measured.
    with np.errstate(over="ignore"):
        return bootstrap_of_rows(
            lambda sums: scale(-sums[:, 0] / sums[:, 1]), np.stack([loglikelihoods, units], axis=1)
        )


def _estimate_from_counts(
    statistic: Callable[[FloatArray], FloatArray], predicted: IntArray, truth: IntArray, classes: int
) -> Estimate:
    """Estimate a statistic of how often each class is predicted, true and both."""
    rows = example_counts(predicted, truth, classes)
    wrong, right = unseen_predictions(classes)

    def of_sums(sums: FloatArray) -> FloatArray:
        return statistic(sums.reshape(*sums.shape[:-1], *rows.shape[1:]))[..., None]

    (estimate,) = bounded_of_sums(of_sums, rows.reshape(len(rows), classes * len(Count)), wrong, right)
    return estimate


def macro_f1_from_counts(counts: FloatArray) -> FloatArray:
    """Return macro F1 of counts of shape (..., classes, 3), see `Count`; NaN without any class."""
    f1 = rates(counts)[..., -1]
    is_defined = np.isfinite(f1)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(is_defined, f1, 0.0).sum(axis=-1) / is_defined.sum(axis=-1)
    return mean


def mcc_from_counts(counts: FloatArray) -> FloatArray:
    """Return the Matthews correlation of counts of shape (..., classes, 3), see `Count`; NaN where it is 0/0."""
    right, predicted, true = (
        counts[..., Count.CORRECT].sum(axis=-1),
        counts[..., Count.PREDICTED],
        counts[..., Count.TRUE],
    )
    n = true.sum(axis=-1)
    spread = (n**2 - (predicted**2).sum(axis=-1)) * (n**2 - (true**2).sum(axis=-1))
    covariance: FloatArray = right * n - (predicted * true).sum(axis=-1)
    mcc: FloatArray = np.divide(covariance, np.sqrt(spread), out=np.full(n.shape, np.nan), where=spread > 0)
    return mcc


def example_counts(predicted: IntArray, truth: IntArray, classes: int) -> FloatArray:
    """Return what each example adds to the counts of each class, shape (n, classes, 3), see `Count`."""
    is_predicted, is_true = one_hot(predicted, classes), one_hot(truth, classes)
    return np.stack([is_predicted * is_true, is_predicted, is_true], axis=-1)
