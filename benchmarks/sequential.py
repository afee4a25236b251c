"""Adaptive stopping: coverage at every stopping time, and the examples that it saves.

    python benchmarks/sequential.py [--draws 500] [--store results.db --task sst2] > benchmarks/sequential.md

Simulations are seeded and take about a minute on one core. With a store, stored answers of real models are asked again
in 50 random orders: the decision after few examples is compared with that on all of them.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.protocol import Observation
from leaderboard.stats.betting import confidence_sequence, log_capital, stakes, to_unit
from leaderboard.stats.mixture_bounds import empirical_bernstein, normal_mixture
from leaderboard.store.database import open_store
from leaderboard.store.results import SubjectResults, all_results
from leaderboard.store.stored_protocols import stored_protocol

SET_SIZE = 872
"""Number of examples of a set, that of SST-2."""
_Z, _Z_POWER = 1.96, 0.84
_SIDE = math.log(40)
_ORDERS = 50
Draw = Callable[[np.random.Generator], tuple[FloatArray, float]]
_REAL = (
    f"Stored answers to the same examples, asked again in {_ORDERS} random orders. *Decided on all*: by a fixed test "
    "at α = 0.05. *Same* and *opposite* are the shares of orders in which betting decides the same, or the other one."
)


def reaches(values: FloatArray, mean: float, *, population: int | None = None) -> FloatArray:
    """Return whether the mean is excluded after each value, by either side of the hedged capital."""
    sides = ((values, mean), (1 - values, 1 - mean))
    capitals = [
        log_capital(unit, true, stakes(unit, SET_SIZE), population=population).clip(max=1e6) for unit, true in sides
    ]
    return np.maximum.accumulate(np.maximum(*capitals) >= _SIDE)


def coverage(draws: int) -> Iterator[str]:
    """Yield a line for each distribution: how often the true mean is ever excluded, and the interval after 200."""
    for name, draw in _distributions().items():
        rng, missed, missed_set, looks = np.random.default_rng(0), 0, 0, 0
        for _ in range(draws):
            values, mean = draw(rng)
            missed += bool(reaches(values, mean)[-1])
            missed_set += bool(reaches(values, float(values.mean()), population=SET_SIZE)[-1])
            looks += _excluded_by_fixed_intervals(values, mean)
        widths = [np.ptp(interval(values[:200])) / 2 for interval in (_betting, empirical_bernstein, normal_mixture)]
        cells = [1 - count / draws for count in (missed, missed_set, looks)]
        yield f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in (*cells, *widths)) + " |"


def _betting(values: FloatArray) -> tuple[float, float]:
    return confidence_sequence(values, horizon=SET_SIZE)


def _excluded_by_fixed_intervals(values: FloatArray, mean: float) -> bool:
    """Return whether a 95 % normal interval for a fixed n, looked at after 32 and each further value, ever misses."""
    n = np.arange(1, len(values) + 1)
    means = np.cumsum(values) / n
    errors = np.sqrt(np.maximum(np.cumsum(values**2) / n - means**2, 1e-12) / n)
    return bool((np.abs(means - mean) > _Z * errors)[31:].any())


def _distributions() -> dict[str, Draw]:
    return {
        "right with 0.5": lambda rng: ((rng.random(SET_SIZE) < 0.5).astype(float), 0.5),  # noqa: PLR2004
        "right with 0.8": lambda rng: ((rng.random(SET_SIZE) < 0.8).astype(float), 0.8),  # noqa: PLR2004
        "right with 0.95": lambda rng: ((rng.random(SET_SIZE) < 0.95).astype(float), 0.95),  # noqa: PLR2004
        "uniform": lambda rng: (rng.random(SET_SIZE), 0.5),
        "difference, 10 % discordant": lambda rng: (_differences(rng, 0.05, 0.05), 0.5),
    }


def _differences(rng: np.random.Generator, gained: float, lost: float) -> FloatArray:
    """Return rescaled differences of two subjects of which one alone is right with these probabilities."""
    draw = rng.random(SET_SIZE)
    return np.asarray(0.5 + 0.5 * (draw < gained) - 0.5 * (draw > 1 - lost))


def savings(draws: int) -> Iterator[str]:
    """Yield a line for each effect: decisions by a fixed test on all examples and by betting, and the examples asked.

    The margin is the effect that McNemar's test finds with 80 % power in the whole set.
    """
    for discordant in (0.06, 0.12, 0.2):
        margin = (_Z + _Z_POWER) * math.sqrt(discordant / SET_SIZE)
        for times in (0.0, 1.0, 2.0, 3.0):
            effect = min(times * margin, discordant)
            rng, fixed, decided, same, counts = np.random.default_rng(1), 0, 0, 0, list[int]()
            for _ in range(draws):
                values = _differences(rng, (discordant + effect) / 2, (discordant - effect) / 2)
                whole, early, count = _decisions(values)
                fixed, decided, same = fixed + (whole > 0), decided + (early > 0), same + (whole == early)
                counts.append(count)
            cells = [fixed / draws, decided / draws, same / draws, np.mean(counts) / SET_SIZE]
            cells.append(np.median(counts) / SET_SIZE)
            yield (
                f"| {discordant:.2f} | {times:g} × {margin:.3f} | " + " | ".join(f"{each:.2f}" for each in cells) + " |"
            )


def _decisions(values: FloatArray) -> tuple[int, int, int]:
    """Return which is better by a z-test of all differences and by betting (1, -1, or 0), and the examples asked."""
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    z = (float(values.mean()) - 0.5) / error if error else 0.0
    sides = [
        np.flatnonzero(log_capital(unit, 0.5, stakes(unit, len(values))) >= _SIDE) for unit in (values, 1 - values)
    ]
    firsts = [int(side[0]) + 1 if len(side) else len(values) + 1 for side in sides]
    early = 0 if min(firsts) > len(values) else 1 if firsts[0] < firsts[1] else -1
    return (0 if abs(z) < _Z else 1 if z > 0 else -1), early, min(*firsts, len(values))


def widths(draws: int) -> Iterator[str]:
    """Yield a line for each accuracy and half-width: the examples asked, and the difference from the whole set."""
    for share in (0.5, 0.8, 0.95):
        for half in (0.05, 0.03, 0.02):
            rng, counts, inside = np.random.default_rng(2), list[int](), 0
            for _ in range(draws):
                values = (rng.random(SET_SIZE) < share).astype(float)
                count = _until(values, half)
                counts.append(count)
                inside += abs(float(values[:count].mean() - values.mean())) <= half
            mean, within = float(np.mean(counts)), inside / draws
            yield f"| {share:g} | ±{half:g} | {mean:.0f} | {mean / SET_SIZE:.2f} | {within:.2f} |"


def _until(values: FloatArray, half_width: float) -> int:
    """Return after how many values the interval of the whole set is narrow enough, to 16 values."""
    low, high = 1, math.ceil(len(values) / 16)
    while low < high:  # the interval never grows
        middle = (low + high) // 2
        ends = confidence_sequence(values[: 16 * middle], horizon=len(values), population=len(values))
        low, high = (low, middle) if np.ptp(ends) <= 2 * half_width else (middle + 1, high)
    return min(16 * low, len(values))


def real(store: Path, task: str) -> Iterator[str]:
    """Yield a line for each pair of stored subjects: their difference, and decisions in random orders."""
    scores = {each.label: _scores(each, task) for each in all_results(open_store(f"sqlite:///{store}"))}
    scored = {label: values for label, values in scores.items() if values}
    labels = sorted(scored)
    for place, first in enumerate(labels):
        for second in labels[place + 1 :]:
            ids = sorted(set(scored[first]) & set(scored[second]))
            differences = np.array([scored[first][name] - scored[second][name] for name in ids])
            unit = to_unit(differences, (-1.0, 1.0))
            rng = np.random.default_rng(3)
            decisions = [_decisions(rng.permutation(unit)) for _ in range(_ORDERS)]
            whole = decisions[0][0]
            cells = [
                f"{differences.mean():+.3f}",
                ("undecided", "first", "second")[whole],
                f"{np.mean([early == whole for _, early, _ in decisions]):.2f}",
                f"{np.mean([early == -whole != 0 for _, early, _ in decisions]):.2f}",
                f"{np.mean([count for *_, count in decisions]) / len(ids):.2f}",
            ]
            yield f"| {task} | {first} | {second} | {len(ids)} | " + " | ".join(cells) + " |"


def _scores(subject: SubjectResults, task: str) -> dict[str, float]:
    for evaluation in reversed(subject.evaluations):
        observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
        if evaluation.task.name == task and observations:
            number = stored_protocol(evaluation.task).resampled(observations).get(("accuracy", ""))
            if number is not None and number.scores is not None:
                return dict(zip(number.ids, number.scores.tolist(), strict=True))
    return {}


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=500, help="number of simulated sets per line")
    parser.add_argument("--store", type=Path, help="store with the answers of real models")
    parser.add_argument("--task", default="sst2", help="task of these answers")
    options = parser.parse_args()
    command = f"python benchmarks/sequential.py --draws {options.draws}" + " --store results.db" * bool(options.store)
    print("# Adaptive stopping\n\nCoverage at every stopping time, and the examples that adaptive stopping saves, by")
    print(f"`{command}`.")
    for heading, text, head, lines in _sections(options.draws):
        _table(heading, text, head, lines)
    if options.store:
        head = "| task | first | second | n | difference | decided on all | same | opposite | share asked |"
        _table("Real models", _REAL, head, real(options.store, options.task))


def _sections(draws: int) -> Iterator[tuple[str, str, str, Iterator[str]]]:
    yield (
        "Coverage",
        (
            f"{draws} sets of {SET_SIZE} examples a line: the share of sets in which the 95 % interval "
            "covers at all n from 1 to 872 at once: by betting for the distribution, by betting without "
            "replacement for the mean of the set, and by normal intervals for a fixed n, looked at "
            "after every example from the 32nd. "
            "Half-widths are those after 200 examples."
        ),
        (
            "| scores | betting | without replacement | fixed n | half-width: betting | empirical Bernstein | "
            "normal mixture |"
        ),
        coverage(draws),
    )
    yield (
        "Which of two subjects is better",
        (
            "The margin is the effect that a fixed test finds with 80 % power in the whole set. *Same*: both tests "
            "decide the same, or neither decides. The examples asked are shares of the set."
        ),
        "| discordant | effect | decided by all | decided early | same | mean share asked | median |",
        savings(draws),
    )
    yield (
        "How good one subject is",
        (
            "Until the interval of the whole set's accuracy is this narrow. *Within*: the estimate after the last "
            "example is no further from the accuracy on the whole set."
        ),
        "| accuracy | half-width | mean examples asked | share | within |",
        widths(max(20, draws // 10)),
    )


def _table(heading: str, text: str, head: str, lines: Iterator[str]) -> None:
    columns = head.count("|") - 1
    print(f"\n## {heading}\n\n{text}\n\n{head}\n|{' --- |' * columns}")
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
