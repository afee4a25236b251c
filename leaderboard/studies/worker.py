"""Worker: one process that tries points until the search is done."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.store.database import open_store
from leaderboard.store.records import TrialRecord
from leaderboard.store.repository import Store
from leaderboard.store.studies import trials
from leaderboard.studies.attempt import Attempt
from leaderboard.studies.bench import Bench
from leaderboard.studies.budget import Budget
from leaderboard.studies.definition import Definition
from leaderboard.studies.names import SamplerName
from leaderboard.studies.rescue import is_waiting
from leaderboard.studies.samplers import open_study, sampler
from leaderboard.tasks import default_catalogue

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Job:
    """What a worker is told; nothing in it is open or loaded.

    Attributes:
        url: of the store.
        name: of the study.
        definition: of the study.
        budget: when to stop.
        device: as `--device` names it.
        threads: of this process.
        offline: do without the network.
        number: of the worker; each samples with a seed of its own.
    """

    url: str
    name: str
    definition: Definition
    budget: Budget
    device: str
    threads: int
    offline: bool
    number: int = 0


def work(job: Job, *, baseline: str, told: Callable[[TrialRecord], None]) -> None:
    """Everything that a process of its own does: open the store, load the model, try points.

    Args:
        job: what to do.
        baseline: identity of the subject of trial 0.
        told: each trial that ended.
    """
    from leaderboard.engine.devices import choose_devices  # noqa: PLC0415 - slow to import

    store = open_store(job.url)
    bench = Bench(
        store,
        default_catalogue(),
        job.definition,
        choose_devices(job.device),
        threads=job.threads,
        offline=job.offline,
    )
    with bench.run({"study": job.name, "worker": job.number}) as run_id:
        attempt = Attempt(store, job.name, job.definition, bench, run_id, baseline=baseline)
        try_points(store, job, attempt, told)


def try_points(store: Store, job: Job, attempt: Attempt, told: Callable[[TrialRecord], None]) -> None:
    """Try points until the budget is spent. What a trial fails of is kept with it, and the next one is tried.

    Args:
        store: that keeps the study.
        job: says when to stop.
        attempt: tries one.
        told: each trial that ended.
    """
    from leaderboard.studies.first_points import FirstPoints  # noqa: PLC0415 - slow to import

    so_far = trials(store, job.name)
    # Other points for every worker, and for a search that goes on.
    mixed = np.random.SeedSequence([job.definition.seed, job.number, len(so_far)])
    seed = int(mixed.generate_state(1)[0])
    proposing: SamplerName | None = None
    study = open_study(store, job.name, attempt.objectives, FirstPoints(job.definition.point_space, seed))
    while is_waiting(study) or not job.budget.spent(so_far, time.monotonic()):
        if time.monotonic() >= job.budget.deadline:
            return
        if proposing is None:
            proposing = attempt.chosen_sampler(so_far, job.budget.trials)
            if proposing is not None:
                study.sampler = sampler(proposing, seed)
        try_one(study, attempt)
        so_far = trials(store, job.name)
        if attempt.latest is not None:
            told(attempt.latest)


def try_one(study: "optuna.Study", attempt: Attempt) -> None:
    """One trial, by the loop of Optuna, which sends heartbeats meanwhile and takes over trials of dead processes."""
    study.optimize(attempt, n_trials=1, catch=(Exception,))
