"""Paired comparison: two statistics on the same examples, whose common variation cancels.

The test depends on the statistics: two accuracies are tested by their discordant examples (McNemar 1947; bounds by
Tango 1998); two other means by Student's t of the differences, which unlike a permutation test has bounds, allows
different variances and needs no symmetry (Dror et al. 2018 for the choice); anything else by a bootstrap that resamples
both together (Efron & Tibshirani 1993).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError
from leaderboard.stats import discordance
from leaderboard.stats.contrast import DIFFERENCE, Contrast, Weights
from leaderboard.stats.intervals import CONFIDENCE, ROUNDING
from leaderboard.stats.power import ALPHA, POWER, change_margin_power, detectable_change, detectable_change_margin
from leaderboard.stats.resampled import Resampled, resamples
from leaderboard.stats.sequential_contrast import ExampleOrder, paired_contrast

MINIMUM_SHARED = 0.5
"""Two statistics are paired when they share at least this part of the examples of either."""
_SHARES = (1.0, 100.0)
"""Score of a right answer in a share: 1, or 100 for per cent."""
_FEWEST_AGREEING = 30
"""Number of units from which on, if all agree, at most one in ten others differs (rule of three)."""


@dataclass(frozen=True)
class PairedSample:
    """Two statistics on their common examples; made by `paired_sample`.

    Attributes:
        first, second: the statistics.
        at_first, at_second: indices of the common examples in each, shape (examples,).
        n: number of independent units: examples, or clusters of them.
        groups: cluster of each common example, 0 to n - 1, shape (examples,); None where all are independent.
        order: order of asking, where the number of examples depends on the answers; None where it was fixed.
    """

    first: Resampled
    second: Resampled
    at_first: npt.NDArray[np.intp]
    at_second: npt.NDArray[np.intp]
    n: int
    groups: npt.NDArray[np.intp] | None
    order: ExampleOrder | None = None

    @property
    def examples(self) -> int:
        """Number of common examples."""
        return len(self.at_first)

    @cached_property
    def values(self) -> tuple[float, float]:
        """Both values, every common example counted once."""
        first, second = self.values_of(np.ones((1, self.examples)))
        return float(first[0]), float(second[0])

    @cached_property
    def scores(self) -> tuple[FloatArray, FloatArray] | None:
        """Scores of the common examples, where both statistics are means."""
        if self.first.scores is None or self.second.scores is None:
            return None
        return self.first.scores[self.at_first], self.second.scores[self.at_second]

    @cached_property
    def draws(self) -> FloatArray:
        """Both values on the same resamples, shape (2, resamples); NaN where undefined."""
        return np.concatenate([np.stack(self.values_of(times)) for times in self._resamples()], axis=1)

    def contrast(self, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
        """Return the weighted sum of first and second, plus shift.

        Raises:
            NotMeasurableError: with fewer than two independent units, or where the value is undefined or no mean of
                independent scores, which have to be if the number of examples depends on the answers.
        """
        if self.order is not None:
            finite = all(math.isfinite(end) for ends in self.order.bounds for end in ends)
            if self.scores is None or self.groups is not None or not finite:
                raise NotMeasurableError("examples were asked until a rule held, and this is no mean of bounded scores")
            return paired_contrast(*self.scores, self.order, weights=weights, shift=shift)
        if self.n < 2:  # noqa: PLR2004 - one does not vary
            raise NotMeasurableError("the uncertainty of a single shared example is unknown")
        mine, others = weights
        if self.scores is None:
            value = mine * self.values[0] + others * self.values[1] + shift
            return _paired_bootstrap(value, mine * self.draws[0] + others * self.draws[1] + shift, self.n)
        first, second = (weight * scores for weight, scores in zip(weights, self.scores, strict=True))
        scale = _scale_of_shares(*self.scores)
        if mine == -others and shift == 0 and self.groups is None and scale:
            gained, lost = int((first + second > 0).sum()), int((first + second < 0).sum())
            return _paired_proportions(gained, lost, self.n, scale)
        return _paired_mean(first + second + shift, self.n, self.groups)

    def values_of(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return both values, each of shape (m,), where the common examples count `times`, shape (m, examples)."""
        first = np.zeros((len(times), len(self.first.ids)))
        first[:, self.at_first] = times
        second = np.zeros((len(times), len(self.second.ids)))
        second[:, self.at_second] = times
        return self.first.value(first), self.second.value(second)

    def _resamples(self) -> Iterator[FloatArray]:
        """Yield how often each example counts in each resample."""
        for times in resamples(self.n, width=max(len(self.first.ids), len(self.second.ids))):
            yield times if self.groups is None else times[:, self.groups]


