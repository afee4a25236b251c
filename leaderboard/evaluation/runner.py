"""Runner: does what a plan asks for and the store does not have yet, one evaluation at a time."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation
from leaderboard.data.overlap import refuse_leaks
from leaderboard.engine.engine import Engine
from leaderboard.errors import LeaderboardError, NotMeasurableError
from leaderboard.evaluation.data_changes import data_changes
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.task_data import TaskData
from leaderboard.evaluation.workshop import Workshop
from leaderboard.models.loaded import ModelKind
from leaderboard.models.reference import ResolvedModel
from leaderboard.models.shortage import is_out_of_memory
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.failures import NotStorableError
from leaderboard.store.leases import Leases
from leaderboard.store.records import (
    EstimateRecord,
    EvaluationRecord,
    ModelRecord,
    RecipeRecord,
    RunStatus,
    StoredEvaluation,
    SubjectRecord,
    TaskRecord,
)
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue, Task

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one planned evaluation.

    Attributes:
        plan: what was planned.
        status: of the evaluation.
        reason: why it has no numbers; empty where it has.
        served: whether the store had it already.
        duration_s: of measuring it now.
        data_changes: of one that was served, what became of its data since.
    """

    plan: EvaluationPlan
    status: Status
    reason: str
    served: bool
    duration_s: float = 0.0
    data_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What an evaluation gave; `tokens` are put before the texts that the model read, `notes` say what else to know."""

    status: Status
    reason: str
    measurements: Sequence[Measurement]
    observations: Sequence[Observation]
    tokens: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Runner:
    """Carries plans out against one store."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        engine: Engine,
        *,
        offline: bool,
        trackers: tuple[str, ...] = (),
        data: TaskData | None = None,
    ) -> None:
        self._store = store
        self._trackers = trackers
        self._catalogue = catalogue
        self._engine = engine
        self._offline = offline
        self._data = data or TaskData(catalogue, offline=offline)

    def run(
        self,
        plans: Sequence[EvaluationPlan],
        arguments: Mapping[str, object],
        *,
        starting: Callable[[EvaluationPlan], None] = lambda _: None,
    ) -> Iterator[Outcome]:
        """Measure what is missing; each evaluation is committed when it ends, so that a killed run loses only one.

        Several processes on the same plans share the work: what another one measures now is left for the end, when it
        is there or, where that process ended without it, is measured here.

        Args:
            plans: from `plan_evaluations`.
            arguments: of the call, kept with the run.
            starting: told before each evaluation that costs something.
        """
        known = {plan.identity: self._store.evaluation(plan.identity) for plan in plans}
        missing = [plan for plan in plans if not _answers(known[plan.identity])]
        for plan in plans:
            if _answers(known[plan.identity]):
                yield self._served(plan)
        if not missing:
            return
        failed_before = {identity: found.started_at for identity, found in known.items() if found is not None}
        run_id = self._store.start_run(arguments, plans[0].environment)
        status = RunStatus.INTERRUPTED
        try:
            failed = False
            leases = Leases(self._store)
            with leases.beating():
                for plan, workshop in self._leased(missing, leases):
                    outcome = self._found(plan, failed_before.get(plan.identity))
                    if outcome is None:
                        starting(plan)
                        outcome = self.carry_out(plan, workshop, run_id)
                    failed |= outcome.status is Status.FAILED
                    yield outcome
            status = RunStatus.FAILED if failed else RunStatus.FINISHED
        finally:
            self._store.end_run(run_id, status)

    def _leased(self, plans: Sequence[EvaluationPlan], leases: Leases) -> Iterator[tuple[EvaluationPlan, Workshop]]:
        """Each plan with a workshop while this process holds its lease, those that others hold at the end."""
        waiting = []
        for _, group in groupby(plans, key=lambda plan: plan.subject.model.digest):
            workshop = self._workshop()
            for plan in group:
                if leases.take(plan.identity):
                    yield plan, workshop
                    leases.give_back(plan.identity)
                else:
                    waiting.append(plan)
        told = False
        while waiting:
            for plan in tuple(waiting):
                if leases.take(plan.identity):
                    waiting.remove(plan)
                    yield plan, self._workshop()
                    leases.give_back(plan.identity)
            if waiting and not told:
                told, first = True, waiting[0]
                log.warning("%s measures %s; waiting for it", leases.holder(first.identity), first.task.name)
            time.sleep(_LOOK_AGAIN_S if waiting else 0)

    def _workshop(self) -> Workshop:
        return Workshop(self._catalogue, self._engine, offline=self._offline, trackers=self._trackers, data=self._data)

    def _found(self, plan: EvaluationPlan, failed_before: datetime | None) -> Outcome | None:
        """What another process found meanwhile, a failure too; None where there is nothing new."""
        known = self._store.evaluation(plan.identity)
        if known is None or (known.status is Status.FAILED and known.started_at == failed_before):
            return None
        return Outcome(plan, known.status, known.reason, served=True)

    def check_data(self, plans: Sequence[EvaluationPlan]) -> None:
        """Read the data of what is not stored yet; see `TaskData.check`.

        Raises:
            RequestError: for data that is not what its task says.
        """
        self._data.check(plan for plan in plans if not self.is_served(plan))

    def is_served(self, plan: EvaluationPlan) -> bool:
        """Whether the store has an answer already; what failed is tried again."""
        return _answers(self._store.evaluation(plan.identity))

    def _served(self, plan: EvaluationPlan) -> Outcome:
        known = self._store.evaluation(plan.identity)
        if known is None:
            raise LeaderboardError(f"the store lost the evaluation of {plan.subject.name} on {plan.task.name}")
        changes = data_changes(plan, self._catalogue)
        return Outcome(plan, known.status, known.reason, served=True, data_changes=changes)

    def outcome(self, plan: EvaluationPlan, workshop: Workshop, run_id: int) -> Outcome:
        """What the store has of a plan, or what is measured now."""
        return self._served(plan) if self.is_served(plan) else self.carry_out(plan, workshop, run_id)

    def carry_out(self, plan: EvaluationPlan, workshop: Workshop, run_id: int) -> Outcome:
        """Measure, and keep what was seen; what cannot be kept has failed, and nothing else has.

        Raises:
            LeaderboardError: when the store itself takes nothing more.
        """
        started_at, begin = datetime.now(UTC), time.perf_counter()
        measured = _measure(plan, workshop)
        duration = time.perf_counter() - begin
        try:
            self._keep(plan, measured, run_id, started_at, duration)
        except NotStorableError as error:  # its own fault; the next one may be kept
            measured = Measured(Status.FAILED, str(error), [], [])
            self._keep_failure(plan, measured, run_id, started_at, duration)
        return Outcome(plan, measured.status, measured.reason, served=False, duration_s=duration)

    def _keep(
        self, plan: EvaluationPlan, measured: Measured, run_id: int, started_at: datetime, duration_s: float
    ) -> None:
        self._store.record(
            run_id,
            _record(plan, measured, started_at, duration_s),
            estimate_records(plan.task.metrics, measured, plan.protocol.reported),
            ((seen.example_id, seen.data) for seen in measured.observations),
        )

    def _keep_failure(
        self, plan: EvaluationPlan, failed: Measured, run_id: int, started_at: datetime, duration_s: float
    ) -> None:
        try:
            self._keep(plan, failed, run_id, started_at, duration_s)
        except NotStorableError as error:  # not even its task or model can be written down
            log.warning("%s on %s failed, which could not be stored: %s", plan.subject.name, plan.task.name, error)


