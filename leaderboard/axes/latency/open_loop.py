"""Open loop: requests that arrive at random moments, whether or not earlier ones are answered (Poisson arrivals)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from leaderboard.arrays import FloatArray

T = TypeVar("T")
_SPIN_S = 0.002
"""Last seconds before a moment, in which the clock is read instead of sleeping: a sleep may end later."""


class Timer(Protocol):
    """A clock that can wait."""

    def now(self) -> float:
        """Return the time in seconds, from any beginning."""

    def wait_until(self, moment: float) -> None:
        """Return at that time, or at once where it is over."""


class SystemTimer:
    """The clock of the machine."""

    def now(self) -> float:
        """Return the monotonic time in seconds."""
        return time.perf_counter()

    def wait_until(self, moment: float) -> None:
        """Sleep, and read the clock for the last two milliseconds."""
        rest = moment - self.now() - _SPIN_S
        if rest > 0:
            time.sleep(rest)
        while self.now() < moment:
            pass


@dataclass
class OpenLoopTimes:
    """Times of the requests of one open loop, in the order of their arrival.

    Attributes:
        latencies: seconds from the scheduled arrival of each request to the end of its answer, waiting included.
        services: seconds from the beginning of its answer to the end.
    """

    latencies: list[float] = field(default_factory=list)
    services: list[float] = field(default_factory=list)


def poisson_arrivals(rate: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Return the moments at which requests of a Poisson process arrive, in seconds, shape (count,).

    Args:
        rate: mean number of requests per second.
        count: number of requests.
        rng: draws the times between them, which are exponential.
    """
    return np.cumsum(rng.exponential(1 / rate, count))


def answer_arrivals(
    answer: Callable[[T], object], questions: Sequence[T], arrivals: FloatArray, timer: Timer
) -> OpenLoopTimes:
    """Answer each request when it has arrived and all earlier ones are answered: one queue, first come first served.

    A latency begins at the *scheduled* arrival. Where an answer takes long, requests behind it wait, and their waiting
    counts. Counting from the beginning of each answer instead would leave it out (coordinated omission; Tene 2015).

    Args:
        answer: computes one answer.
        questions: one for each request.
        arrivals: moment of each arrival after the beginning, in seconds, ascending.
        timer: clock.
    """
    times = OpenLoopTimes()
    begin = timer.now()
    for question, arrival in zip(questions, arrivals.tolist(), strict=True):
        timer.wait_until(begin + arrival)
        start = timer.now()
        answer(question)
        end = timer.now()
        times.latencies.append(end - begin - arrival)
        times.services.append(end - start)
    return times
