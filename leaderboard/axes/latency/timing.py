"""Timing: answers interleaved with the reference workload, with nothing else in between."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import psutil

from leaderboard.backends.capability import Capability
from leaderboard.backends.progress import Progress
from leaderboard.backends.subject import Subject

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """Timed answer.

    Attributes:
        seconds: time of the answer, end to end.
        reference_seconds: time of the reference workload right after it; None where it did not run.
        load: load of the machine, the average number of runnable processes over the last minute.
    """

    seconds: float
    reference_seconds: float | None
    load: float


@dataclass(frozen=True, slots=True)
class Clock:
    """Clock of answers on a device.

    Attributes:
        quietly: context that suspends the progress and returns it.
        wait: returns when the device has finished its work.
        reference: fixed workload on the same device; None where answers are computed elsewhere.
    """

    quietly: Callable[[], AbstractContextManager[Progress]]
    wait: Callable[[], None]
    reference: Callable[[], object] | None

    def seconds(self, work: Callable[[], object]) -> float:
        """Return the time of some work in seconds."""
        self.wait()
        start = time.perf_counter()
        work()
        self.wait()
        return time.perf_counter() - start


def time_answers(
    subject: Subject,
    answer: Callable[[T], object],
    questions: Sequence[T],
    *,
    rounds: int,
    warm_up: int,
    reference_every: int,
) -> Iterator[tuple[int, Sample]]:
    """Time one answer to each question, interleaved with the reference workload; yields round and sample.

    What varies between starts of the program, such as the location of weights in memory, varies between rounds, too:
    each begins with weights copied to another location, a new reference workload and a warm-up.

    Args:
        subject: whose weights are used.
        answer: computes one answer without a cache.
        questions: questions to answer, one at a time.
        rounds: number of rounds, each with its share of the questions.
        warm_up: number of untimed answers at the beginning of each round.
        reference_every: number of answers for each run of the reference workload.
    """
    weights = subject.weights() if Capability.WEIGHTS in subject.capabilities else None
    for number in range(min(rounds, len(questions))):
        if weights is None:
            clock = Clock(subject.quietly, lambda: None, None)
        else:
            weights.relocate()
            clock = Clock(subject.quietly, weights.wait, weights.reference())
        part = questions[number * len(questions) // rounds : (number + 1) * len(questions) // rounds]
        for sample in interleave(
            answer, part, clock, warm_up=warm_up, reference_every=reference_every, total=len(questions)
        ):
            yield number, sample


def interleave(
    answer: Callable[[T], object],
    questions: Sequence[T],
    clock: Clock,
    *,
    warm_up: int,
    reference_every: int = 1,
    total: int | None = None,
) -> Iterator[Sample]:
    """Time one answer to each question, interleaved with the reference workload (A-B-A-B).

    Args:
        answer: computes one answer without a cache.
        questions: questions to answer, one at a time.
        clock: clock with the reference workload.
        warm_up: number of untimed answers before the first timed one, over the same questions and with the reference.
        reference_every: number of answers for each run of the reference workload; 2 is A-A-B.
        total: number of answers of all rounds, for the progress; by default those of this round.

    Yields:
        Each sample as soon as it is measured. Nothing else should run until the last.
    """
    reference = clock.reference
    # Progress is reported between samples, never inside one.
    with clock.quietly() as progress, without_garbage_collection():
        for turn in range(1, 1 + warm_up if questions else 0):
            answer(questions[(turn - 1) % len(questions)])
            if reference is not None and turn % reference_every == 0:
                reference()
        for number, question in enumerate(questions, start=1):
            # The load is read before the clock starts, so that reading it is in no sample.
            load = psutil.getloadavg()[0]
            seconds = clock.seconds(lambda question=question: answer(question))  # type: ignore[misc]
            reference_seconds = None
            if reference is not None and number % reference_every == 0:
                reference_seconds = clock.seconds(reference)
            progress("timing", 1, total or len(questions))
            yield Sample(seconds, reference_seconds, load)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Disable garbage collection in the context, as `timeit` does."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
