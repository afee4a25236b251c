"""Search: begins a study or goes on with one, tries points in one process or several, and scores the end of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from leaderboard.engine.engine import Progress, silent
from leaderboard.errors import RequestError
from leaderboard.evaluation.runner import model_record
from leaderboard.store.records import StudyMode, StudyRecord, TrialRecord
from leaderboard.store.repository import Store
from leaderboard.store.studies import create_study, study, trials
from leaderboard.studies.attempt import Attempt, check_baseline
from leaderboard.studies.bench import Bench
from leaderboard.studies.budget import Budget
from leaderboard.studies.definition import Definition
from leaderboard.studies.finalists import score_finalists
from leaderboard.studies.names import SamplerName
from leaderboard.studies.rescue import is_waiting, rescue
from leaderboard.studies.samplers import open_study
from leaderboard.studies.stored import StoredStudy, baseline_of, stored_study
from leaderboard.studies.worker import Job, try_one, try_points
from leaderboard.studies.workers import work_together
from leaderboard.tasks import Catalogue, default_catalogue


@dataclass(frozen=True)
class Effort:
    """How much is done, and where; none of it changes what a trial's numbers mean.

    Attributes:
        trials: that are proposed in all, trial 0 among them.
        timeout_s: from the beginning, trial 0 included, after which no further trial is begun.
        patience: trials without a gain after which it ends; 0 never.
        jobs: processes.
        device: as `--device` names it.
        threads: of all processes together; None for the physical cores.
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


@dataclass(frozen=True)
class Listener:
    """Who wants to know how far it is.

    Attributes:
        begun: told the study, whether it went on, and how many trials there are already.
        sampling: told who proposes points, once that is decided.
        ended: told each trial that ended, whichever process tried it.
        scoring: told each finalist before it is scored on what was held out.
        progress: told about every batch of this process.
    """

    begun: Callable[[str, bool, int], None] = field(default=lambda *_: None)
    sampling: Callable[[SamplerName], None] = field(default=lambda _: None)
    ended: Callable[[TrialRecord], None] = field(default=lambda _: None)
    scoring: Callable[[TrialRecord], None] = field(default=lambda _: None)
    progress: Progress = silent


NOBODY = Listener()


def run_search(
    store: Store,
    definition: Definition,
    name: str,
    effort: Effort,
    *,
    listener: Listener = NOBODY,
    catalogue: Catalogue | None = None,
) -> StoredStudy:
    """Search until the effort is spent; what was tried before is not tried again.

    Args:
        store: that keeps the study.
        definition: what is asked for; of a study that goes on, what it was begun with.
        name: of the study; one of that name goes on.
        effort: how much.
        listener: told how far it is.
        catalogue: of tasks, for a search in this process; None for those that come with the program.

    Returns:
        The study at its end.

    Raises:
        RequestError: for a model, suite, term or condition that is wrong, or a study of that name with another
            definition.
        NotMeasurableError: when trial 0 has no value for what is looked for.
    """
    from leaderboard.engine.devices import choose_devices  # noqa: PLC0415 - slow to import
    from leaderboard.evaluation.environment import default_threads  # noqa: PLC0415

    deadline = time.monotonic() + effort.timeout_s if effort.timeout_s else float("inf")
    catalogue = catalogue or default_catalogue()
    # Trial 0 is timed with as many threads as the trials that are compared with it.
    threads = max(1, (effort.threads or default_threads()) // effort.jobs)
    bench = Bench(
        store,
        catalogue,
        definition,
        choose_devices(effort.device),
        threads=threads,
        offline=effort.offline,
        progress=listener.progress,
    )
    goal = definition.goal(bench.suite)
    begun = StudyRecord(
        name=name,
        mode=definition.mode,
        model=model_record(bench.model),
        definition=definition.model_dump(mode="json"),
        created_at=datetime.now(UTC),
    )
    create_study(store, begun)
    before = trials(store, name)
    listener.begun(name, bool(before), len(before))
    rescue(store, name, open_study(store, name, len(goal.objectives)))
    with bench.run({"study": name}) as run_id:
        searching = _Search(store, definition, name, effort, deadline, listener, bench, run_id)
        searching.try_points(searching.baseline(), threads)
        score_finalists(store, stored_study(store, catalogue, name), bench, run_id, listener.scoring)
    return stored_study(store, catalogue, name)


def resumed(store: Store, name: str) -> Definition:
    """The definition of a study that is to go on.

    Raises:
        RequestError: when there is none of that name.
    """
    return Definition.model_validate(dict(study(store, name).definition))


@dataclass(frozen=True)
class _Search:
    """One call of `run_search`."""

    store: Store
    definition: Definition
    name: str
    effort: Effort
    deadline: float
    listener: Listener
    bench: Bench
    run_id: int

    def baseline(self) -> TrialRecord:
        """Trial 0, measured now where it is not known yet."""
        known = self._complete()
        if known is None:
            attempt = self._attempt(None)
            first = open_study(self.store, self.name, attempt.objectives)
            if not is_waiting(first):  # of a search that was killed at its first trial, it is
                first.enqueue_trial(self.definition.point_space.off)
            try_one(first, attempt)
            known = self._complete() or trials(self.store, self.name)[-1]
            self.listener.ended(known)
        check_baseline(known)
        return known

    def try_points(self, baseline: TrialRecord, threads: int) -> None:
        """All points, in this process or in several."""
        attempt = self._attempt(baseline.subject)
        job = Job(
            url=self.store.url,
            name=self.name,
            definition=self.definition,
            budget=self._budget(),
            device=self.effort.device,
            threads=threads,
            offline=self.effort.offline,
        )
        ended = self._telling_the_sampler(attempt)
        if self.effort.jobs == 1 or baseline.subject is None:
            try_points(self.store, job, attempt, ended)
            return
        watched = open_study(self.store, self.name, attempt.objectives)

        def died() -> None:
            rescue(self.store, self.name, watched)

        work_together(job, self.effort.jobs, baseline.subject, ended=ended, died=died)

    def _telling_the_sampler(self, attempt: Attempt) -> Callable[[TrialRecord], None]:
        """Hears of each trial that ended, and tells who proposes points as soon as that is decided."""
        told = False

        def tell() -> None:
            nonlocal told
            proposing = None if told else attempt.chosen_sampler(trials(self.store, self.name), self.effort.trials)
            if proposing is not None:
                told = True
                self.listener.sampling(proposing)

        def ended(trial: TrialRecord) -> None:
            self.listener.ended(trial)
            tell()

        tell()
        return ended

    def _attempt(self, baseline: str | None) -> Attempt:
        return Attempt(self.store, self.name, self.definition, self.bench, self.run_id, baseline=baseline)

    def _budget(self) -> Budget:
        pareto = self.definition.mode is StudyMode.PARETO
        reference = self.definition.goal(self.bench.suite).reference if pareto else ()
        return Budget(self.effort.trials, self.deadline, self.effort.patience, reference)

    def _complete(self) -> TrialRecord | None:
        return baseline_of(trials(self.store, self.name), self.definition)
