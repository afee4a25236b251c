"""How often rank intervals hold the true ranks: simultaneous pairwise intervals beside percentiles of drawn ranks.

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

from leaderboard.axes.metric import Axis
from leaderboard.ranking.rank_intervals import RankIntervals, over_examples
from leaderboard.ranking.weighing import AXES, FloatArray, places

ACCURACY_ALONE = {axis: float(axis is Axis.ACCURACY) for axis in Axis}
_SHARED = 0.5**0.5
"""Weight of the shared difficulty, which makes a correlation of .5."""


@dataclass(frozen=True, slots=True)
class Design:
    """One situation.

    Attributes:
        name: for people.
        accuracies: true ones, one a subject.
        examples: that all of them answer.
    """

    name: str
    accuracies: tuple[float, ...]
    examples: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of the runs in which intervals held the true ranks, and their mean width in places."""

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
    """1 where a subject is right, shape (subjects, examples)."""
    difficulty = rng.normal(size=design.examples)
    own = rng.normal(size=(len(design.accuracies), design.examples))
    latent = _SHARED * difficulty + (1 - _SHARED**2) ** 0.5 * own
    bounds = scipy.stats.norm.ppf(design.accuracies)[:, None]
    return (latent <= bounds).astype(np.float64)


def drawn(right: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Utilities on examples drawn again, the same for all subjects, shape (draws, subjects, 6)."""
    count = right.shape[1]
    times = rng.multinomial(count, np.full(count, 1 / count), draws)
    return utilities(times @ right.T / count)


def utilities(accuracies: FloatArray) -> FloatArray:
    """Utilities of subjects of which accuracy alone is known, shape (…, subjects, 6)."""
    found = np.full((*accuracies.shape, len(AXES)), np.nan)
    found[..., AXES.index(Axis.ACCURACY)] = accuracies
    return found


def percentiles(values: FloatArray) -> RankIntervals:
    """The intervals before: between which places 95 % of the draws put each subject, ties taking the better one."""
    merits = values[..., AXES.index(Axis.ACCURACY)]
    low = np.array([places(merit) for merit in merits])
    high = np.array([merits.shape[1] + 1 - places(-merit) for merit in merits])
    return RankIntervals(
        np.percentile(low, 2.5, axis=0, method="lower"), np.percentile(high, 97.5, axis=0, method="higher")
    )


def simultaneous(values: FloatArray, accuracies: FloatArray) -> RankIntervals:
    """The intervals now."""
    return over_examples(values, values=utilities(accuracies), weights=ACCURACY_ALONE)


def coverage(found: Sequence[RankIntervals], accuracies: Sequence[float]) -> Coverage:
    """How often intervals held the true ranks."""
    true = np.array(accuracies)
    first, last = places(true), len(true) + 1 - places(-true)
    held = np.array([(each.low <= first) & (last <= each.high) for each in found])
    width = float(np.mean([each.high - each.low + 1 for each in found]))
    best, worst = int(np.argmax(true)), int(np.argmin(true))
    return Coverage(float(held[:, best].mean()), float(held[:, worst].mean()), float(held.all(axis=1).mean()), width)


def compared(design: Design, *, runs: int, draws: int, seed: int) -> tuple[Coverage, Coverage]:
    """Coverage of the percentiles and of the simultaneous intervals on the same data."""
    rng = np.random.default_rng(seed)
    before, now = [], []
    for _ in range(runs):
        right = answers(design, rng)
        values = drawn(right, rng, draws)
        before.append(percentiles(values))
        now.append(simultaneous(values, right.mean(axis=1)))
    return coverage(before, design.accuracies), coverage(now, design.accuracies)


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400, help="Number of simulated data sets per design.")
    parser.add_argument("--draws", type=int, default=500, help="Number of bootstrap draws per data set.")
    parser.add_argument("--seed", type=int, default=0, help="Seed of everything random.")
    asked = parser.parse_args()
    print("| design | intervals | best | worst | all at once | mean width |")
    print("| --- | --- | --- | --- | --- | --- |")
    for design in DESIGNS:
        found = compared(design, runs=asked.runs, draws=asked.draws, seed=asked.seed)
        for name, each in zip(("percentiles of drawn ranks", "simultaneous"), found, strict=True):
            print(
                f"| {design.name} | {name} | {each.best:.3f} | {each.worst:.3f} | {each.all:.3f} | {each.width:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
