"""Serial: intervals of samples that were taken one after another, and resemble their neighbours.

A busy machine is busy for a while: 200 samples with an autocorrelation of .9 from each to the next tell as much as 11
independent ones, and what differs from one round of samples to the next is in none of them. Both are estimated, and n
is replaced by an effective n = n / variance inflation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.stats.estimate import Estimate

FloatArray = npt.NDArray[np.float64]

CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Values no further apart than this, relative to the largest, are the same."""
_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True)
class Series:
    """Samples in the order of time.

    Attributes:
        rounds: which round each sample is of, shape (n,), ascending; rounds are taken as independent of each other.
    """

    rounds: npt.NDArray[np.intp]

    def inflation(self, values: FloatArray) -> tuple[float, float]:
        """How much larger the variance of the mean is than that of as many independent values, and t for its interval.

        The larger of two estimates, and at least 1: autocorrelation inside rounds, summed over Geyer's initial monotone
        sequence (1992), and the variance between the means of rounds (batch means; Law & Kelton 2000, § 9.5.3).
        Student's t has the rounds' degrees of freedom where they differ by more than chance explains (χ² at 5 %).

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
        """How many independent values would tell as much about where these lie; by their normal scores.

        Rounds count as different only where chance does not explain it (see `inflation`).
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
        """Whether the means of rounds differ by more than chance explains."""
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


def fewest(q: float) -> int:
    """How many independent values an order-statistic interval of a quantile needs, to end inside the sample.

    The largest of n lies above the quantile with probability 1 - q^n, which is to be 97.5 %: 6 for a median, 36 for the
    90th, 73 for the 95th and 368 for the 99th percentile.
    """
    return int(np.ceil(np.log(_TAIL) / np.log(max(q, 1 - q))))


def quantile(values: FloatArray, series: Series, q: float, *, minimum_n: int = 1) -> Estimate:
    """Quantile of samples in the order of time, with an interval of order statistics for their effective n.

    Wilson's interval for the share of values below the quantile, with n over the variance inflation of being below it,
    says between which ranks it lies.

    Args:
        values: shape (n,), in the order of time.
        series: which round each is of.
        q: between 0 and 1.
        minimum_n: below this many values the quantile is withheld; so it is where they resemble each other so much that
            they tell less than as many independent ones, or twice `fewest(q)` where that is less.
    """
    n = len(values)
    if n == 0:
        return Estimate.not_measured("no samples")
    if n < minimum_n:
        return Estimate.not_measured(f"withheld: needs {minimum_n} samples, has {n}", n=n)
    effective = series.effective_n(values)
    needed = min(2 * fewest(q), minimum_n)
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
    """Sum of one column over the sum of another, with Student's t interval of its linear form for their effective n.

    Args:
        over: shape (n,), in the order of time.
        under: shape (n,), above 0.
        series: which round each is of.
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
