"""Highest rate: the most requests per second of which almost all are answered within a bound."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.autocorrelation import Series, minimum_samples, series_quantile
from leaderboard.stats.estimate import Estimate

STEP = 0.05
"""Distance between the loads that are tried, as shares of the capacity."""
_LEVELS = 25
"""Number of loads; the highest is 125 % of the capacity, where a queue grows without end."""


@dataclass(frozen=True, slots=True)
class LoadRun:
    """Requests at one rate.

    Attributes:
        rate: mean number of requests per second.
        load: the rate as a share of the capacity, which is one request for each mean time of an answer.
        latencies: seconds from each scheduled arrival to the end of its answer, shape (n,), in the order of arrival.
    """

    rate: float
    load: float
    latencies: FloatArray

    def late_share(self, bound: float) -> tuple[float, float, float]:
        """Return the share of requests that took longer than a bound, and its 95 % interval.

        Wilson's interval for the number of independent requests that they are worth: one that waits for another long
        one is late together with it.

        Args:
            bound: in seconds.
        """
        late = (self.latencies > bound).astype(np.float64)
        n, series = len(late), Series(np.zeros(len(late), dtype=np.intp))
        share, (inflation, t) = float(late.mean()), series.inflation(late)
        square = t * t * max(inflation / n, 1 / series.effective_n(self.latencies))
        centre = (share + square / 2) / (1 + square)
        half = np.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
        return share, min(share, float(centre - half)), max(share, float(centre + half))

    def latency(self, percentile: float) -> Estimate:
        """Return a percentile of the latencies in seconds, withheld where too few of them are independent."""
        series = Series(np.zeros(len(self.latencies), dtype=np.intp))
        return series_quantile(self.latencies, series, percentile, minimum_n=minimum_samples(percentile))


def search_loads(run: Callable[[float], LoadRun], *, bound: float, percentile: float) -> Iterator[LoadRun]:
    """Yield runs at ever closer loads around the highest one that meets the bound, by bisection.

    Where none of those that meet it does so significantly, half of the highest load follows, for the interval, or the
    next lower one that was not tried.

    Args:
        run: runs some requests at a share of the capacity.
        bound: in seconds, for the percentile of the latencies.
        percentile: share of requests that have to be answered within the bound.
    """
    passing, failing, allowed, is_significant = 0, _LEVELS, 1 - percentile, False
    levels = set()
    while failing - passing > 1:
        level = (passing + failing) // 2
        levels.add(level)
        tried = run(level * STEP)
        share, _, high = tried.late_share(bound)
        passing, failing = (level, failing) if share <= allowed else (passing, level)
        is_significant = is_significant or high <= allowed
        yield tried
    lower = next((level for level in range(passing // 2, 0, -1) if level not in levels), 0)
    if lower and not is_significant:
        yield run(lower * STEP)


def highest_rate(runs: Sequence[LoadRun], *, bound: float, percentile: float) -> Estimate:
    """Return the highest rate at which a percentile of the latencies is within a bound.

    The interval ends at the highest rate at which the share of late requests is significantly below the allowed one,
    and at the lowest rate at which it is significantly above, each at 95 %. Where no run is significant it ends at 0,
    or at 125 % of the capacity, where every queue grows without end.

    Args:
        runs: of `search_loads`.
        bound: in seconds.
        percentile: between 0 and 1.

    Raises:
        NotMeasurableError: Without runs, or when the bound is not met at the lowest rate, or at every one.
    """
    if not runs:
        raise NotMeasurableError("no requests")
    allowed, ordered = 1 - percentile, sorted(runs, key=lambda each: each.rate)
    shares = [each.late_share(bound) for each in ordered]
    passing = [each for each, (share, *_) in zip(ordered, shares, strict=True) if share <= allowed]
    if not passing:
        lowest, share = ordered[0], shares[0][0]
        raise NotMeasurableError(
            f"{share:.0%} of the answers take longer than {bound:g} s even at {lowest.rate:.3g} requests per second, "
            f"{lowest.load:.0%} of the capacity; choose a larger bound"
        )
    if len(passing) == len(ordered):
        raise NotMeasurableError(
            f"at most {allowed:.0%} of the answers take longer than {bound:g} s even at {ordered[-1].load:.0%} of the "
            "capacity, since requests end before a queue has grown; choose a smaller bound, or more requests"
        )
    value = passing[-1].rate
    below = [run.rate for run, (_, _, high) in zip(ordered, shares, strict=True) if high <= allowed and run in passing]
    above = [run.rate for run, (_, low, _) in zip(ordered, shares, strict=True) if low > allowed and run.rate > value]
    top = value / passing[-1].load * _LEVELS * STEP
    n = sum(len(run.latencies) for run in ordered)
    method = f"bisection over {len(ordered)} rates, Wilson 95 % for effective n"
    return Estimate.measured(value, (max(below, default=0.0), min(above, default=top)), n=n, method=method)
