"""Calibration: the expected calibration error (ECE), without its bias."""

import math
from collections.abc import Sequence

import numpy as np
import scipy

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.resampled import Resampled

BINS = 15
MINIMUM_N = 100
METHOD = "inverted bootstrap test 95 %"
_HALVINGS = 40
_TEST_DRAWS = 1000
_GAPS, _CONFIDENCES, _COUNTS = slice(0, BINS), slice(BINS, 2 * BINS), slice(2 * BINS, 3 * BINS)


def ece(probabilities: FloatArray, truth: IntArray) -> Estimate:
    """Expected calibration error Σ_b (n_b / n) |accuracy_b - confidence_b| over 15 equal-width bins, without its bias.

    Confidence is the probability of the predicted class; a bin is open below and closed above (Guo et al. 2017). The
    plain sum is too large for few examples, since chance alone makes gaps: .025 for a perfectly calibrated model
    at n = 500. The gap d_b of a bin has a standard error s_b, √(a (1 - a) / n_b) with the accuracy a of its answers and
    of one more that is right as often as the bin is sure (normal errors, as in Kumar et al. 2019). The value is the
    error of gaps c·d_b whose expected sum Σ_b (n_b / n) E|N(c d_b, s_b²)| is the one that was seen: the bias is removed
    where it belongs (MacKinnon & Smith 1998), and what a calibrated model shows on average becomes 0.

    The interval holds the errors that a test does not reject: sums as small, or as large, come in more than 2.5 % of
    draws around gaps of the shape that was seen or, for the upper end, all alike. A sum below the median of draws
    without any error is luck, which cannot exclude errors that the median would not: the upper end is that of the
    median (a power-constrained limit, Cowan et al. 2011). In simulations of 100 to 1,000 answers .93 to .99 of the
    intervals hold the true error (.88 of 100 very sure answers).

    Args:
        probabilities: shape (n, classes), rows summing to 1.
        truth: shape (n,).

    Returns:
        A value in [0, 1]; *not measured* with fewer than 100 examples, where normal errors do not hold.
    """
    n = len(truth)
    if n == 0:
        return Estimate.not_measured("no examples")
    if not np.isfinite(probabilities).all():
        return Estimate.not_measured("some probabilities are not finite numbers", n=n)
    if n < MINIMUM_N:
        return Estimate.not_measured(f"withheld: needs {MINIMUM_N} examples for {BINS} bins, has {n}", n=n)
    sums = calibration_rows(probabilities, truth).sum(axis=0)
    value = float(unbiased_ece(sums[None], n)[0])
    shares, gaps, errors = (each[0] for each in _bin_statistics(sums[None], n))
    ece = float(shares @ np.abs(gaps))
    noise = errors * np.random.default_rng(0).standard_normal((_TEST_DRAWS, BINS))
    side = (1 - CONFIDENCE) / 2
    low = 0.0
    if ece > np.quantile(_errors_by_chance(sums, n), 1 - side):
        low = _interval_end(ece, gaps, shares, noise, 1 - side)
    plain_sum = max(ece, float(np.median(np.abs(noise) @ shares)))
    high = max(_interval_end(plain_sum, shape, shares, noise, side) for shape in (gaps, np.ones(BINS)))
    return Estimate.measured(value, (min(low, value), min(1.0, max(value, high))), n=n, method=METHOD)


def plain_ece(probabilities: FloatArray, truth: IntArray) -> float:
    """Return the expected calibration error with its bias, as it is mostly published (Guo et al. 2017)."""
    sums = calibration_rows(probabilities, truth).sum(axis=0)
    return float(np.abs(sums[_GAPS]).sum() / sums[_COUNTS].sum())


def calibration_rows(probabilities: FloatArray, truth: IntArray) -> FloatArray:
    """Return what each example adds to its bin: gap (correct or not, minus confidence), confidence, 1: (n, 3 bins)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    rows = np.zeros((len(truth), 3, BINS))
    bin_index = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    rows[np.arange(len(truth)), :, bin_index] = np.stack([right - confidence, confidence, np.ones(len(truth))], axis=1)
    return rows.reshape(len(truth), 3 * BINS)


def unbiased_ece(sums: FloatArray, n: int) -> FloatArray:
    """Return the expected calibration error without its bias, from sums of `calibration_rows` of n examples.

    Args:
        sums: shape (m, 3 bins); a multiple has the same error.
        n: number of examples.
    """
    shares, gaps, errors = _bin_statistics(sums, n)
    ece = (shares * np.abs(gaps)).sum(axis=1)
    low, high = np.zeros(len(sums)), np.ones(len(sums))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = (shares * _expected_distance(middle[:, None] * gaps, errors)).sum(axis=1) > ece
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    exact = (shares * errors).sum(axis=1) == 0
    error: FloatArray = np.where(exact, ece, low * ece)
    return error


def resampled_ece(ids: Sequence[str], probabilities: FloatArray, truth: IntArray) -> Resampled:
    """Return the error as a function of how often each example counts."""
    return Resampled.of_sums(ids, lambda sums: unbiased_ece(sums, len(ids)), calibration_rows(probabilities, truth))


def _bin_statistics(sums: FloatArray, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return share of the examples, gap, and standard error of the gap of each bin, each of shape (m, bins)."""
    shares = sums[:, _COUNTS] / sums[:, _COUNTS].sum(axis=1, keepdims=True)
    counts = np.maximum(sums[:, _COUNTS], 1e-300)
    gaps, confidences = sums[:, _GAPS] / counts, sums[:, _CONFIDENCES] / counts
    number = n * shares
    accuracies = np.clip(confidences + gaps * number / (number + 1), 0.0, 1.0)
    errors = np.sqrt(np.divide(accuracies * (1 - accuracies), number, out=np.zeros_like(number), where=number > 0))
    return shares, gaps, errors


def _expected_distance(mean: FloatArray, error: FloatArray) -> FloatArray:
    """Return E|N(mean, error²)|, the mean of a folded normal distribution."""
    ratio = np.divide(mean, error, out=np.zeros_like(mean), where=error > 0)
    folded = error * math.sqrt(2 / math.pi) * np.exp(-(ratio**2) / 2) + mean * (2 * scipy.special.ndtr(ratio) - 1)
    return np.where(error > 0, folded, np.abs(mean))


def _interval_end(ece: float, shape: FloatArray, shares: FloatArray, noise: FloatArray, quantile: float) -> float:
    """Return the error of gaps of this shape at which the observed sum is that quantile; 0 where 0 is too large."""
    size = float(shares @ np.abs(shape))
    if size == 0:
        return 0.0

    def beyond(scale: float) -> float:
        return float(np.quantile(np.abs(scale * shape + noise) @ shares, quantile)) - ece

    if beyond(0.0) >= 0:
        return 0.0
    largest = 1 / size
    while beyond(largest) < 0:
        largest *= 2
    return size * float(scipy.optimize.brentq(beyond, 0.0, largest, xtol=1e-5 / size))


def _errors_by_chance(sums: FloatArray, n: int) -> FloatArray:
    """Return the plain errors of a perfectly calibrated model of these confidences by chance, one per draw."""
    counts = np.round(sums[_COUNTS]).astype(np.intp)
    confidences = np.clip(sums[_CONFIDENCES] / np.maximum(counts, 1), 0.0, 1.0)
    right = np.random.default_rng(0).binomial(counts, confidences, (_TEST_DRAWS, BINS))
    errors: FloatArray = np.abs(right - sums[_CONFIDENCES]).sum(axis=1) / n
    return errors
