"""Mean over random seeds, with the variance between seeds and that of the examples in one interval.

One recipe prepared with k seeds, each model asked the same n examples, is a two-way layout of crossed random effects,
y_si = μ + a_s + b_i + c_si: seeds, examples, and what is particular to both. Random seeds move results as much as many
published improvements, so that an interval over examples alone is too narrow (Bouthillier et al. 2021). The variance of
the mean, σ_a²/k + σ_b²/n + σ_c²/(kn), is estimated by

    SE² = s²/k + e²

where s is the standard deviation of the k values, and e the standard error of their mean over other examples, which for
means is that of the seed-averaged examples. Both terms hold σ_c²/(kn), which therefore counts twice; the pigeonhole
bootstrap (Owen 2007) counts it three times. It is not subtracted: with three seeds the estimate of it is often larger
than s²/k, and the difference is no variance. Student's t has the degrees of freedom of Satterthwaite 1946.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.stats.bounded import Z
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE, ROUNDING
from leaderboard.stats.resampled import Resampled, resamples

METHOD = "random effects of seeds and examples 95 %"
ONE_SEED = "one seed: the spread between seeds is unknown"
_EXACT = "exact"


@dataclass(frozen=True, slots=True)
class SeedMean:
    """Mean over seeds.

    Attributes:
        estimate: the mean with its interval; *not measured* where it was not measured with one of the seeds.
        sd: standard deviation of the values between seeds; None with one seed, or where a seed is missing.
    """

    estimate: Estimate
    sd: float | None


def mean_over_seeds(estimates: Mapping[int, Estimate], samples: Mapping[int, Resampled] | None = None) -> SeedMean:
    """Return the mean of one metric over seeds, with the interval of this module.

    The interval of each seed's estimate, which has the method and the asymmetry of the metric, is the source of e: the
    mean distance to its end, times the share of it that is left when seeds are averaged (`example_deviations`).
    Without the observations that share is taken as 1, which is its upper bound. With k equal seeds the interval is
    that of one seed.

    Args:
        estimates: estimate of each seed.
        samples: the same statistic of each seed's examples, where these are known.

    Returns:
        *Not measured*, with the seeds that are missing, unless all were measured. With one seed its own estimate. No
        interval where the uncertainty of one seed's estimate is unknown. n is the smallest of all seeds.
    """
    missing = {seed: each for seed, each in estimates.items() if each.value is None}
    if missing or not estimates:
        return SeedMean(Estimate.not_measured(_missing(estimates, missing)), None)
    if len(estimates) == 1:
        (only,) = estimates.values()
        return SeedMean(replace(only, method=f"{only.method}; {ONE_SEED}"), None)
    values = np.array([each.value for each in estimates.values()], dtype=np.float64)
    n, value, sd = min(each.n for each in estimates.values()), float(values.mean()), float(values.std(ddof=1))
    sd = 0.0 if sd <= ROUNDING * max(1.0, abs(value)) else sd
    unknown = [seed for seed, each in estimates.items() if each.low is None and not each.method.startswith(_EXACT)]
    if unknown:
        method = f"no interval: the uncertainty over examples is unknown with {seeds_text(unknown)}"
        return SeedMean(Estimate.measured(value, None, n=n, method=method), sd)
    ends = [(each.value - each.low, each.high - each.value) for each in estimates.values() if each.low is not None]  # type: ignore[operator]
    below, above = (sum(side) / len(values) for side in zip(*ends, strict=True)) if ends else (0.0, 0.0)
    left = _share_left([samples[seed] for seed in estimates]) if samples and samples.keys() >= estimates.keys() else 1.0
    if sd == below == above == 0:
        return SeedMean(Estimate.measured(value, None, n=n, method=_EXACT), sd)
    low, high = (_distance(sd, len(values), left * side / Z) for side in (below, above))
    return SeedMean(Estimate.measured(value, (value - low, value + high), n=n, method=METHOD), sd)


def example_deviations(samples: Sequence[Resampled]) -> tuple[FloatArray, int]:
    """Return how each statistic deviates over the same random examples, and the number of independent units.

    The norm of a row is the standard error of that statistic over examples, up to the factor √(m / (m - 1)) of m units;
    that of the mean of the rows is the standard error of their mean. Means are exact (their influence on each unit,
    which may be a cluster), other statistics from common resamples.

    Args:
        samples: one for each seed; they may be about different examples, as where a limit draws them by seed.

    Returns:
        Shape (k, m) or (k, resamples); no NaN.
    """
    keys = [each.clusters or each.ids for each in samples]
    names = {name: place for place, name in enumerate(dict.fromkeys(name for each in keys for name in each))}
    units = [np.array([names[name] for name in each], dtype=np.intp) for each in keys]
    m = len(names)
    scores = [each.scores for each in samples if each.scores is not None]
    if len(scores) == len(samples):
        rows = [
            np.bincount(at, (each - each.mean()) / len(each), minlength=m)
            for at, each in zip(units, scores, strict=True)
        ]
        return np.stack(rows), m
    width = max(len(each) for each in units)
    drawn = [
        np.stack([each.value(times[:, at]) for each, at in zip(samples, units, strict=True)])
        for times in resamples(m, width=width)
    ]
    draws = np.concatenate(drawn, axis=1)
    draws = draws[:, np.isfinite(draws).all(axis=0)]
    count = draws.shape[1]
    return (draws - draws.mean(axis=1, keepdims=True)) / math.sqrt(max(1, count - 1)) if count else draws, m


def satterthwaite(*parts: tuple[float, float]) -> float:
    """Return the degrees of freedom of a sum of independent variances (Satterthwaite 1946).

    Args:
        parts: each a variance with its degrees of freedom, which may be infinite.

    Returns:
        Infinite where only variances with infinite degrees are above 0.
    """
    total = sum(variance for variance, _ in parts)
    scale = sum((variance / total) ** 2 / degrees for variance, degrees in parts) if total > 0 else 0.0
    return 1 / scale if scale > 0 else math.inf


def seeds_text(seeds: Sequence[int]) -> str:
    """Return the seeds as text: `seed 2`, or `seeds 0, 1 and 2`."""
    *first, last = sorted(seeds)
    return f"seeds {', '.join(map(str, first))} and {last}" if first else f"seed {last}"


def _distance(sd: float, k: int, error: float) -> float:
    """Return the distance from the mean to the end of its interval."""
    between = sd**2 / k
    degrees = satterthwaite((between, k - 1), (error**2, math.inf))
    quantile = Z if math.isinf(degrees) else float(scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, degrees))
    return quantile * math.hypot(math.sqrt(between), error)


def _share_left(samples: Sequence[Resampled]) -> float:
    """Return the standard error of the mean over that of a single seed, over examples: at most 1."""
    deviations, _ = example_deviations(samples)
    single = float(np.linalg.norm(deviations, axis=1).mean()) if deviations.size else 0.0
    return min(1.0, float(np.linalg.norm(deviations.mean(axis=0))) / single) if single > 0 else 1.0


def _missing(estimates: Mapping[int, Estimate], missing: Mapping[int, Estimate]) -> str:
    if not estimates:
        return "no seed was measured"
    reasons = "; ".join(dict.fromkeys(each.reason for each in missing.values()))
    measured = [seed for seed in estimates if seed not in missing]
    others = f"measured with {seeds_text(measured)}" if measured else "measured with no seed"
    return f"not measured with {seeds_text(list(missing))} ({reasons}); {others}"
