"""Worker processes of a search; one that dies loses only its own trial."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from leaderboard.errors import LeaderboardError
from leaderboard.interruption import children_born_deaf, end_with_parent, hear
from leaderboard.isolation import SafeSpawning
from leaderboard.store.records import TrialRecord
from leaderboard.studies.worker import Job, run_worker

MOST_DEATHS = 5
"""Number of processes that may die before the search gives up."""
_PATIENCE_S = 2.5
"""Seconds that processes have to record an interruption."""


def run_workers(
    job: Job, jobs: int, baseline: str, *, on_trial: Callable[[TrialRecord], None], on_death: Callable[[], None]
) -> None:
    """Run trials in several processes until the budget is spent.

    Args:
        job: Arguments of each worker, but for its number.
        jobs: Number of processes.
        baseline: identity of the subject of trial 0.
        on_trial: Called with each trial that ended.
        on_death: Called when a process was killed, before another one replaces it.

    Raises:
        LeaderboardError: when a process cannot begin, or too many of them died.
    """
    team = _Team(job, baseline)
    try:
        for _ in range(jobs):
            team.start()
        deaths = 0
        for message in team.messages():
            if isinstance(message, LeaderboardError):
                raise message
            if message is not None:
                on_trial(message)
                continue
            deaths += 1
            on_death()
            if deaths > MOST_DEATHS:
                raise LeaderboardError(f"{deaths} processes of the search were killed; what they tried is stored")
            team.start()
    finally:
        team.stop()


class _Team:
    """Worker processes, each with a pipe for its messages."""

    def __init__(self, job: Job, baseline: str) -> None:
        self._job = job
        self._baseline = baseline
        self._started = 0
        self._processes: dict[Connection[Any, Any], Any] = {}

    def start(self) -> None:
        """Start one more process; each samples with a seed of its own."""
        context = get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        job = replace(self._job, number=self._started)
        process = context.Process(target=_run_in_process, args=(job, self._baseline, sender))
        with children_born_deaf(), SafeSpawning():
            process.start()
        sender.close()
        self._started += 1
        self._processes[receiver] = process

    def messages(self) -> Iterator[TrialRecord | LeaderboardError | None]:
        """Yield messages until all processes end: an ended trial, an error, or None for a process that died."""
        while self._processes:
            for receiver in wait(list(self._processes)):
                if not isinstance(receiver, Connection):
                    continue
                try:
                    yield receiver.recv()
                except EOFError:
                    process = self._processes.pop(receiver)
                    process.join()
                    if process.exitcode != 0:
                        yield None

    def stop(self) -> None:
        """Interrupt the processes that still run; each records its trial as interrupted.

        One that does not react, in the middle of a long computation, is killed: its trial is recorded as lost when the
        search is resumed.
        """
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)
        deadline = time.monotonic() + _PATIENCE_S
        for process in self._processes.values():
            process.join(max(0.0, deadline - time.monotonic()))
        for process in self._processes.values():
            process.kill()
            process.join()


def _run_in_process(job: Job, baseline: str, sender: "Connection[Any, Any]") -> None:
    os.environ["OMP_NUM_THREADS"] = str(job.threads)
    end_with_parent(getattr(parent_process(), "pid", None))
    with suppress(KeyboardInterrupt, BrokenPipeError):  # stopped, or nobody listens any more
        hear()  # an interruption that came while this process was starting is raised here
        try:
            run_worker(job, baseline=baseline, on_trial=sender.send)
        except LeaderboardError as error:
            sender.send(error)
