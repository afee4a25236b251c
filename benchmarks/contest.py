"""Timing of two programs that do the same work, in turns."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch

T = TypeVar("T")
Score = Callable[[Sequence[T]], np.ndarray]

BATCH_SIZES = (1, 8, 16, 32)
ROUNDS = 3


@dataclass(frozen=True)
class Result(Generic[T]):
    """Times and outputs of two programs.

    Attributes:
        ours_s: median seconds of this program.
        peer_s: median seconds of the peer at its best batch size.
        batch_size: that size.
        ours: output of this program.
        peer: output of the peer.
        spread: slowest over fastest round, the worse of the two programs: the noise of the machine.
    """

    ours_s: float
    peer_s: float
    batch_size: int
    ours: np.ndarray
    peer: np.ndarray
    spread: float

    @property
    def ratio(self) -> float:
        """How many times faster this program is."""
        return self.peer_s / self.ours_s

    @property
    def difference(self) -> float:
        """Largest difference between the outputs."""
        return float(np.abs(self.ours - self.peer).max())


def contest(ours: Score[T], peer: Callable[[int], Score[T]], work: Sequence[T], *, step: int = 1) -> Result[T]:
    """Run both programs in turns, in alternating order, and return the medians.

    Args:
        ours: this program.
        peer: the other program for a batch size; its best of `BATCH_SIZES` is determined on a quarter of the work.
        work: items to score.
        step: number of items that belong together, such as the choices of a question.
    """
    quarter = work[: max(len(work) // (4 * step), 1) * step]
    ours(quarter)  # both sides warm
    peer(BATCH_SIZES[-1])(quarter[: 4 * step])
    best = min(BATCH_SIZES, key=lambda size: seconds(peer(size), quarter)[0])
    sides = {"ours": ours, "peer": peer(best)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    outputs: dict[str, np.ndarray] = {}
    for number in range(ROUNDS):
        for name in sorted(sides, reverse=bool(number % 2)):
            spent, outputs[name] = seconds(sides[name], work)
            times[name].append(spent)
    return Result(
        ours_s=statistics.median(times["ours"]),
        peer_s=statistics.median(times["peer"]),
        batch_size=best,
        ours=outputs["ours"],
        peer=outputs["peer"],
        spread=max(max(each) / min(each) for each in times.values()),
    )


def seconds(score: Score[T], work: Sequence[T]) -> tuple[float, np.ndarray]:
    """Return the duration of some work, and its output."""
    begin = time.perf_counter()
    output = score(work)
    return time.perf_counter() - begin, output


def matmul_rate() -> float:
    """Return the FLOP/s of a large float32 matrix product in this process, an upper bound for the machine."""
    size = 2048
    left, right = torch.randn(size, size), torch.randn(size, size)
    left @ right
    return max(2 * size**3 / seconds(lambda _: np.asarray(left @ right), ())[0] for _ in range(8))
