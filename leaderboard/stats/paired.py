"""Two numbers of the same examples: what both find hard cancels, and what is left is much surer than either.

How a contrast of the two is tested depends on what they are: two shares of right answers by the examples that one of
them alone gets right (McNemar 1947; bounds Tango 1998); two other means by Student's t of the differences, which unlike
a permutation test has bounds, holds where the spreads differ, and needs no symmetry (Dror et al. 2018 for the choice);
anything else by a bootstrap in which both are resampled together (Efron & Tibshirani 1993).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.errors import NotMeasurableError
from leaderboard.stats import discordance
from leaderboard.stats.contrast import DIFFERENCE, Contrast, Weights
from leaderboard.stats.intervals import CONFIDENCE, ROUNDING
from leaderboard.stats.power import ALPHA, POWER, change_margin_power, detectable_change, detectable_change_margin
from leaderboard.stats.resampled import FloatArray, Resampled, resamples

LEAST_SHARED = 0.5
"""Two numbers are paired when they share at least this part of the examples of either."""
_SHARES = (1.0, 100.0)
"""What one example scores in a share: of 1, or of 100 per cent."""
_FEWEST_AGREEING = 30
"""Where so many units all agree, at most one in ten others differs (rule of three)."""


@dataclass(frozen=True)
class Shared:
    """Two numbers on the examples that both are of. Made by `shared`.

    Attributes:
        n: independent units: examples, or clusters of them.
        groups: cluster of each shared example, 0 to n - 1, shape (examples,); None where all are independent.
    """

    first: Resampled
    second: Resampled
    at_first: npt.NDArray[np.intp]
    at_second: npt.NDArray[np.intp]
    n: int
    groups: npt.NDArray[np.intp] | None

    @property
    def examples(self) -> int:
        """How many they share."""
        return len(self.at_first)

    @cached_property
    def values(self) -> tuple[float, float]:
        """Both numbers, every shared example counted once."""
        first, second = self._of(np.ones((1, self.examples)))
        return float(first[0]), float(second[0])

    @cached_property
    def scores(self) -> tuple[FloatArray, FloatArray] | None:
        """The score of each shared example, where both numbers are means."""
        if self.first.scores is None or self.second.scores is None:
            return None
        return self.first.scores[self.at_first], self.second.scores[self.at_second]

    @cached_property
    def draws(self) -> FloatArray:
        """Both numbers on the same resamples, shape (2, resamples); NaN where one is undefined."""
        return np.concatenate([np.stack(self._of(times)) for times in self._resamples()], axis=1)

    def contrast(self, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
        """The weighted sum of first and second, plus shift.

        Raises:
            NotMeasurableError: with fewer than two independent units, or where it is undefined.
        """
        if self.n < 2:  # noqa: PLR2004 - one does not vary
            raise NotMeasurableError("a single shared example does not say how sure it is")
        mine, others = weights
        if self.scores is None:
            value = mine * self.values[0] + others * self.values[1] + shift
            return _drawn(value, mine * self.draws[0] + others * self.draws[1] + shift, self.n)
        first, second = (weight * scores for weight, scores in zip(weights, self.scores, strict=True))
        scale = _scale_of_shares(*self.scores)
        if mine == -others and shift == 0 and self.groups is None and scale:
            gained, lost = int((first + second > 0).sum()), int((first + second < 0).sum())
            return _changes(gained, lost, self.n, scale)
        return _mean(first + second + shift, self.n, self.groups)

    def _of(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        first = np.zeros((len(times), len(self.first.ids)))
        first[:, self.at_first] = times
        second = np.zeros((len(times), len(self.second.ids)))
        second[:, self.at_second] = times
        return self.first.value(first), self.second.value(second)

    def _resamples(self) -> Iterator[FloatArray]:
        """How often each example counts: as often as its unit was drawn."""
        for times in resamples(self.n, width=max(len(self.first.ids), len(self.second.ids))):
            yield times if self.groups is None else times[:, self.groups]


def shared(first: Resampled, second: Resampled) -> Shared | None:
    """The two on the examples that both are of; None where these are too few of either's (`LEAST_SHARED`)."""
    place = {name: index for index, name in enumerate(second.ids)}
    pairs = [(index, place[name]) for index, name in enumerate(first.ids) if name in place]
    if not pairs or len(pairs) < LEAST_SHARED * max(len(first.ids), len(second.ids)):
        return None
    at_first, at_second = np.array(pairs, dtype=np.intp).T
    keys = [each.clusters for each in (first, second) if each.clusters]
    if not keys:
        return Shared(first, second, at_first, at_second, len(pairs), None)
    clusters = first.clusters or second.clusters
    at = at_first if first.clusters else at_second
    names, groups = np.unique(np.array(clusters)[at], return_inverse=True)
    return Shared(first, second, at_first, at_second, len(names), groups)