def _answers(known: StoredEvaluation | None) -> bool:
    """Whether an evaluation need not be measured: it is there, and did not fail."""
    return known is not None and known.status is not Status.FAILED


def _measure(plan: EvaluationPlan, workshop: Workshop) -> Measured:
    """Observe and estimate; whatever goes wrong concerns this evaluation alone and is told in its reason."""
    try:
        subject = workshop.part(plan)
        lacking = plan.protocol.needs - subject.capabilities
        if lacking:
            return Measured(Status.NOT_MEASURED, _unable(plan, subject, lacking), [], [])
        splits = workshop.splits(plan)
        if not plan.protocol.asks_about_training:
            refuse_leaks(subject.trained_on, splits, task=plan.task.name)
        workshop.engine.cuts.clear()
        observations = list(plan.protocol.observe(subject, splits, workshop.engine, seed=plan.seed))
        estimates = plan.protocol.estimate(observations)
        batched = workshop.engine.notes(subject.models)
        notes = (*subject.notes, *batched, *workshop.data_notes(plan), *plan.protocol.notes(observations))
        tokens = subject.model.first_tokens
        return Measured(Status.MEASURED, "", estimates, observations, tokens, tuple(dict.fromkeys(notes)))
    except NotMeasurableError as error:
        return Measured(Status.NOT_MEASURED, str(error), [], [])
    except LeaderboardError as error:
        return Measured(Status.FAILED, str(error), [], [])
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in Rust code, such as a tokenizer's, is no Exception
        log.debug("evaluation of %s on %s failed", plan.subject.name, plan.task.name, exc_info=True)
        if is_out_of_memory(error):
            return Measured(Status.FAILED, f"not enough memory on {workshop.engine.device}: {error}", [], [])
        return Measured(Status.FAILED, f"{type(error).__name__}: {error}", [], [])


