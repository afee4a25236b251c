"""Timing: what is timed runs in turns with the reference, and nothing else runs in between."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import torch

from leaderboard.data.examples import Text
from leaderboard.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer, timed.

    Attributes:
        seconds: that the answer took, end to end.
        reference_seconds: that the reference workload took right after it; None where it did not run.
        load: of the machine, the average number of runnable processes over the last minute.
    """

    seconds: float
    reference_seconds: float | None
    load: float


def interleave(
    answer: Callable[[Text], object],
    reference: Callable[[], object],
    texts: Sequence[Text],
    engine: Engine,
    *,
    warm_up: int,
    reference_every: int = 1,
    total: int | None = None,
) -> Iterator[Sample]:
    """Time one answer for each text, in turns with the reference workload (A-B-A-B).

    Args:
        answer: computes one answer afresh.
        reference: the fixed workload.
        texts: asked about one at a time.
        engine: tells the device to wait for.
        warm_up: untimed turns before the first timed one, over the same texts, the reference as often as later.
        reference_every: answers for each run of the reference workload; at 2 it is A-A-B.
        total: answers that are timed in all rounds, for the progress; by default those of this one.

    Yields:
        Each sample as soon as it is there. Nothing else should run until the last.
    """
    # Progress is told between samples, never inside one.
    with engine.quietly() as progress, _no_collection():
        for turn in range(1, 1 + warm_up if texts else 0):
            answer(texts[(turn - 1) % len(texts)])
            if turn % reference_every == 0:
                reference()
        for number, text in enumerate(texts, start=1):
            # The load is read before the clock starts, so that reading it is in no sample.
            load = psutil.getloadavg()[0]
            seconds = _seconds(lambda text=text: answer(text), engine.device)  # type: ignore[misc]
            compared = _seconds(reference, engine.device) if number % reference_every == 0 else None
            progress("timing", 1, total or len(texts))
            yield Sample(seconds, compared, load)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    """A GPU works on after a call has returned."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection meanwhile, as `timeit` does it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
