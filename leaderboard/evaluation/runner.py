"""The runner, which carries out the plans that are not in the store, one evaluation at a time."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from leaderboard.axes import example_order
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation
from leaderboard.backends.capability import Capability, listed
from leaderboard.backends.local.models.out_of_memory import is_out_of_memory
from leaderboard.backends.model import Model
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.backends.subject import Subject
from leaderboard.data.overlap import refuse_leaks
from leaderboard.errors import LeaderboardError, NotMeasurableError, as_exceptions, reason_of
from leaderboard.evaluation.adaptive_asking import observe_plan
from leaderboard.evaluation.data_changes import data_changes
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.task_data import TaskData
from leaderboard.redaction import redacted
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.errors import NotStorableError
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
from leaderboard.store.suites import remembered_suites
from leaderboard.tasks import Catalogue, Task
from leaderboard.tasks.recorded import noted_suites
from leaderboard.visible_text import prose

log = logging.getLogger(__name__)

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a planned evaluation.

    Attributes:
        plan: The plan.
        status: Status of the evaluation.
        reason: Why it has no estimates; empty where it has.
        served: Whether the store had it already.
        duration_s: Seconds of measuring it now.
        data_changes: Changes of its data since a stored evaluation was measured.
    """

    plan: EvaluationPlan
    status: Status
    reason: str
    served: bool
    duration_s: float = 0.0
    data_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """Result of an evaluation; `tokens` precede the texts that the model reads, `notes` are for readers."""

    status: Status
    reason: str
    measurements: Sequence[Measurement]
    observations: Sequence[Observation]
    tokens: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Runner:
    """Carries out plans for one store."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        load: Callable[[ResolvedReference], Model],
        *,
        offline: bool,
        trackers: tuple[str, ...] = (),
        data: TaskData | None = None,
    ) -> None:
        self._store = store
        self._trackers = trackers
        self._catalogue = catalogue
        self._load = load
        self._offline = offline
        self._data = data or TaskData(catalogue, offline=offline)

    def run(
        self,
        plans: Sequence[EvaluationPlan],
        arguments: Mapping[str, object],
        *,
        starting: Callable[[EvaluationPlan], None] = lambda _: None,
    ) -> Iterator[Outcome]:
        """Measure missing evaluations; each is committed when it ends, so that a killed run loses only one.

        Several processes with the same plans share the work: an evaluation that another process measures is deferred to
        the end, and is measured here where that process ended without it.

        Args:
            plans: from `plan_evaluations`.
            arguments: of the call, kept with the run.
            starting: told before each evaluation that costs something.
        """
        stored = {plan.identity: self._store.evaluation(plan.identity) for plan in plans}
        missing = [plan for plan in plans if not _is_settled(stored[plan.identity])]
        for plan in plans:
            if _is_settled(stored[plan.identity]):
                yield self._served(plan)
        if not missing:
            self._record_suites(plans, arguments)
            return
        failed_before = {
            identity: evaluation.started_at for identity, evaluation in stored.items() if evaluation is not None
        }
        run_id = self._store.start_run(arguments, plans[0].environment)
        status = RunStatus.INTERRUPTED
        try:
            failed = False
            leases = Leases(self._store)
            with leases.heartbeat():
                for plan, inputs in self._leased_plans(missing, leases):
                    outcome = self._new_outcome(plan, failed_before.get(plan.identity))
                    if outcome is None:
                        starting(plan)
                        outcome = self.carry_out(plan, inputs, run_id)
                    failed |= outcome.status is Status.FAILED
                    yield outcome
            status = RunStatus.FAILED if failed else RunStatus.FINISHED
        finally:
            self._store.end_run(run_id, status)

    def _record_suites(self, plans: Sequence[EvaluationPlan], arguments: Mapping[str, object]) -> None:
        """Record a custom suite whose evaluations are all stored already, so that the store can rank by it."""
        noted = noted_suites([arguments])
        stored = remembered_suites(self._store) if noted else {}
        if any(stored.get(name) != suite for name, suite in noted.items()):
            run_id = self._store.start_run(arguments, plans[0].environment)
            self._store.end_run(run_id, RunStatus.FINISHED)

    def _leased_plans(
        self, plans: Sequence[EvaluationPlan], leases: Leases
    ) -> Iterator[tuple[EvaluationPlan, EvaluationInputs]]:
        """Each plan with a inputs while this process holds its lease, those that others hold at the end."""
        waiting = []
        for _, group in groupby(plans, key=lambda plan: plan.subject.model.digest):
            inputs = self._inputs()
            for plan in group:
                if leases.take(plan.identity):
                    yield plan, inputs
                    leases.release(plan.identity)
                else:
                    waiting.append(plan)
        reported = False
        while waiting:
            for plan in tuple(waiting):
                if leases.take(plan.identity):
                    waiting.remove(plan)
                    yield plan, self._inputs()
                    leases.release(plan.identity)
            if waiting and not reported:
                reported, first = True, waiting[0]
                log.warning("%s measures %s; waiting for it", leases.holder(first.identity), first.task.name)
            time.sleep(_POLL_S if waiting else 0)

    def _inputs(self) -> EvaluationInputs:
        return EvaluationInputs(
            self._catalogue, self._load, offline=self._offline, trackers=self._trackers, data=self._data
        )

    def _new_outcome(self, plan: EvaluationPlan, failed_before: datetime | None) -> Outcome | None:
        """Return the outcome that another process stored meanwhile; None where there is none."""
        evaluation = self._store.evaluation(plan.identity)
        if evaluation is None or (evaluation.status is Status.FAILED and evaluation.started_at == failed_before):
            return None
        return Outcome(plan, evaluation.status, evaluation.reason, served=True)

    def check_data(self, plans: Sequence[EvaluationPlan]) -> None:
        """Read the data of evaluations that are not stored yet; see `TaskData.check`.

        Raises:
            RequestError: For data that does not match its task.
        """
        self._data.check(plan for plan in plans if not self.is_served(plan))

    def is_served(self, plan: EvaluationPlan) -> bool:
        """Return whether the store has the evaluation; a failed one is measured again."""
        return _is_settled(self._store.evaluation(plan.identity))

    def _served(self, plan: EvaluationPlan) -> Outcome:
        evaluation = self._store.evaluation(plan.identity)
        if evaluation is None:
            raise LeaderboardError(f"the store lost the evaluation of {plan.subject.name} on {plan.task.name}")
        changes = data_changes(plan, self._catalogue)
        return Outcome(plan, evaluation.status, evaluation.reason, served=True, data_changes=changes)

    def outcome(self, plan: EvaluationPlan, inputs: EvaluationInputs, run_id: int) -> Outcome:
        """Return the stored outcome of a plan, or measure it."""
        return self._served(plan) if self.is_served(plan) else self.carry_out(plan, inputs, run_id)

    def carry_out(self, plan: EvaluationPlan, inputs: EvaluationInputs, run_id: int) -> Outcome:
        """Measure a plan and store the result; one that cannot be stored is stored as failed.

        Raises:
            LeaderboardError: If the store cannot be written to.
        """
        started_at, begin = datetime.now(UTC), time.perf_counter()
        measured = _measure(plan, inputs)
        duration = time.perf_counter() - begin
        try:
            with as_exceptions():
                self._store_result(plan, measured, run_id, started_at, duration)
        except Exception as error:  # its own fault, unless the store takes nothing more; the next one may be kept
            if isinstance(error, LeaderboardError) and not isinstance(error, NotStorableError):
                raise
            measured = Measured(Status.FAILED, reason_of(error), [], [])
            self._store_failure(plan, measured, run_id, started_at, duration)
        return Outcome(plan, measured.status, measured.reason, served=False, duration_s=duration)

    def _store_result(
        self, plan: EvaluationPlan, measured: Measured, run_id: int, started_at: datetime, duration_s: float
    ) -> None:
        self._store.record(
            run_id,
            _record(plan, measured, started_at, duration_s),
            estimate_records(plan.task.metrics, measured, (*plan.protocol.reported, *plan.protocol.task_metrics)),
            ((observation.example_id, observation.data) for observation in measured.observations),
        )

    def _store_failure(
        self, plan: EvaluationPlan, failed: Measured, run_id: int, started_at: datetime, duration_s: float
    ) -> None:
        try:
            self._store_result(plan, failed, run_id, started_at, duration_s)
        except NotStorableError as error:  # not even its task or model can be written down
            log.warning("%s on %s failed, which could not be stored: %s", plan.subject.name, plan.task.name, error)


def _is_settled(evaluation: StoredEvaluation | None) -> bool:
    """Return whether an evaluation need not be measured: it is stored, and did not fail."""
    return evaluation is not None and evaluation.status is not Status.FAILED


def _measure(plan: EvaluationPlan, inputs: EvaluationInputs) -> Measured:
    """Observe and estimate; an error concerns this evaluation alone and becomes its reason."""
    try:
        with as_exceptions():
            return _measured(plan, inputs)
    except NotMeasurableError as error:
        return Measured(Status.NOT_MEASURED, str(error), [], [])
    except LeaderboardError as error:
        return Measured(Status.FAILED, str(error), [], [])
    except Exception as error:
        log.debug("evaluation of %s on %s failed", plan.subject.name, plan.task.name, exc_info=True)
        if is_out_of_memory(error):
            reason = prose(redacted(f"not enough memory on {plan.environment.device}: {error}"))
            return Measured(Status.FAILED, reason, [], [])
        return Measured(Status.FAILED, reason_of(error), [], [])


def _measured(plan: EvaluationPlan, inputs: EvaluationInputs) -> Measured:
    subject = inputs.part(plan)
    lacking = plan.protocol.needs - subject.capabilities
    if not lacking and not (plan.protocol.needs_one_of & subject.capabilities):
        lacking = plan.protocol.needs_one_of
    if lacking:
        return Measured(Status.NOT_MEASURED, _unable(plan, subject, lacking), [], [])
    splits = inputs.splits(plan)
    if not plan.protocol.asks_about_training:
        refuse_leaks(subject.trained_on, splits, task=plan.task.name)
    subject.start_evaluation()
    answers, decision = observe_plan(plan, subject, splits)
    observations = inputs.data.baseline.with_baseline_answers(plan, splits, answers)
    estimates = example_order.estimate(plan.protocol, observations)
    notes = (
        *decision,
        *subject.notes,
        *subject.evaluation_notes(),
        *inputs.data_notes(plan),
        *plan.protocol.notes(observations),
    )
    tokens = subject.model.first_tokens
    return Measured(Status.MEASURED, "", estimates, observations, tokens, tuple(dict.fromkeys(notes)))


def _unable(plan: EvaluationPlan, subject: Subject, lacking: Collection[Capability]) -> str:
    """Return why a subject cannot be measured, and what it lacks."""
    answers = " or ".join(sorted(each.phrase for each in lacking))
    reason = f"{plan.subject.name} cannot {answers}{listed(subject.capabilities)}"
    prepared, recipe = plan.subject.adapt_to, plan.subject.recipe
    if recipe.asks_in_words and Capability.CLASSIFY in lacking and subject.model.kind.continues_text:
        reason += f"; task '{prepared.name}' has no prompt with a choice for each of its labels to ask it by"
    # Choosing is done by log-likelihoods where no head chooses.
    asked_of_model = {Capability.LOGLIKELIHOOD if each is Capability.CHOOSE else each for each in lacking}
    explanations = [subject.model.explanation(capability) for capability in sorted(asked_of_model)]
    return "; ".join([reason, *filter(None, explanations)])


def estimate_records(
    wanted: Sequence[str], measured: Measured, reported: Sequence[Metric] = ()
) -> list[EstimateRecord]:
    """Return one record for each metric of the task and each of its parts; without estimates, with the reason.

    Args:
        wanted: Metrics of the task.
        measured: Result of the evaluation.
        reported: Metrics that its protocol always reports, and those that its parameters declare.
    """
    declared = {metric.name: metric for metric in reported}
    if measured.status is not Status.MEASURED:
        unknown = Estimate(measured.status, reason=measured.reason)
        return [EstimateRecord(declared.get(name) or METRICS[name], unknown) for name in wanted]
    records = [
        EstimateRecord(measurement.metric, measurement.estimate, measurement.part)
        for measurement in measured.measurements
        if measurement.metric.name in wanted or measurement.metric in reported
    ]
    missing = [name for name in wanted if name not in {record.metric.name for record in records}]
    not_estimated = Estimate.not_measured("not estimated here")
    return records + [EstimateRecord(declared.get(name) or METRICS[name], not_estimated) for name in missing]


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


def model_record(model: ResolvedReference, tokens: Mapping[str, Sequence[str]] | None = None) -> ModelRecord:
    """Return a model as a record of the store.

    Args:
        model: Resolved model.
        tokens: Special tokens in front of the texts that it reads, where they are known.
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
    """Return a task as a record of the store."""
    return TaskRecord(
        identity=identity,
        name=task.name,
        version=task.version,
        axis=task.axis,
        protocol=task.protocol,
        protocol_version=protocol_version,
        definition=task.model_dump(mode="json"),
    )
