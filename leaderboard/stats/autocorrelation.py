"""Intervals of autocorrelated samples, which were taken one after another.

A busy machine is busy for a while: 200 samples with a lag-1 autocorrelation of 0.9 are worth 11 independent ones, and
variation between rounds of samples is not visible within a round. Both are estimated, and n is replaced by an effective
n = n / variance inflation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.stats.estimate import Estimate

CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Difference, relative to the largest value, below which values are equal."""
_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True)
class Series:
    """Rounds of samples in temporal order.

    Attributes:
        rounds: round of each sample, shape (n,), ascending; rounds are assumed to be independent.
    """

    rounds: npt.NDArray[np.intp]

    def inflation(self, values: FloatArray) -> tuple[float, float]:
        """Return the variance inflation of the mean relative to independent values, and t for its interval.

        The larger of two estimates, and at least 1: autocorrelation within rounds, summed over Geyer's initial monotone
        sequence (1992), and the variance between the means of rounds (batch means; Law & Kelton 2000, § 9.5.3).
        Student's t has the degrees of freedom of the rounds where they differ significantly (χ² at 5 %).

        Args:
            values: shape (n,).
        """
        variance = float(values.var())
        if variance == 0:
            return 1.0, _NORMAL
        between, freedom = self._between(values, variance)
        within = self._within(values, variance)
        inflation = max(1.0, between, within)
        freedom = freedom if self._differ(between, freedom) else max(2, int(len(values) / inflation) - 1)
        return inflation, float(scipy.stats.t.ppf(1 - _TAIL, freedom))

    def effective_n(self, values: FloatArray) -> float:
        """Return the effective number of independent values, computed on normal scores.

        The variance between rounds counts only where they differ significantly, as in `inflation`.
        """
        n = len(values)
        if np.ptp(values) <= ROUNDING * float(np.abs(values).max()):
            return float(n)
        scores = scipy.stats.norm.ppf(scipy.stats.rankdata(values) / (n + 1))
        variance = float(scores.var())
        between, freedom = self._between(scores, variance)
        within = self._within(scores, variance)
        return n / max(1.0, within, between if self._differ(between, freedom) else 1.0)

    @staticmethod
    def _differ(between: float, freedom: int) -> bool:
        """Whether the means of rounds differ significantly."""
        return freedom > 0 and between > float(scipy.stats.chi2.ppf(CONFIDENCE, freedom)) / freedom

    def _between(self, values: FloatArray, variance: float) -> tuple[float, int]:
        _, place, sizes = np.unique(self.rounds, return_inverse=True, return_counts=True)
        freedom = len(sizes) - 1
        if freedom == 0:
            return 0.0, 0
        means = np.bincount(place, values) / sizes
        return float((sizes * (means - values.mean()) ** 2).sum() / freedom / variance), freedom

    def _within(self, values: FloatArray, variance: float) -> float:
        n = len(values)
        products = np.zeros(n)
        left = values - values.mean()
        for name in np.unique(self.rounds):
            part = left[self.rounds == name]
            spectrum = np.fft.rfft(part, 2 * len(part))
            products[: len(part)] += np.fft.irfft(spectrum * spectrum.conj())[: len(part)]
        correlations = products / (n * variance)
        total, least = -1.0, np.inf
        for lag in range(0, n - 1, 2):
            pair = float(correlations[lag] + correlations[lag + 1])
            if pair <= 0:
                break
            least = min(least, pair)
            total += 2 * least
        return total


_NORMAL = float(scipy.stats.norm.ppf(1 - _TAIL))


def minimum_samples(q: float) -> int:
    """Return how many independent values the order-statistic interval of a quantile needs to end inside the sample.

    The largest of n lies above the quantile with probability 1 - q^n, which must be 97.5 %: 6 for a median, 36 for the
    90th, 73 for the 95th and 368 for the 99th percentile.
    """
    return int(np.ceil(np.log(_TAIL) / np.log(max(q, 1 - q))))


def series_quantile(values: FloatArray, series: Series, q: float, *, minimum_n: int = 1) -> Estimate:
    """Return a quantile of samples in temporal order, with an interval of order statistics for their effective n.

    The ranks of the interval's ends follow from Wilson's interval for the share of values below the quantile, with n
    divided by the variance inflation of that share.

    Args:
        values: shape (n,), in temporal order.
        series: rounds of the samples.
        q: between 0 and 1.
        minimum_n: below this many values the quantile is withheld; also where the effective n is below this number and
            below twice `minimum_samples(q)`.
    """
    n = len(values)
    if n == 0:
        return Estimate.not_measured("no samples")
    if n < minimum_n:
        return Estimate.not_measured(f"withheld: needs {minimum_n} samples, has {n}", n=n)
    effective = series.effective_n(values)
    needed = min(2 * minimum_samples(q), minimum_n)
    if effective < needed:
        return Estimate.not_measured(
            f"withheld: {n} samples that resemble their neighbours tell as much as {effective:.0f} independent ones, "
            f"and {needed} are needed; use more samples or a quieter machine",
            n=n,
        )
    value = float(np.quantile(values, q))
    inflation, t = series.inflation((values <= value).astype(np.float64))
    share = t * t * max(inflation / n, 1 / effective)
    centre = (q + share / 2) / (1 + share)
    half = np.sqrt(share * (q * (1 - q) + share / 4)) / (1 + share)
    ordered = np.sort(values)
    ranks = np.floor(n * (centre - half)) - 1, np.ceil(n * (centre + half))
    low, high = (ordered[int(np.clip(rank, 0, n - 1))] for rank in ranks)
    ends = float(min(low, value)), float(max(high, value))
    return Estimate.measured(value, ends, n=n, method=_method("order statistics", effective))


def ratio_of_sums(over: FloatArray, under: FloatArray, series: Series) -> Estimate:
    """Return the ratio of two sums, with Student's t interval of its linear form for the effective n.

    Args:
        over: numerator, shape (n,), in temporal order.
        under: denominator, shape (n,), above 0.
        series: rounds of the samples.
    """
    n = len(over)
    if n == 0:
        return Estimate.not_measured("no examples")
    value = float(over.sum() / under.sum())
    if n == 1:
        return Estimate.measured(value, None, n=1, method="single value, no interval")
    left = (over - value * under) / under.mean()
    inflation, t = series.inflation(left)
    half = t * float(left.std(ddof=1)) * np.sqrt(inflation / n)
    if half == 0:
        return Estimate.measured(value, None, n=n, method="all samples agree, no interval")
    return Estimate.measured(value, (value - half, value + half), n=n, method=_method("delta method", n / inflation))


def _method(how: str, effective: float) -> str:
    return f"{how} 95 %, effective n {effective:.0f}"
