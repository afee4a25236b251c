"""Two programs that do the same work, timed in turns."""

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
    """What a contest gave.

    Attributes:
        ours_s: median seconds of this program, one entry a round beside it.
        peer_s: median seconds of the peer at its best batch size.
        batch_size: that size.
        ours: what this program found.
        peer: what the peer found.
        spread: slowest over fastest round of either, the worse of the two: what the machine's own unrest makes of it.
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
        """The largest difference of what both found."""
        return float(np.abs(self.ours - self.peer).max())


def contest(ours: Score[T], peer: Callable[[int], Score[T]], work: Sequence[T], *, step: int = 1) -> Result[T]:
    """Let both do the work in turns, in alternating order; medians count.

    Args:
        ours: this program.
        peer: the other one, by its batch size; its best of `BATCH_SIZES` is found on a quarter of the work.
        work: what is to be scored.
        step: items that belong together, as the choices of a question do.
    """
    quarter = work[: max(len(work) // (4 * step), 1) * step]
    ours(quarter)  # both sides warm
    peer(BATCH_SIZES[-1])(quarter[: 4 * step])
    best = min(BATCH_SIZES, key=lambda size: seconds(peer(size), quarter)[0])
    sides = {"ours": ours, "peer": peer(best)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, np.ndarray] = {}
    for number in range(ROUNDS):
        for name in sorted(sides, reverse=bool(number % 2)):
            spent, found[name] = seconds(sides[name], work)
            times[name].append(spent)
    return Result(
        ours_s=statistics.median(times["ours"]),
        peer_s=statistics.median(times["peer"]),
        batch_size=best,
        ours=found["ours"],
        peer=found["peer"],
        spread=max(max(each) / min(each) for each in times.values()),
    )


def seconds(score: Score[T], work: Sequence[T]) -> tuple[float, np.ndarray]:
    """How long some work takes, and what it gives."""
    begin = time.perf_counter()
    found = score(work)
    return time.perf_counter() - begin, found


def matmul_rate() -> float:
    """FLOP/s of a large float32 matrix product in this process: what the machine could do at best."""
    size = 2048
    one, other = torch.randn(size, size), torch.randn(size, size)
    one @ other
    return max(2 * size**3 / seconds(lambda _: np.asarray(one @ other), ())[0] for _ in range(8))
