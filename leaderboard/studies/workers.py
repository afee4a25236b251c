"""Workers: several processes try points of one study, and one that dies takes its trial with it and no more."""

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
from leaderboard.store.records import TrialRecord
from leaderboard.studies.worker import Job, work

MOST_DEATHS = 5
"""Processes that may die before the search gives up: something is wrong that trying again does not mend."""
_PATIENCE_S = 2.5
"""How long processes may take to note that they were interrupted."""


def work_together(
    job: Job, jobs: int, baseline: str, *, ended: Callable[[TrialRecord], None], died: Callable[[], None]
) -> None:
    """Try points in several processes until the budget is spent.

    Args:
        job: what each does, its number aside.
        jobs: how many processes.
        baseline: identity of the subject of trial 0.
        ended: told each trial that ended.
        died: told when a process was killed, before another one takes its place.

    Raises:
        LeaderboardError: when a process cannot begin, or too many of them died.
    """
    team = _Team(job, baseline)
    try:
        for _ in range(jobs):
            team.hire()
        deaths = 0
        for told in team.heard():
            if isinstance(told, LeaderboardError):
                raise told
            if told is not None:
                ended(told)
                continue
            deaths += 1
            died()
            if deaths > MOST_DEATHS:
                raise LeaderboardError(f"{deaths} processes of the search were killed; what they tried is stored")
            team.hire()
    finally:
        team.dismiss()


class _Team:
    """The processes of a search, each with an ear for what it tells."""

    def __init__(self, job: Job, baseline: str) -> None:
        self._job = job
        self._baseline = baseline
        self._hired = 0
        self._processes: dict[Connection[Any, Any], Any] = {}

    def hire(self) -> None:
        """Start one more process; each samples with a seed of its own."""
        context = get_context("spawn")
        ear, mouth = context.Pipe(duplex=False)
        job = replace(self._job, number=self._hired)
        process = context.Process(target=_work, args=(job, self._baseline, mouth))
        with children_born_deaf():
            process.start()
        mouth.close()
        self._hired += 1
        self._processes[ear] = process

    def heard(self) -> Iterator[TrialRecord | LeaderboardError | None]:
        """What the processes tell until all are done: a trial that ended, why one cannot work; None for a death."""
        while self._processes:
            for ear in wait(list(self._processes)):
                if not isinstance(ear, Connection):
                    continue
                try:
                    yield ear.recv()
                except EOFError:
                    process = self._processes.pop(ear)
                    process.join()
                    if process.exitcode != 0:
                        yield None

    def dismiss(self) -> None:
        """End those that are still at work; interrupted, each notes its trial as such.

        One that does not listen, in the middle of a long computation, is killed: its trial is noted as lost when the
        search goes on.
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


def _work(job: Job, baseline: str, mouth: "Connection[Any, Any]") -> None:
    os.environ["OMP_NUM_THREADS"] = str(job.threads)
    end_with_parent(getattr(parent_process(), "pid", None))
    with suppress(KeyboardInterrupt, BrokenPipeError):  # stopped, or nobody listens any more
        hear()  # an interruption that came while this process was starting is raised here
        try:
            work(job, baseline=baseline, told=mouth.send)
        except LeaderboardError as error:
            mouth.send(error)
