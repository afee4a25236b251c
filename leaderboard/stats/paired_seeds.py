"""Paired comparison over seeds: two statistics whose values are known for the same seeds and the same examples.

What a seed or an example does to both cancels in the difference. The mean difference over seeds has the variance of
`seed_spread`: that between the seeds' differences, and that of the seed-averaged differences over examples.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.contrast import DIFFERENCE, Contrast, Weights
from leaderboard.stats.intervals import CONFIDENCE, ROUNDING
from leaderboard.stats.paired import PairedMean, PairedSample
from leaderboard.stats.power import ALPHA, POWER, detectable_difference, detectable_margin, margin_power
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.seed_spread import example_deviations, satterthwaite


@dataclass(frozen=True)
class PairedSeeds:
    """Two statistics on common examples, seed by seed.

    Attributes:
        samples: both statistics for each common seed, at least two.
    """

    samples: tuple[PairedSample, ...]

    @property
    def values(self) -> tuple[float, float]:
        """Means of both values over seeds."""
        first, second = np.mean([each.values for each in self.samples], axis=0)
        return float(first), float(second)

    def contrast(self, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
        """Return the weighted sum of first and second, plus shift, as a mean over seeds.

        Raises:
            NotMeasurableError: with fewer than two independent units, or where the value is undefined.
        """
        mine, others = weights
        values = np.array([mine * first + others * second + shift for first, second in _values(self.samples)])
        if not np.isfinite(values).all():
            raise NotMeasurableError("undefined for the shared examples of a seed (the result is not a finite number)")
        deviations, units = example_deviations([_weighted(each, weights) for each in self.samples])
        if units < 2:  # noqa: PLR2004 - one does not vary
            raise NotMeasurableError("the uncertainty of a single shared example is unknown")
        k = len(values)
        between = float(values.var(ddof=1)) / k
        examples = float((deviations.mean(axis=0) ** 2).sum()) * units / (units - 1) if deviations.size else 0.0
        error, value = math.sqrt(between + examples), float(values.mean())
        error = 0.0 if error <= ROUNDING * max(1.0, abs(value)) else error
        test = f"paired t over {k} seeds and examples"
        return SeededMean(
            value=value,
            n=min(each.n for each in self.samples),
            standard_error=error,
            method=f"{test} 95 %" if error else "all seeds and shared examples agree, no interval",
            test=test,
            degrees=satterthwaite((between, k - 1), (examples, units - 1)),
        )


@dataclass(frozen=True, kw_only=True)
class SeededMean(PairedMean):
    """A contrast of two means over seeds: Student's t with the degrees of freedom of both sources of variance.

    With few degrees of freedom less is detected than the normal quantiles of `power` say, which is corrected here.
    """

    def detectable(self) -> float | None:
        """Return the minimum detectable effect at α = 0.05 (80 % power); None where all agree."""
        return detectable_difference(self._normal_error()) if self.standard_error else None

    def detectable_margin(self, *, alpha: float = ALPHA, power: float = POWER) -> float:
        """Return the smallest margin that `upper` stays below with this power if the true value is 0."""
        return detectable_margin(self._normal_error(), alpha=alpha, power=power)

    def margin_power(self, margin: float, *, alpha: float = ALPHA) -> float:
        """Return the probability that `upper` stays below the margin if the true value is 0."""
        return margin_power(margin, self._normal_error(), alpha=alpha)

    def _normal_error(self) -> float:
        """Return the standard error whose normal interval is as wide as this one."""
        side = 0.5 + CONFIDENCE / 2
        return self.standard_error * float(scipy.stats.t.ppf(side, self.degrees) / scipy.stats.norm.ppf(side))


def _values(samples: Sequence[PairedSample]) -> list[tuple[float, float]]:
    return [each.values for each in samples]


def _weighted(sample: PairedSample, weights: Weights) -> Resampled:
    """Return the weighted sum of both statistics as one statistic of the common examples."""
    ids = tuple(sample.first.ids[place] for place in sample.at_first)
    clusters = _clusters(sample)
    mine, others = weights
    if sample.scores is not None:
        first, second = sample.scores
        return Resampled.mean(ids, mine * first + others * second, clusters)

    def value(times: FloatArray) -> FloatArray:
        first, second = sample.values_of(times)
        return np.asarray(mine * first + others * second)

    return Resampled(ids, value, clusters=clusters)


def _clusters(sample: PairedSample) -> tuple[str, ...]:
    """Return the key of each common example's cluster, which is the same for all seeds; empty without clusters."""
    if sample.first.clusters:
        return tuple(sample.first.clusters[place] for place in sample.at_first)
    return tuple(sample.second.clusters[place] for place in sample.at_second) if sample.second.clusters else ()
