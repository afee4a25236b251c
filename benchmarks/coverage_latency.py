"""Coverage of the latency axis's 95 % intervals on simulated machines.

    python benchmarks/coverage_latency.py --draws 2000

Times are log-normal: AR(1) noise inside rounds of a run (rho from one sample to the next, the machine's busy spells)
and a shift of each round (tau, in units of the noise: what differs from one start to the next). Without enough samples
a percentile is withheld: coverage is of those that are measured, and `wrong` is the share of all draws whose
interval misses. About two minutes at 400 draws on one core; seeded.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.stats.autocorrelation import Series, ratio_of_sums, series_quantile
from leaderboard.stats.estimate import Estimate

FloatArray = npt.NDArray[np.float64]

QUANTILES = {0.5: 30, 0.9: 50, 0.95: 100, 0.99: 500}
"""Fewest samples of each, as the catalogue has them."""
SPREAD = 0.3
"""Standard deviation of the logarithm of a time."""
ROUNDS = 8


@dataclass(frozen=True)
class Machine:
    """Dependence between latencies on a simulated machine.

    Attributes:
        rho: autocorrelation from one sample to the next inside a round.
        tau: standard deviation of a round's shift, in units of the noise.
        n: samples of a run.
    """

    rho: float
    tau: float
    n: int


MACHINES = (
    Machine(0.0, 0.0, 200),
    Machine(0.5, 0.0, 200),
    Machine(0.9, 0.0, 200),
    Machine(0.9, 0.0, 1000),
    Machine(0.0, 0.5, 200),
    Machine(0.5, 0.5, 1000),
)


@dataclass(frozen=True)
class LatencyCoverage:
    """Coverage of the intervals of one number.

    Attributes:
        covered: share of measured intervals that contain the true value; NaN if none is measured.
        measured: share of draws that were not withheld.
        wrong: share of all draws whose interval misses the true value.
    """

    machine: Machine
    number: str
    covered: float
    measured: float
    wrong: float


def times(machine: Machine, rng: np.random.Generator) -> tuple[FloatArray, Series]:
    """Return one run's latencies, shape (n,), and its rounds. One series runs through all rounds."""
    noise = rng.standard_normal(machine.n) * np.sqrt(1 - machine.rho**2)
    noise[0] = rng.standard_normal()
    noise = scipy.signal.lfilter([1.0], [1.0, -machine.rho], noise)
    rounds = np.arange(machine.n) * ROUNDS // machine.n
    shift = machine.tau * rng.standard_normal(ROUNDS)[rounds]
    return np.exp(SPREAD * (noise + shift)), Series(rounds)


def coverage(machines: Sequence[Machine] = MACHINES, *, draws: int, seed: int = 0) -> Iterator[LatencyCoverage]:
    """Yield the coverage of every percentile and of the throughput on every machine.

    Args:
        machines: machines to simulate.
        draws: number of runs of each machine.
        seed: seed of all random numbers.
    """
    for place, machine in enumerate(machines):
        rng = np.random.default_rng([seed, place])
        runs = [times(machine, rng) for _ in range(draws)]
        scale = SPREAD * float(np.sqrt(1 + machine.tau**2))
        for q, minimum_n in QUANTILES.items():
            estimates = [series_quantile(seconds, series, q, minimum_n=minimum_n) for seconds, series in runs]
            yield _coverage(machine, f"p{100 * q:.0f}", estimates, float(np.exp(scale * scipy.stats.norm.ppf(q))))
        rates = [ratio_of_sums(np.ones(machine.n), seconds, series) for seconds, series in runs]
        yield _coverage(machine, "throughput", rates, float(np.exp(-(scale**2) / 2)))


def _coverage(machine: Machine, number: str, estimates: Sequence[Estimate], truth: float) -> LatencyCoverage:
    ends = [(each.low, each.high) for each in estimates if each.low is not None and each.high is not None]
    hits = sum(low <= truth <= high for low, high in ends)
    covered = hits / len(ends) if ends else float("nan")
    return LatencyCoverage(machine, number, covered, len(ends) / len(estimates), (len(ends) - hits) / len(estimates))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    request = parser.parse_args()
    print("| rho | tau | samples | number | coverage | measured | wrong |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for each in coverage(draws=request.draws, seed=request.seed):
        machine = each.machine
        covered = "withheld" if np.isnan(each.covered) else f"{each.covered:.3f}"
        print(
            f"| {machine.rho} | {machine.tau} | {machine.n} | {each.number} | {covered} "
            f"| {each.measured:.2f} | {each.wrong:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
