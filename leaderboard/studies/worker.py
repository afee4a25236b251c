"""A worker process of a search, which runs trials until the budget is spent."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.registry import Backends
from leaderboard.evaluation.session import Session
from leaderboard.store.database import open_store
from leaderboard.store.records import TrialRecord
from leaderboard.store.repository import Store
from leaderboard.store.studies import trials
from leaderboard.studies.budget import Budget
from leaderboard.studies.definition import Definition
from leaderboard.studies.evaluator import SubjectEvaluator
from leaderboard.studies.lost_trials import is_waiting
from leaderboard.studies.names import SamplerName
from leaderboard.studies.samplers import open_study, sampler
from leaderboard.studies.trial_objective import TrialObjective
from leaderboard.tasks import default_catalogue

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Job:
    """Arguments of a worker process; nothing in it is open or loaded.

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


def run_worker(job: Job, *, baseline: str, on_trial: Callable[[TrialRecord], None]) -> None:
    """Run a worker process: open the store, load the model, run trials.

    Args:
        job: Arguments of the worker.
        baseline: identity of the subject of trial 0.
        on_trial: Called with each trial that ended.
    """
    store = open_store(job.url)
    options = ComputeOptions(job.device, job.definition.dtype, job.threads, job.offline)
    session = Session(job.definition.measurable(default_catalogue()), Backends(options))
    evaluator = SubjectEvaluator(session, store, job.definition)
    with evaluator.run({"study": job.name, "worker": job.number}) as run_id:
        objective = TrialObjective(store, job.name, job.definition, evaluator, run_id, baseline=baseline)
        try_points(store, job, objective, on_trial)


def try_points(store: Store, job: Job, objective: TrialObjective, on_trial: Callable[[TrialRecord], None]) -> None:
    """Run trials until the budget is spent. A failure is stored with its trial, and the next one is run.

    Args:
        store: that keeps the study.
        job: Arguments of the worker.
        objective: Objective function of the trials.
        on_trial: Called with each trial that ended.
    """
    from leaderboard.studies.first_points import FirstPoints  # noqa: PLC0415 - slow to import

    ended = trials(store, job.name)
    # Other points for every worker, and for a search that goes on.
    seeds = np.random.SeedSequence([job.definition.seed, job.number, len(ended)])
    seed = int(seeds.generate_state(1)[0])
    sampler_name: SamplerName | None = None
    study = open_study(store, job.name, objective.objectives, FirstPoints(job.definition.point_space, seed))
    while is_waiting(study) or not job.budget.spent(ended, time.monotonic()):
        if time.monotonic() >= job.budget.deadline:
            return
        if sampler_name is None:
            sampler_name = objective.chosen_sampler(ended, job.budget.trials)
            if sampler_name is not None:
                study.sampler = sampler(sampler_name, seed)
        try_one(study, objective)
        ended = trials(store, job.name)
        if objective.latest is not None:
            on_trial(objective.latest)


def try_one(study: "optuna.Study", objective: TrialObjective) -> None:
    """Run one trial by Optuna's loop, which sends heartbeats and takes over trials of dead processes."""
    study.optimize(objective, n_trials=1, catch=(Exception,))