def paired_sample(
    first: Resampled, second: Resampled, *, minimum_shared: float = MINIMUM_SHARED
) -> PairedSample | None:
    """Return two statistics on their common examples; None where these are too few.

    Args:
        first: a statistic.
        second: a statistic of other answers to the same examples.
        minimum_shared: smallest part of the examples of either that they have to share.
    """
    place = {name: index for index, name in enumerate(second.ids)}
    pairs = [(index, place[name]) for index, name in enumerate(first.ids) if name in place]
    if not pairs or len(pairs) < minimum_shared * max(len(first.ids), len(second.ids)):
        return None
    at_first, at_second = np.array(pairs, dtype=np.intp).T
    keys = [each.clusters for each in (first, second) if each.clusters]
    if not keys:
        return PairedSample(first, second, at_first, at_second, len(pairs), None)
    clusters = first.clusters or second.clusters
    at = at_first if first.clusters else at_second
    names, groups = np.unique(np.array(clusters)[at], return_inverse=True)
    return PairedSample(first, second, at_first, at_second, len(names), groups)


@dataclass(frozen=True, kw_only=True)
class PairedProportions(Contrast):
    """A contrast of two proportions on the same examples.

    Attributes:
        gained, lost: number of examples that only the first gets right, and only the second.
        scale: 1 for probabilities, 100 for per cent.
    """

    gained: int
    lost: int
    scale: float

    @property
    def discordant(self) -> float:
        """Share of discordant examples, which only one of the two gets right."""
        return (self.gained + self.lost) / self.n

    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""
        return discordance.score_tail(self.gained, self.lost, self.n, bound / self.scale)

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""
        return self.scale * discordance.score_upper(self.gained, self.lost, self.n, alpha)

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""
        return -self.scale * discordance.score_upper(self.lost, self.gained, self.n, alpha)

    def p(self) -> float | None:
        """Return the two-sided p-value of "the true value is 0"."""
        return discordance.mcnemar(self.gained, self.lost)

    def detectable(self) -> float | None:
        """Return the minimum detectable effect of McNemar's test; None without discordant examples."""
        return self.scale * detectable_change(self.discordant, self.n) if self.discordant else None

    def detectable_margin(self, *, alpha: float = ALPHA, power: float = POWER) -> float:
        """Return the smallest margin that `upper` stays below with this power if the true value is 0."""
        return self.scale * detectable_change_margin(self.discordant, self.n, alpha=alpha, power=power)

    def margin_power(self, margin: float, *, alpha: float = ALPHA) -> float:
        """Return the probability that `upper` stays below the margin if the true value is 0."""
        return change_margin_power(margin / self.scale, self.discordant, self.n, alpha=alpha)


@dataclass(frozen=True, kw_only=True)
class PairedMean(Contrast):
    """A contrast of two means on the same examples: Student's t.

    Attributes:
        degrees: degrees of freedom, n - 1 where the units are examples alone.
    """

    degrees: float

    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""
        if self.standard_error == 0:
            return float(self.value >= bound)
        return float(scipy.stats.t.sf((bound - self.value) / self.standard_error, self.degrees))

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""
        return self.value + float(scipy.stats.t.ppf(1 - alpha, self.degrees)) * self.standard_error

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""
        return self.value - float(scipy.stats.t.ppf(1 - alpha, self.degrees)) * self.standard_error

    def p(self) -> float | None:
        """Return the two-sided p-value of "the true value is 0"."""
        if self.standard_error == 0:
            return 1.0 if self.value == 0 else None
        return float(2 * scipy.stats.t.sf(abs(self.value) / self.standard_error, self.degrees))


