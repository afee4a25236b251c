"""Selective prediction: the errors that remain where a subject may leave unsure answers out."""

from collections.abc import Sequence

import numpy as np
import scipy

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_times
from leaderboard.stats.resampled import Resampled

MINIMUM_N = 100


def aurc(probabilities: FloatArray, truth: IntArray) -> Estimate:
    """Area under the risk-coverage curve, (1/n) Σ_k risk_k, risk_k the error rate of the k most confident answers.

    Confidence is the probability of the predicted class (Geifman & El-Yaniv 2017). Among equal confidences the order is
    random, and the value its expectation. Answers in random order have the error rate; the less, the better a
    confidence tells right from wrong. The interval is that of the bootstrap; .91 to .96 of them hold the value of the
    population in simulations of 100 and 500 answers.

    Args:
        probabilities: shape (n, classes), rows summing to 1.
        truth: shape (n,).

    Returns:
        A value in [0, 1]; *not measured* with fewer than 100 examples, where the first few answers decide.
    """
    n = len(truth)
    if n == 0:
        return Estimate.not_measured("no examples")
    if not np.isfinite(probabilities).all():
        return Estimate.not_measured("some probabilities are not finite numbers", n=n)
    if n < MINIMUM_N:
        return Estimate.not_measured(f"withheld: needs {MINIMUM_N} examples, has {n}", n=n)
    return bootstrap_of_times(resampled_aurc([str(index) for index in range(n)], probabilities, truth).value, n)


def resampled_aurc(ids: Sequence[str], probabilities: FloatArray, truth: IntArray) -> Resampled:
    """Return the area as a function of how often each example counts."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    wrong = (probabilities.argmax(axis=1) != truth)[order].astype(np.float64)
    groups = np.flatnonzero(np.diff(confidence[order], prepend=np.inf))  # first answer of each confidence

    def value(times: FloatArray) -> FloatArray:
        return risk_coverage_area(
            np.add.reduceat(times[:, order], groups, axis=1), np.add.reduceat(times[:, order] * wrong, groups, axis=1)
        )

    return Resampled(tuple(ids), value)


def risk_coverage_area(answers: FloatArray, errors: FloatArray) -> FloatArray:
    """Return the area under the risk-coverage curve of groups of equal confidence, the most confident first.

    With A answers and E errors before a group of m answers and r errors, the j-th of the group in random order has the
    expected risk (E + j r/m) / (A + j). Their sum is r + (E - A r/m) (H(A + m) - H(A)), with harmonic numbers H.

    Args:
        answers: number of answers of each group, shape (m, groups).
        errors: number of wrong ones among them, shape (m, groups).

    Returns:
        Shape (m,); NaN where there are no answers.
    """
    reached = np.cumsum(answers, axis=1)
    before, errors_before = reached - answers, np.cumsum(errors, axis=1) - errors
    rate = np.divide(errors, answers, out=np.zeros_like(answers), where=answers > 0)
    harmonic = np.diff(scipy.special.digamma(reached + 1), prepend=scipy.special.digamma(1.0))
    total = (errors + (errors_before - before * rate) * harmonic).sum(axis=1)
    area: FloatArray = np.divide(total, reached[:, -1], out=np.full(len(total), np.nan), where=reached[:, -1] > 0)
    return area
