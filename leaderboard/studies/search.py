"""Searches: start or resume a study, run its trials in one process or several, and score the finalists."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.threads import default_threads
from leaderboard.backends.registry import Backends
from leaderboard.errors import RequestError
from leaderboard.evaluation.events import BatchFinished
from leaderboard.evaluation.runner import model_record
from leaderboard.evaluation.session import Session
from leaderboard.store.killed_runs import STUDY
from leaderboard.store.records import StudyMode, StudyRecord, TrialRecord
from leaderboard.store.repository import Store
from leaderboard.store.studies import create_study, study, trials
from leaderboard.studies.budget import Budget
from leaderboard.studies.definition import Definition, stored_definition
from leaderboard.studies.evaluator import SubjectEvaluator
from leaderboard.studies.events import SamplerChosen, SearchListener, StudyBegun, TrialFinished, ignore
from leaderboard.studies.finalists import score_finalists
from leaderboard.studies.lost_trials import is_waiting, recover_lost_trials
from leaderboard.studies.samplers import open_study
from leaderboard.studies.stored_study import StoredStudy, baseline_of, stored_study
from leaderboard.studies.trial_objective import TrialObjective, check_baseline
from leaderboard.studies.worker import Job, try_one, try_points
from leaderboard.studies.workers import run_workers
from leaderboard.tasks import Catalogue, default_catalogue


@dataclass(frozen=True)
class Effort:
    """Budget and machine of a search; none of it changes the meaning of a trial's results.

    Attributes:
        trials: Total number of proposed trials, trial 0 included.
        timeout_s: Seconds from the start, trial 0 included, after which no further trial starts.
        patience: trials without a gain after which it ends; 0 never.
        jobs: Number of worker processes.
        device: as `--device` names it.
        threads: CPU threads of all processes together; None for the physical cores.
        offline: do without the network.
    """

    trials: int = 50
    timeout_s: float | None = None
    patience: int = 0
    jobs: int = 1
    device: str = "auto"
    threads: int | None = None
    offline: bool = False

    def __post_init__(self) -> None:
        if self.trials < 1 or self.jobs < 1 or self.patience < 0:
            raise RequestError(
                f"a search has at least 1 trial and 1 job, and a patience of 0 or more; not {self.trials}, {self.jobs} "
                f"and {self.patience}"
            )


def run_search(
    store: Store,
    definition: Definition,
    name: str,
    effort: Effort,
    *,
    listener: SearchListener = ignore,
    catalogue: Catalogue | None = None,
) -> StoredStudy:
    """Run a search until its budget is spent; a study that exists is resumed.

    Args:
        store: that keeps the study.
        definition: Definition of the study; of a resumed one, the definition it was started with.
        name: Study name.
        effort: Budget and machine.
        listener: called with every event.
        catalogue: of tasks, for a search in this process; None for those that come with the program.

    Returns:
        The finished study.

    Raises:
        RequestError: for a model, suite, term or condition that is wrong, or a study of that name with another
            definition.
        NotMeasurableError: If trial 0 has no value for the objective.
    """
    deadline = time.monotonic() + effort.timeout_s if effort.timeout_s else float("inf")
    catalogue = catalogue or default_catalogue()
    # Trial 0 is timed with as many threads as the trials that are compared with it.
    threads = max(1, (effort.threads or default_threads()) // effort.jobs)
    options = ComputeOptions(effort.device, definition.dtype, threads, effort.offline)
    backends = Backends(options, lambda work, done, total: listener(BatchFinished(work, done, total)))
    evaluator = SubjectEvaluator(Session(definition.measurable(catalogue), backends), store, definition)
    evaluator.check_settings()
    evaluator.check_data()
    goal = definition.goal(evaluator.suite)
    evaluator.check_subject(goal)
    begun = StudyRecord(
        name=name,
        mode=definition.mode,
        model=model_record(evaluator.model),
        definition=definition.model_dump(mode="json"),
        created_at=datetime.now(UTC),
    )
    create_study(store, begun)
    before = trials(store, name)
    listener(StudyBegun(name, definition, tuple(before)))
    recover_lost_trials(store, name, open_study(store, name, len(goal.objectives)))
    with evaluator.run({STUDY: name}) as run_id:
        searching = _Search(store, definition, name, effort, deadline, listener, evaluator, run_id)
        searching.try_points(searching.baseline(), threads)
        score_finalists(store, stored_study(store, catalogue, name), evaluator, run_id, listener)
    return stored_study(store, catalogue, name)


def resumed(store: Store, name: str) -> Definition:
    """Return the definition of a study that is to be resumed.

    Raises:
        RequestError: when there is none of that name.
    """
    return stored_definition(study(store, name))


@dataclass(frozen=True)
class _Search:
    """One call of `run_search`."""

    store: Store
    definition: Definition
    name: str
    effort: Effort
    deadline: float
    listener: SearchListener
    evaluator: SubjectEvaluator
    run_id: int

    def baseline(self) -> TrialRecord:
        """Return trial 0, running it first where it is not complete."""
        trial = self._complete()
        if trial is None:
            objective = self._objective(None)
            study = open_study(self.store, self.name, objective.objectives)
            if not is_waiting(study):  # a search that was killed at its first trial has it waiting
                study.enqueue_trial(self.definition.point_space.off)
            try_one(study, objective)
            trial = self._complete() or trials(self.store, self.name)[-1]
            self.listener(TrialFinished(trial))
        check_baseline(trial)
        return trial

    def try_points(self, baseline: TrialRecord, threads: int) -> None:
        """Run all trials, in this process or in several."""
        objective = self._objective(baseline.subject)
        job = Job(
            url=self.store.url,
            name=self.name,
            definition=self.definition,
            budget=self._budget(),
            device=self.effort.device,
            threads=threads,
            offline=self.effort.offline,
        )
        ended = self._report_trials_and_sampler(objective)
        if self.effort.jobs == 1 or baseline.subject is None:
            try_points(self.store, job, objective, ended)
            return
        watched = open_study(self.store, self.name, objective.objectives)

        def recover() -> None:
            recover_lost_trials(self.store, self.name, watched)

        run_workers(job, self.effort.jobs, baseline.subject, on_trial=ended, on_death=recover)

    def _report_trials_and_sampler(self, objective: TrialObjective) -> Callable[[TrialRecord], None]:
        """Return a callback that reports each ended trial, and the sampler as soon as it is chosen."""
        reported = False

        def report_sampler() -> None:
            nonlocal reported
            sampler_name = (
                None if reported else objective.chosen_sampler(trials(self.store, self.name), self.effort.trials)
            )
            if sampler_name is not None:
                reported = True
                self.listener(SamplerChosen(sampler_name))

        def on_trial(trial: TrialRecord) -> None:
            self.listener(TrialFinished(trial))
            report_sampler()

        report_sampler()
        return on_trial

    def _objective(self, baseline: str | None) -> TrialObjective:
        return TrialObjective(self.store, self.name, self.definition, self.evaluator, self.run_id, baseline=baseline)

    def _budget(self) -> Budget:
        pareto = self.definition.mode is StudyMode.PARETO
        reference = self.definition.goal(self.evaluator.suite).reference if pareto else ()
        return Budget(self.effort.trials, self.deadline, self.effort.patience, reference)

    def _complete(self) -> TrialRecord | None:
        return baseline_of(trials(self.store, self.name), self.definition)
