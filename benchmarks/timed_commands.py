"""Commands as a user types them, timed, in a folder where an interrupted measurement continues.

The record of a command is a JSON file in the folder; a command that has one is not run again. One that is over its
time is interrupted as by Ctrl-C: its finished evaluations are in the store, its seconds in the record, and the next
start of the same script continues from there.
"""

import hashlib
import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

STORE = "results.db"


@dataclass(frozen=True)
class TimedCommand:
    """A command of `leaderboard` and what it took.

    Attributes:
        arguments: arguments after `leaderboard`.
        wall_s: seconds that a user waits, summed over interruptions.
        cpu_s: seconds of processor time of the process and its children.
        parts: number of runs that it took, more than 1 where it was interrupted.
        is_finished: whether the last of them came to its end.
        output: standard output of the last.
        messages: standard error of the first.
    """

    arguments: tuple[str, ...]
    wall_s: float = 0.0
    cpu_s: float = 0.0
    parts: int = 0
    is_finished: bool = False
    output: str = ""
    messages: str = ""

    @property
    def line(self) -> str:
        """The command as typed in a shell."""
        return "leaderboard " + shlex.join(self.arguments)


@dataclass(frozen=True)
class Workplace:
    """A folder with a store and the records of commands.

    Attributes:
        folder: where commands run.
        cache: folder of the cache, for commands in place of the usual one; None for the usual one.
        deadline: time of `time.monotonic()` at which a command is interrupted; None for no limit.
    """

    folder: Path
    cache: Path | None = None
    deadline: float | None = None

    def run(self, *arguments: str) -> TimedCommand:
        """Run a command to its end, or return its record.

        Raises:
            SystemExit: with what to do, if the time is over or the command failed.
        """
        file = self.folder / f"{hashlib.sha256(repr(arguments).encode()).hexdigest()[:16]}.json"
        record = TimedCommand(arguments)
        if file.exists():
            fields = json.loads(file.read_text())
            record = TimedCommand(**{**fields, "arguments": tuple(fields["arguments"])})
        if not record.is_finished:
            print(f"$ {record.line}", file=sys.stderr, flush=True)
            record = self._continued(record)
            file.write_text(json.dumps(asdict(record), ensure_ascii=False))
        if not record.is_finished:
            raise SystemExit("the time of this part is over; start the script again with the same --folder")
        return record

    def _continued(self, record: TimedCommand) -> TimedCommand:
        environment = os.environ | {"LEADERBOARD_STORE": STORE, "COLUMNS": "100"}
        if self.cache is not None:
            environment["LEADERBOARD_CACHE"] = str(self.cache)
        begin, cpu_before = time.monotonic(), _cpu_of_children()
        with subprocess.Popen(
            [sys.executable, "-m", "leaderboard", *record.arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            output, messages, is_over = _communicate(process, self.deadline)
        if process.returncode and not is_over:
            raise SystemExit(f"{record.line}: exit status {process.returncode}\n{messages}")
        return replace(
            record,
            wall_s=record.wall_s + time.monotonic() - begin,
            cpu_s=record.cpu_s + _cpu_of_children() - cpu_before,
            parts=record.parts + 1,
            is_finished=not process.returncode,
            output=output,
            messages=record.messages or messages,
        )


def deadline_after(seconds: float | None) -> float | None:
    """Return the time of `time.monotonic()` in some seconds; None for no limit."""
    return None if seconds is None else time.monotonic() + seconds


def end_softly() -> None:
    """Let the signal that ends a process interrupt it as Ctrl-C does, so that its record is written."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _communicate(process: subprocess.Popen[str], deadline: float | None) -> tuple[str, str, bool]:
    """Return standard output, standard error, and whether the process was interrupted."""
    try:
        return *process.communicate(timeout=None if deadline is None else deadline - time.monotonic()), False
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.send_signal(signal.SIGINT)
        return *process.communicate(), True


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds_table(commands: Sequence[TimedCommand]) -> str:
    """Return a Markdown table of commands with their seconds."""
    lines = ["| command | wall | CPU |", "| --- | --- | --- |"]
    lines += [f"| `{each.line}` | {each.wall_s:.0f} s | {each.cpu_s:.0f} s |" for each in commands]
    return "\n".join(lines)
