"""Worker: a process that tries inputs of one target, until there are enough, time is up, or one of them ends it."""

import faulthandler
import json
import os
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from leaderboard.redaction import redacted
from tests.fuzz.guard import Failure, Guard, Outcome
from tests.fuzz.shrinking import shrunk
from tests.fuzz.target import Target

BURST = 16
"""Inputs that are made of one draw of Hypothesis, which costs as much as reading some of them."""
_HEAD = struct.Struct("<QQ")
_REPORT_S = 1.0


@dataclass
class Tally:
    """Counts of inputs.

    Attributes:
        tried: all of them; none is tried twice.
        hashes: of them.
        outcomes: how many came to what.
        failures: by name, how many failed so.
    """

    tried: int = 0
    hashes: set[int] = field(default_factory=set)
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    failures: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, Any]:
        """All of it, JSON-like."""
        return {
            "tried": self.tried,
            "outcomes": dict(self.outcomes),
            "failures": dict(self.failures),
        }


class Worker:
    """Tries inputs of a target and reports what became of them, as lines of JSON."""

    def __init__(self, target: Target, folder: Path, current: Path, report: IO[str]) -> None:
        """Take the limits and the folder of a worker.

        Args:
            target: what is fuzzed.
            folder: that the inputs are read in.
            current: the file that holds the number and the bytes of the input that is being read; it outlives a crash.
            report: where lines of JSON go.
        """
        self.tally = Tally()
        self._target = target
        self._guard = Guard(folder, target.anywhere)
        self._current = os.open(current, os.O_RDWR | os.O_CREAT)
        self._report = report
        self._reported = 0.0
        os.chdir(folder)
        faulthandler.enable(report)
        redacted("")  # which looks once for the secrets there are to hide
        self._guard.install()

    def run(self, *, number: int, inputs: int, seconds: float, corpus: Sequence[bytes], guided: bool = False) -> None:
        """Try the corpus, then new inputs.

        Args:
            number: of this run, from which random numbers are made.
            inputs: at most so many.
            seconds: at most so long.
            corpus: inputs that failed once.
            guided: let Atheris draw inputs by the lines of the program that they reach.
        """
        end = time.monotonic() + seconds
        for data in corpus:
            self._attempt(data)
        seeds = self._target.seeds()

        def goes_on() -> bool:
            return self.tally.tried < inputs and time.monotonic() < end

        def burst(rng: Random) -> None:
            for _ in range(BURST):
                if goes_on():
                    self._attempt(self._target.change(rng, seeds))

        def single(rng: Random) -> None:
            if not goes_on():  # libFuzzer goes on until its process ends
                self._write({"done": True, **self.tally.counts()})
                os._exit(0)
            self._attempt(self._target.change(rng, seeds))

        before = -1
        while goes_on() and self.tally.tried > before:  # until a whole round has brought nothing new
            number, before = number + 1, self.tally.tried
            if guided:
                _follow_coverage(drawn(single, number, draws=1, free=False), number)
            drawn(burst, number, draws=min(200, -(-inputs // BURST)))()
        self._write({"done": True, **self.tally.counts()})

    def _attempt(self, data: bytes) -> None:
        digest = hash(data)
        if digest in self.tally.hashes:
            return
        self.tally.hashes.add(digest)
        self.tally.tried += 1
        os.pwrite(self._current, _HEAD.pack(self.tally.tried, len(data)) + data, 0)
        outcome, failure = self._guard.attempt(self._target, data)
        self.tally.outcomes[outcome] += 1
        if failure is not None:
            self._take(failure, data)
        if time.monotonic() - self._reported > _REPORT_S:
            self._reported = time.monotonic()
            self._write(self.tally.counts())

    def _take(self, failure: Failure, data: bytes) -> None:
        first = failure.name not in self.tally.failures
        self.tally.failures[failure.name] = self.tally.failures.get(failure.name, 0) + 1
        if first:
            small = (
                data if failure.kind == "hang" else shrunk(data, lambda other: self._fails_alike(other, failure.name))
            )
            summary = {"name": failure.name, "place": failure.place, "details": failure.details}
            self._write({"failure": summary, "input": small.hex()})

    def _fails_alike(self, data: bytes, name: str) -> bool:
        failure = self._guard.attempt(self._target, data)[1]
        return failure is not None and failure.name == name

    def _write(self, line: dict[str, Any]) -> None:
        try:
            self._report.write(json.dumps(line) + "\n")
            self._report.flush()
        except BrokenPipeError:  # nobody listens: the run was ended
            os._exit(1)


def last_input(current: Path) -> tuple[int, bytes]:
    """Number and bytes of the input that a worker read last."""
    content = current.read_bytes()
    if len(content) < _HEAD.size:
        return 0, b""
    number, length = _HEAD.unpack_from(content)
    return number, content[_HEAD.size : _HEAD.size + length]


def drawn(use: Callable[[Random], None], number: int, *, draws: int, free: bool = True) -> Callable[[], None]:
    """A test of Hypothesis that calls a function with random numbers, anew in each example.

    Args:
        use: the function.
        number: of the run.
        draws: examples.
        free: draw the seed of a generator and no more; else Hypothesis draws every number of it, which is slow and lets
            others choose the numbers.
    """

    @seed(number)
    @settings(
        deadline=None,
        max_examples=draws,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=free))
    def test(rng: Random) -> None:
        use(rng)

    return test


def _follow_coverage(test: Any, number: int) -> None:
    """Call a test of Hypothesis with bytes that libFuzzer makes; ends with the process."""
    import atheris

    atheris.Setup(["fuzz", f"-seed={number}", "-rss_limit_mb=0", "-timeout=0"], test.hypothesis.fuzz_one_input)
    atheris.Fuzz()