@dataclass(frozen=True, kw_only=True)
class Changes(Contrast):
    """Of two shares of the same examples.

    Attributes:
        gained, lost: examples that the first alone has, and the second alone.
        scale: what one example counts, times n: 1 for probabilities, 100 for per cent.
    """

    gained: int
    lost: int
    scale: float

    @property
    def discordant(self) -> float:
        """The share of examples that one of the two alone has."""
        return (self.gained + self.lost) / self.n

    def tail(self, bound: float) -> float:
        """See `Contrast.tail`."""
        return discordance.score_tail(self.gained, self.lost, self.n, bound / self.scale)

    def upper(self, alpha: float) -> float:
        """See `Contrast.upper`."""
        return self.scale * discordance.score_upper(self.gained, self.lost, self.n, alpha)

    def lower(self, alpha: float) -> float:
        """See `Contrast.lower`."""
        return -self.scale * discordance.score_upper(self.lost, self.gained, self.n, alpha)

    def p(self) -> float | None:
        """See `Contrast.p`."""
        return discordance.mcnemar(self.gained, self.lost)

    def detectable(self) -> float | None:
        """See `Contrast.detectable`; None where nothing is discordant."""
        return self.scale * detectable_change(self.discordant, self.n) if self.discordant else None

    def detectable_margin(self, *, alpha: float = ALPHA, power: float = POWER) -> float:
        """See `Contrast.detectable_margin`."""
        return self.scale * detectable_change_margin(self.discordant, self.n, alpha=alpha, power=power)

    def margin_power(self, margin: float, *, alpha: float = ALPHA) -> float:
        """See `Contrast.margin_power`."""
        return change_margin_power(margin / self.scale, self.discordant, self.n, alpha=alpha)


@dataclass(frozen=True, kw_only=True)
class Mean(Contrast):
    """Of differences, or sums, of scores: Student's t, with one degree of freedom less than units."""

    def tail(self, bound: float) -> float:
        """See `Contrast.tail`."""
        if self.standard_error == 0:
            return float(self.value >= bound)
        return float(scipy.stats.t.sf((bound - self.value) / self.standard_error, self.n - 1))

    def upper(self, alpha: float) -> float:
        """See `Contrast.upper`."""
        return self.value + float(scipy.stats.t.ppf(1 - alpha, self.n - 1)) * self.standard_error

    def lower(self, alpha: float) -> float:
        """See `Contrast.lower`."""
        return self.value - float(scipy.stats.t.ppf(1 - alpha, self.n - 1)) * self.standard_error

    def p(self) -> float | None:
        """See `Contrast.p`."""
        if self.standard_error == 0:
            return 1.0 if self.value == 0 else None
        return float(2 * scipy.stats.t.sf(abs(self.value) / self.standard_error, self.n - 1))