def _unable(plan: EvaluationPlan, subject: Subject, lacking: Collection[Capability]) -> str:
    """Why a subject cannot be asked, and what would make it able to."""
    able = f" (it can: {', '.join(sorted(subject.capabilities))})" if subject.capabilities else ""
    reason = f"{plan.subject.name} cannot {' or '.join(sorted(lacking))}{able}"
    prepared, recipe = plan.subject.adapt_to, plan.subject.recipe
    if recipe.asks_in_words and Capability.CLASSIFY in lacking and subject.model.kind is ModelKind.CAUSAL:
        reason += f"; task '{prepared.name}' has no prompt with a choice for each of its labels to ask it by"
    return reason


def estimate_records(
    wanted: Sequence[str], measured: Measured, reported: Sequence[Metric] = ()
) -> list[EstimateRecord]:
    """One record for each metric the task asks for, and each of its parts; without numbers, the reason instead.

    Args:
        wanted: metrics that the task asks for.
        measured: what the evaluation gave.
        reported: metrics that its protocol reports whatever the task asks for.
    """
    if measured.status is not Status.MEASURED:
        unknown = Estimate(measured.status, reason=measured.reason)
        return [EstimateRecord(METRICS[name], unknown) for name in wanted]
    given = [
        EstimateRecord(seen.metric, seen.estimate, seen.part)
        for seen in measured.measurements
        if seen.metric.name in wanted or seen.metric in reported
    ]
    silent = [name for name in wanted if name not in {record.metric.name for record in given}]
    return given + [EstimateRecord(METRICS[name], Estimate.not_measured("not estimated here")) for name in silent]


def _record(plan: EvaluationPlan, measured: Measured, started_at: datetime, duration_s: float) -> EvaluationRecord:
    model, recipe, task = plan.subject.model, plan.subject.recipe, plan.task
    return EvaluationRecord(
        identity=plan.identity,
        portion=plan.portion,
        model=model_record(model, measured.tokens),
        recipe=RecipeRecord(
            identity=plan.subject.recipe_identity,
            name=recipe.recipe,
            adapt_to=plan.subject.adapt_to.name,
            seed=plan.subject.seed,
            details=recipe.details,
        ),
        subject=SubjectRecord(identity=plan.subject.identity, name=plan.subject.name),
        task=task_record(task, plan.task_digest, plan.protocol.version),
        environment=plan.environment,
        seed=plan.seed,
        limit=plan.limit,
        status=measured.status,
        reason=measured.reason,
        started_at=started_at,
        duration_s=duration_s,
        notes=measured.notes,
    )


def model_record(model: ResolvedModel, tokens: Mapping[str, Sequence[str]] | None = None) -> ModelRecord:
    """A model as the store keeps it.

    Args:
        model: which weights.
        tokens: what stands before the texts that it reads, where that was seen.
    """
    return ModelRecord(
        identity=model.digest,
        name=model.name,
        source=model.source,
        revision=model.revision,
        kind=model.kind,
        dtype=model.dtype,
        details={**model.identity, **(tokens or {})},
    )


def task_record(task: Task, identity: str, protocol_version: int) -> TaskRecord:
    """A task as the store keeps it."""
    return TaskRecord(
        identity=identity,
        name=task.name,
        version=task.version,
        axis=task.axis,
        protocol=task.protocol,
        protocol_version=protocol_version,
        definition=task.model_dump(mode="json"),
    )
