"""Coverage of rank intervals: simultaneous pairwise intervals compared with percentiles of bootstrap ranks.

    python benchmarks/coverage_ranks.py [--runs 400] [--seed 0]

Subjects answer the same examples. Whether one is right is a threshold on a difficulty that all share plus noise of its
own (correlation .5), so that true accuracies are exact. Printed per design: how often the intervals hold the true rank
of the best and of the worst subject, the ranks of all subjects at once, and how wide they are on average. Ranks of
subjects that are truly equal are an interval themselves, from the best to the worst place that they share.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.ranking.rank_intervals import RankIntervals, over_examples
from leaderboard.ranking.weights import AXES, places

ACCURACY_ALONE = {axis: float(axis is Axis.ACCURACY) for axis in Axis}
_SHARED = 0.5**0.5
"""Weight of the shared difficulty, which makes a correlation of .5."""


@dataclass(frozen=True, slots=True)
class Design:
    """One simulated situation.

    Attributes:
        name: name for people.
        accuracies: true accuracies, one for each subject.
        examples: number of examples that all subjects answer.
    """

    name: str
    accuracies: tuple[float, ...]
    examples: int


@dataclass(frozen=True, slots=True)
class RankCoverage:
    """Shares of the runs in which intervals contained the true ranks, and their mean width in ranks."""

    best: float
    worst: float
    all: float
    width: float


DESIGNS = (
    Design("ten near-tied, .700 to .718", tuple(0.7 + 0.002 * place for place in range(10)), 500),
    Design("ten equal, .7", (0.7,) * 10, 500),
    Design("ten apart, .50 to .95", tuple(0.5 + 0.05 * place for place in range(10)), 500),
    Design("three near-tied, 200 examples", (0.7, 0.705, 0.71), 200),
)


def answers(design: Design, rng: np.random.Generator) -> FloatArray:
    """Return 1 where a subject is right, shape (subjects, examples)."""
    difficulty = rng.normal(size=design.examples)
    individual = rng.normal(size=(len(design.accuracies), design.examples))
    latent = _SHARED * difficulty + (1 - _SHARED**2) ** 0.5 * individual
    bounds = scipy.stats.norm.ppf(design.accuracies)[:, None]
    return (latent <= bounds).astype(np.float64)


def bootstrap_utilities(right: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Return utilities on resampled examples, the same for all subjects, shape (draws, subjects, 6)."""
    count = right.shape[1]
    times = rng.multinomial(count, np.full(count, 1 / count), draws)
    return utilities(times @ right.T / count)


def utilities(accuracies: FloatArray) -> FloatArray:
    """Return utilities of subjects with known accuracy only, shape (…, subjects, 6)."""
    values = np.full((*accuracies.shape, len(AXES)), np.nan)
    values[..., AXES.index(Axis.ACCURACY)] = accuracies
    return values


def percentiles(values: FloatArray) -> RankIntervals:
    """Return percentile intervals: the ranks between which 95 % of the draws put each subject."""
    merits = values[..., AXES.index(Axis.ACCURACY)]
    low = np.array([places(merit) for merit in merits])
    high = np.array([merits.shape[1] + 1 - places(-merit) for merit in merits])
    return RankIntervals(
        np.percentile(low, 2.5, axis=0, method="lower"), np.percentile(high, 97.5, axis=0, method="higher")
    )


def simultaneous(values: FloatArray, accuracies: FloatArray) -> RankIntervals:
    """Return simultaneous intervals from pairwise differences."""
    return over_examples(values, values=utilities(accuracies), weights=ACCURACY_ALONE)


def coverage(intervals: Sequence[RankIntervals], accuracies: Sequence[float]) -> RankCoverage:
    """Return how often intervals contained the true ranks."""
    true = np.array(accuracies)
    first, last = places(true), len(true) + 1 - places(-true)
    covered = np.array([(each.low <= first) & (last <= each.high) for each in intervals])
    width = float(np.mean([each.high - each.low + 1 for each in intervals]))
    best, worst = int(np.argmax(true)), int(np.argmin(true))
    return RankCoverage(
        float(covered[:, best].mean()), float(covered[:, worst].mean()), float(covered.all(axis=1).mean()), width
    )


def compared(design: Design, *, runs: int, draws: int, seed: int) -> tuple[RankCoverage, RankCoverage]:
    """Return the coverage of percentile and simultaneous intervals on the same data."""
    rng = np.random.default_rng(seed)
    percentile_intervals, simultaneous_intervals = [], []
    for _ in range(runs):
        right = answers(design, rng)
        values = bootstrap_utilities(right, rng, draws)
        percentile_intervals.append(percentiles(values))
        simultaneous_intervals.append(simultaneous(values, right.mean(axis=1)))
    return coverage(percentile_intervals, design.accuracies), coverage(simultaneous_intervals, design.accuracies)


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400, help="Number of simulated data sets per design.")
    parser.add_argument("--draws", type=int, default=500, help="Number of bootstrap draws per data set.")
    parser.add_argument("--seed", type=int, default=0, help="Seed of all random numbers.")
    options = parser.parse_args()
    print("| design | intervals | best | worst | all at once | mean width |")
    print("| --- | --- | --- | --- | --- | --- |")
    for design in DESIGNS:
        coverages = compared(design, runs=options.runs, draws=options.draws, seed=options.seed)
        for name, each in zip(("percentiles of drawn ranks", "simultaneous"), coverages, strict=True):
            print(
                f"| {design.name} | {name} | {each.best:.3f} | {each.worst:.3f} | {each.all:.3f} | {each.width:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
