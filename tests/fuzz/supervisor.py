"""Supervisor: starts a worker for a target, starts it again when an input ends it, and keeps what it found."""

import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from leaderboard.errors import LeaderboardError
from tests.fuzz.target import Target
from tests.fuzz.worker import Worker, last_input

CORPUS = Path(__file__).parent / "corpus"
_MISTAKE = 70
"""Exit status of a worker that stumbles over itself instead of its input."""
SILENCE_S = 60.0
"""After which a worker that goes on to no other input is killed: C code does not listen to signals."""


@dataclass
class Summary:
    """What a run of one target came to.

    Attributes:
        target: its name.
        seconds: how long it took.
        cpu_seconds: how much of that its workers computed.
        failures: names of failures and how many inputs failed so; a crash or a hang in C code is one each.
        finished: whether it went on to its end.
    """

    target: str
    tried: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    failures: dict[str, int] = field(default_factory=dict)
    finished: bool = False

    @property
    def escaped(self) -> int:
        """Inputs that did not end in a result or in one message."""
        return sum(self.failures.values())

    def add(self, counts: dict[str, Any]) -> None:
        """Add what a worker counted."""
        self.tried += counts["tried"]
        self.accepted += counts["outcomes"]["accepted"]
        self.refused += counts["outcomes"]["refused"]
        for name, times in counts["failures"].items():
            self.failures[name] = self.failures.get(name, 0) + times


def corpus_of(target: Target) -> list[bytes]:
    """Inputs that failed once, kept with the code."""
    return [path.read_bytes() for path in sorted((CORPUS / target.name.replace(" ", "_")).glob("*"))]


def fuzz(target: Target, *, number: int, inputs: int, seconds: float, keep: Path, guided: bool = False) -> Summary:
    """Try inputs of one target in processes of their own.

    Args:
        target: what is fuzzed.
        number: of the run; the same number tries the same inputs.
        inputs: at most so many.
        seconds: at most so long, without the first imports.
        keep: folder for inputs that failed.
        guided: see `Worker.run`.
    """
    summary = Summary(target.name)
    _warm(target)
    corpus = corpus_of(target)
    begin, computed = time.monotonic(), _computed()
    while summary.tried < inputs and (left := seconds - (time.monotonic() - begin)) > 0:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-")).resolve()
        try:
            request = {"inputs": inputs - summary.tried, "seconds": left, "corpus": corpus, "guided": guided}
            ended = _run_worker(target, folder, {"number": number, **request}, keep)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        summary.add(ended.counts)
        if ended.crash:
            summary.failures[ended.crash] = summary.failures.get(ended.crash, 0) + 1
        corpus = [each for each in corpus if each != ended.data]  # one that ends the worker is not tried twice
        number += 1_000_000
        if ended.finished:
            summary.finished = True
            break
    summary.seconds, summary.cpu_seconds = time.monotonic() - begin, _computed() - computed
    return summary


def _computed() -> float:
    """Processor time of all workers until now."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _warm(target: Target) -> None:
    """Read a few seeds, so that what readers import when they are first called is not counted as an input's time."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        os.chdir(folder)
        try:
            for data in target.seeds()[:8]:
                with suppress(LeaderboardError):
                    target.read(data, Path(folder).resolve())
        finally:
            os.chdir(here)


@dataclass
class _Ended:
    """How a worker ended.

    Attributes:
        counts: what it reported last.
        crash: name of the failure that ended it; empty where it ended by itself.
        data: the input that it read last.
    """

    counts: dict[str, Any]
    finished: bool = False
    crash: str = ""
    data: bytes = b""


def _run_worker(target: Target, folder: Path, request: dict[str, Any], keep: Path) -> _Ended:
    current = folder.with_suffix(".input")
    reading, writing = os.pipe()
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _be_worker(target, folder, current, writing, request)
    os.close(writing)
    ended = _Ended({"tried": 0, "outcomes": {"accepted": 0, "refused": 0}, "failures": {}})
    noise = []
    for line in _lines(reading, process, current):
        try:
            message = json.loads(line)
        except ValueError:  # faulthandler's
            noise.append(line)
            continue
        if "failure" in message:
            _keep(keep, target, message["failure"]["name"], bytes.fromhex(message["input"]), message["failure"])
            continue
        ended.counts, ended.finished = message, "done" in message
    os.close(reading)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    number, ended.data = last_input(current)
    if not ended.finished:
        kind = signal.Signals(-status).name if status < 0 else f"exit{status}"
        if not number or status == _MISTAKE:
            raise RuntimeError(f"the worker for {target.name} ended ({kind}) on its own:\n{chr(10).join(noise)}")
        ended.crash = f"crash-{kind}-{sha256(ended.data).hexdigest()[:8]}"
        ended.counts["tried"] = max(number, ended.counts["tried"])
        _keep(keep, target, ended.crash, ended.data, {"place": kind, "details": "\n".join(noise)})
    with suppress(FileNotFoundError):
        current.unlink()
    return ended


def _be_worker(target: Target, folder: Path, current: Path, writing: int, request: dict[str, Any]) -> None:
    """In the forked process; never returns."""
    status = _MISTAKE
    try:
        os.environ.update(TMPDIR=str(folder), LEADERBOARD_CACHE=str(folder / "cache"), HF_HUB_OFFLINE="1")
        with os.fdopen(os.open(os.devnull, os.O_WRONLY), "w") as nothing:
            sys.dont_write_bytecode, tempfile.tempdir = True, str(folder)
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
            with os.fdopen(writing, "w") as report:
                try:
                    Worker(target, folder, current, report).run(**request)
                except Exception:
                    traceback.print_exc(file=report)  # the fuzzer's own mistake
                    raise
        status = 0
    except KeyboardInterrupt:
        status = 130
    finally:
        os._exit(status)


def _lines(reading: int, process: int, current: Path) -> Iterator[str]:
    """Lines of a worker's report; kills it where it goes on to no other input."""
    rest, at, since = b"", -1, time.monotonic()
    while True:
        if select.select([reading], [], [], 1.0)[0]:
            block = os.read(reading, 1 << 16)
            if not block:
                break
            *lines, rest = (rest + block).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in lines)
        number = last_input(current)[0] if current.exists() else 0
        if number != at:
            at, since = number, time.monotonic()
        elif time.monotonic() - since > SILENCE_S:
            os.kill(process, signal.SIGKILL)
    if rest:
        yield rest.decode("utf-8", "replace")


def _keep(folder: Path, target: Target, name: str, data: bytes, about: dict[str, str]) -> None:
    place = folder / target.name.replace(" ", "_")
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(data)
    (folder / f"{target.name.replace(' ', '_')}.{name}.txt").write_text(
        f"{about['place']}\n{data[:500]!r}\n\n{about['details']}\n", encoding="utf-8"
    )