@dataclass(frozen=True, kw_only=True)
class PairedBootstrap(Contrast):
    """A contrast of any two statistics: expanded percentiles of resamples, as in `stats.intervals.bootstrap`.

    The p-value inverts the bounds, so that it is below α exactly where the bound at level α is; it is never 0 (Davison
    & Hinkley 1997, § 4.4.1).

    Attributes:
        draws: defined resamples, sorted.
    """

    draws: FloatArray

    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""
        if self.standard_error == 0:
            return float(self.value >= bound)
        return self._contracted(len(self.draws) - int(np.searchsorted(self.draws, bound, side="left")))

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""
        return self.value if self.standard_error == 0 else float(np.quantile(self.draws, 1 - self._expanded(alpha)))

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""
        return self.value if self.standard_error == 0 else float(np.quantile(self.draws, self._expanded(alpha)))

    def p(self) -> float | None:
        """Return the two-sided p-value of "the true value is 0"."""
        if self.standard_error == 0:
            return 1.0 if self.value == 0 else None
        below = self._contracted(int(np.searchsorted(self.draws, 0.0, side="right")))
        return min(1.0, 2 * min(below, self.tail(0.0)))

    def _expanded(self, alpha: float) -> float:
        stretch = np.sqrt(self.n / (self.n - 1))
        return float(scipy.stats.norm.cdf(stretch * scipy.stats.t.ppf(alpha, self.n - 1)))

    def _contracted(self, beyond: int) -> float:
        """Return the level whose expanded percentile leaves so many draws beyond it."""
        share = (beyond + 1) / (len(self.draws) + 1)
        return float(
            scipy.stats.t.cdf(scipy.stats.norm.ppf(min(share, 1 - 1e-12)) / np.sqrt(self.n / (self.n - 1)), self.n - 1)
        )


def _paired_proportions(gained: int, lost: int, n: int, scale: float) -> PairedProportions:
    side = (1 - CONFIDENCE) / 2
    width = discordance.score_upper(gained, lost, n, side) + discordance.score_upper(lost, gained, n, side)
    return PairedProportions(
        value=scale * (gained - lost) / n,
        n=n,
        standard_error=scale * width / (2 * discordance.NORMAL.inv_cdf(1 - side)),
        method="paired score (Tango) 95 %",
        test="exact McNemar",
        gained=gained,
        lost=lost,
        scale=scale,
    )


def _paired_mean(values: FloatArray, n: int, groups: npt.NDArray[np.intp] | None) -> Contrast:
    """Return the mean with Student's t; with clusters, from the sums of residuals in each cluster."""
    centre = float(values.mean())
    left = values - centre if groups is None else np.bincount(groups, values - centre, minlength=n)
    error = float(np.sqrt(n / (n - 1) * (left**2).sum())) / len(values)
    error = 0.0 if error <= ROUNDING * max(1.0, abs(centre)) else error
    test = "paired t" if groups is None else "paired t over clusters"
    return PairedMean(
        value=centre,
        n=n,
        standard_error=_checked_error(error, n),
        test=test,
        method=_method(f"{test} 95 %", error),
        degrees=n - 1,
    )


def _paired_bootstrap(value: float, draws: FloatArray, n: int) -> Contrast:
    defined = np.sort(draws[np.isfinite(draws)])
    if not np.isfinite(value) or not len(defined):
        raise NotMeasurableError(f"undefined for the {n} shared examples (the result is not a finite number)")
    agree = float(np.ptp(defined)) <= ROUNDING * max(1.0, abs(value))
    error = 0.0 if agree else float(defined.std(ddof=1)) * float(np.sqrt(n / (n - 1)))
    method = _method("paired percentile bootstrap 95 %", error)
    return PairedBootstrap(
        value=value, n=n, standard_error=_checked_error(error, n), method=method, test="paired bootstrap", draws=defined
    )


def _method(method: str, error: float) -> str:
    return method if error else "all shared examples agree, no interval"


def _checked_error(error: float, n: int) -> float:
    """Return the standard error.

    Raises:
        NotMeasurableError: when all units agree and there are too few of them to conclude anything.
    """
    if error == 0 and n < _FEWEST_AGREEING:
        raise NotMeasurableError(f"all {n} shared examples agree; so few say nothing of others")
    return error


def _scale_of_shares(first: FloatArray, second: FloatArray) -> float:
    """Return the score of a right answer where all others score 0; 0 where the scores are not of this kind."""
    positive = np.unique(np.concatenate([first[first != 0], second[second != 0]]))
    return float(positive[0]) if len(positive) == 1 and positive[0] in _SHARES else 0.0