@dataclass(frozen=True, kw_only=True)
class Drawn(Contrast):
    """Of anything: percentiles of its resamples, expanded as in `stats.intervals.bootstrap` (Hesterberg 2015).

    A p-value inverts them, so that it is below α just where the bound at α says so; it is never 0 (Davison & Hinkley
    1997, § 4.4.1).

    Attributes:
        draws: defined resamples, sorted.
    """

    draws: FloatArray

    def tail(self, bound: float) -> float:
        """See `Contrast.tail`."""
        if self.standard_error == 0:
            return float(self.value >= bound)
        return self._contracted(len(self.draws) - int(np.searchsorted(self.draws, bound, side="left")))

    def upper(self, alpha: float) -> float:
        """See `Contrast.upper`."""
        return self.value if self.standard_error == 0 else float(np.quantile(self.draws, 1 - self._expanded(alpha)))

    def lower(self, alpha: float) -> float:
        """See `Contrast.lower`."""
        return self.value if self.standard_error == 0 else float(np.quantile(self.draws, self._expanded(alpha)))

    def p(self) -> float | None:
        """See `Contrast.p`."""
        if self.standard_error == 0:
            return 1.0 if self.value == 0 else None
        below = self._contracted(int(np.searchsorted(self.draws, 0.0, side="right")))
        return min(1.0, 2 * min(below, self.tail(0.0)))

    def _expanded(self, alpha: float) -> float:
        stretch = np.sqrt(self.n / (self.n - 1))
        return float(scipy.stats.norm.cdf(stretch * scipy.stats.t.ppf(alpha, self.n - 1)))

    def _contracted(self, beyond: int) -> float:
        """The level whose expanded percentile leaves so many draws beyond it."""
        share = (beyond + 1) / (len(self.draws) + 1)
        return float(
            scipy.stats.t.cdf(scipy.stats.norm.ppf(min(share, 1 - 1e-12)) / np.sqrt(self.n / (self.n - 1)), self.n - 1)
        )


def _changes(gained: int, lost: int, n: int, scale: float) -> Changes:
    side = (1 - CONFIDENCE) / 2
    width = discordance.score_upper(gained, lost, n, side) + discordance.score_upper(lost, gained, n, side)
    return Changes(
        value=scale * (gained - lost) / n,
        n=n,
        standard_error=scale * width / (2 * discordance.NORMAL.inv_cdf(1 - side)),
        method="paired score (Tango) 95 %",
        test="exact McNemar",
        gained=gained,
        lost=lost,
        scale=scale,
    )


def _mean(values: FloatArray, n: int, groups: npt.NDArray[np.intp] | None) -> Contrast:
    """Student's t; with clusters of the sums of what is left in each, of which the mean is a ratio."""
    centre = float(values.mean())
    left = values - centre if groups is None else np.bincount(groups, values - centre, minlength=n)
    error = float(np.sqrt(n / (n - 1) * (left**2).sum())) / len(values)
    error = 0.0 if error <= ROUNDING * max(1.0, abs(centre)) else error
    what = "paired t" if groups is None else "paired t over clusters"
    return Mean(value=centre, n=n, standard_error=_known(error, n), test=what, method=_method(f"{what} 95 %", error))


def _drawn(value: float, draws: FloatArray, n: int) -> Contrast:
    defined = np.sort(draws[np.isfinite(draws)])
    if not np.isfinite(value) or not len(defined):
        raise NotMeasurableError(f"undefined for the {n} shared examples (the result is not a finite number)")
    agree = float(np.ptp(defined)) <= ROUNDING * max(1.0, abs(value))
    error = 0.0 if agree else float(defined.std(ddof=1)) * float(np.sqrt(n / (n - 1)))
    method = _method("paired percentile bootstrap 95 %", error)
    return Drawn(
        value=value, n=n, standard_error=_known(error, n), method=method, test="paired bootstrap", draws=defined
    )


def _method(method: str, error: float) -> str:
    return method if error else "all shared examples agree, no interval"


def _known(error: float, n: int) -> float:
    """The standard error; units that all agree say nothing of others as long as they are few.

    Raises:
        NotMeasurableError: for those.
    """
    if error == 0 and n < _FEWEST_AGREEING:
        raise NotMeasurableError(f"all {n} shared examples agree; so few say nothing of others")
    return error


def _scale_of_shares(first: FloatArray, second: FloatArray) -> float:
    """What a right answer scores where all others score 0; 0 where the scores are no shares."""
    positive = np.unique(np.concatenate([first[first != 0], second[second != 0]]))
    return float(positive[0]) if len(positive) == 1 and positive[0] in _SHARES else 0.0
