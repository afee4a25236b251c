"""Timing: answers interleaved with the reference workload, with nothing else in between."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import psutil

from leaderboard.backends.capability import Capability
from leaderboard.backends.progress import Progress
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Text


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
    subject: Subject, texts: Sequence[Text], *, rounds: int, warm_up: int, reference_every: int
) -> Iterator[tuple[int, Sample]]:
    """Time one answer for each text, interleaved with the reference workload; yields round and sample.

    What varies between starts of the program, such as the location of weights in memory, varies between rounds, too:
    each begins with weights copied to another location, a new reference workload and a warm-up.
    """
    classifier = subject.classifier()
    weights = subject.weights() if Capability.WEIGHTS in subject.capabilities else None
    for number in range(min(rounds, len(texts))):
        if weights is None:
            clock = Clock(subject.quietly, lambda: None, None)
        else:
            weights.relocate()
            clock = Clock(subject.quietly, weights.wait, weights.reference())
        part = texts[number * len(texts) // rounds : (number + 1) * len(texts) // rounds]
        for sample in interleave(
            classifier.answer, part, clock, warm_up=warm_up, reference_every=reference_every, total=len(texts)
        ):
            yield number, sample


def interleave(
    answer: Callable[[Text], object],
    texts: Sequence[Text],
    clock: Clock,
    *,
    warm_up: int,
    reference_every: int = 1,
    total: int | None = None,
) -> Iterator[Sample]:
    """Time one answer for each text, interleaved with the reference workload (A-B-A-B).

    Args:
        answer: computes one answer without a cache.
        texts: texts to answer, one at a time.
        clock: clock with the reference workload.
        warm_up: number of untimed answers before the first timed one, over the same texts and with the reference.
        reference_every: number of answers for each run of the reference workload; 2 is A-A-B.
        total: number of answers of all rounds, for the progress; by default those of this round.

    Yields:
        Each sample as soon as it is measured. Nothing else should run until the last.
    """
    reference = clock.reference
    # Progress is reported between samples, never inside one.
    with clock.quietly() as progress, _without_garbage_collection():
        for turn in range(1, 1 + warm_up if texts else 0):
            answer(texts[(turn - 1) % len(texts)])
            if reference is not None and turn % reference_every == 0:
                reference()
        for number, text in enumerate(texts, start=1):
            # The load is read before the clock starts, so that reading it is in no sample.
            load = psutil.getloadavg()[0]
            seconds = clock.seconds(lambda text=text: answer(text))  # type: ignore[misc]
            reference_seconds = None
            if reference is not None and number % reference_every == 0:
                reference_seconds = clock.seconds(reference)
            progress("timing", 1, total or len(texts))
            yield Sample(seconds, reference_seconds, load)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Disable garbage collection in the context, as `timeit` does."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
