"""Runs: a request for a run becomes evaluations in a store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leaderboard.axes.accuracy.evaluate_modules.trust import trusted_code
from leaderboard.axes.axis import Axis
from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.precision import Precision
from leaderboard.backends.registry import Backends
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.errors import LeaderboardError, RequestError, checked_name
from leaderboard.evaluation.evaluate_metrics import module_code, with_module_code
from leaderboard.evaluation.events import (
    AxisNotDerived,
    BatchFinished,
    DataInspected,
    EvaluationFinished,
    EvaluationsPlanned,
    EvaluationStarted,
    MeasuredInFull,
    ModelRefused,
    RunEvent,
    RunListener,
)
from leaderboard.evaluation.harness_tasks import HarnessOptions
from leaderboard.evaluation.seed_checks import check_seeds
from leaderboard.evaluation.setting_checks import check_settings, check_training_data
from leaderboard.evaluation.stopping_requests import StoppingRequest
from leaderboard.evaluation.task_request import TaskRequest, keeping_texts, task_request
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.registry import AUTO
from leaderboard.stats.estimate import Status
from leaderboard.store.handle import StoreHandle
from leaderboard.tasks import Catalogue, Suite
from leaderboard.tasks.recorded import TASK_FILES

if TYPE_CHECKING:
    import pandas as pd

    from leaderboard.evaluation.plan import EvaluationPlan
    from leaderboard.evaluation.runner import Outcome
    from leaderboard.evaluation.session import Session
    from leaderboard.seeds.groups import SeedGroup
    from leaderboard.store.repository import Store


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """Request for a run.

    Attributes:
        models: Model references.
        name: Display name of a single model; None for its own.
        suite: Suite to run; None for the default suite.
        tasks: Names, files or `lm_eval:NAME` instead of a suite.
        axes: Axes of the suite; none for all.
        recipe: How the models are prepared.
        limit: at most this many examples of each split that is scored.
        until: When to stop asking examples; None to ask all.
        seed: of everything random.
        seeds: Measure with each of these seeds instead of `seed`; none for `seed` alone.
        device: as `--device` names it.
        dtype: precision of the weights.
        threads: CPU threads; None for the physical cores.
        offline: use nothing that is not on this machine.
        trackers: where training is logged.
        lm_eval: Options of tasks of lm-evaluation-harness; its seed and limit are those of the run.
        trust_evaluate_code: Whether the code of metrics `evaluate:…` may run.
        keep_texts: Whether texts that may have personal data in them are kept with the observations.
        task_files: Texts of task files that are in memory alone, by the path that each would have.
    """

    models: tuple[str, ...]
    name: str | None = None
    suite: str | None = None
    tasks: tuple[str, ...] = ()
    axes: tuple[Axis, ...] = ()
    recipe: RecipeRequest = field(default_factory=RecipeRequest)
    limit: int | None = None
    until: StoppingRequest | None = None
    seed: int = 0
    seeds: tuple[int, ...] = ()
    device: str = "auto"
    dtype: Precision = Precision.AUTO
    threads: int | None = None
    offline: bool = False
    trackers: tuple[str, ...] = ()
    lm_eval: HarnessOptions | None = None
    trust_evaluate_code: bool = False
    keep_texts: bool = False
    task_files: Mapping[str, str] = field(default_factory=dict)

    @property
    def harness(self) -> HarnessOptions:
        """Options of tasks of lm-evaluation-harness, with the seed and limit of the run."""
        return replace(self.lm_eval or HarnessOptions(), seed=self.seed, limit=self.limit)

    @property
    def arguments(self) -> Mapping[str, object]:
        """Arguments recorded with the run: all that can change a result."""
        return {
            "model": list(self.models),
            "suite": self.suite,
            "task": list(self.tasks) or None,
            "axis": list(self.axes) or None,
            "recipe": {"recipe": self.recipe.name, **self.recipe.settings},
            "limit": self.limit,
            "seed": self.seed,
            "lm_eval_path": self.harness.path,
            "num_fewshot": self.harness.num_fewshot,
            "chat_template": self.harness.chat_template,
            "trust_lm_eval_code": self.harness.trust_code,
            "trust_evaluate_code": self.trust_evaluate_code,
            **({"until": str(self.until)} if self.until else {}),
            **({TASK_FILES: dict(self.task_files)} if self.task_files else {}),
        }


@dataclass(frozen=True, repr=False)
class RunResult:
    """Result of a run.

    Attributes:
        store: Store that it is recorded in.
        outcomes: One for each evaluation, including those that the store already had.
        refused: Models that could not be measured, each with the reason.
        over_seeds: Whether the seeds of a recipe are shown as one row.
    """

    store: "Store"
    outcomes: tuple["Outcome", ...]
    refused: tuple[ModelRefused, ...] = ()
    over_seeds: bool = False

    @property
    def failed(self) -> bool:
        """Whether a model was refused or an evaluation failed."""
        return bool(self.refused) or any(each.status is Status.FAILED for each in self.outcomes)

    @property
    def summary(self) -> str:
        """The number of evaluations, of those that failed, and of refused models."""
        numbers = {
            "evaluation": len(self.outcomes),
            "failed evaluation": sum(each.status is Status.FAILED for each in self.outcomes),
            "refused model": len(self.refused),
        }
        counted = [f"{count} {noun}{'s' * (count != 1)}" for noun, count in numbers.items() if count]
        return ", ".join(counted) or "0 evaluations"

    def __repr__(self) -> str:
        """Return one line; `frame` has the numbers."""
        return f"{type(self).__name__}({self.summary})"

    @property
    def frame(self) -> "pd.DataFrame":
        """Estimates as a frame, one row each (see `store.frames.estimates_frame`); over seeds one row for all of them.

        Over seeds there are the columns `seeds` and `seed_sd`, too (see `seeds.frames.frame_over_seeds`).
        """
        from leaderboard.seeds.frames import frame_over_seeds  # noqa: PLC0415 - slow to import
        from leaderboard.store.frames import estimates_frame  # noqa: PLC0415 - as above

        evaluations = [each.plan.identity for each in self.outcomes]
        frame = estimates_frame(self.store, evaluations=evaluations)
        return frame_over_seeds(self.store, frame, self.groups, evaluations=evaluations) if self.over_seeds else frame

    @property
    def groups(self) -> "list[SeedGroup]":
        """Subjects of the run that differ by seed alone; none unless it was measured over seeds."""
        from leaderboard.seeds.groups import seed_groups  # noqa: PLC0415 - slow to import

        if not self.over_seeds:
            return []
        return seed_groups(self.store, {each.plan.subject.identity for each in self.outcomes})

    def _repr_html_(self) -> str:
        """The estimates, for a notebook; pandas escapes them."""
        html: str = self.frame.to_html(notebook=True, max_rows=60)
        return html


def measure(
    catalogue: Catalogue,
    run: RunRequest,
    *,
    handle: StoreHandle,
    listener: RunListener,
    inspected: DataInspected | None = None,
) -> RunResult:
    """Measure what the store does not have yet; an invalid request creates no store.

    Args:
        catalogue: Tasks and suites.
        run: Request for the run.
        handle: Handle of the store, which is created where there is none.
        listener: Called with every event.
        inspected: Inspection of the user's own data; an event once the models were found, since an error on a model
            would be lost below its table.

    Raises:
        RequestError: For an invalid request.
        SourceUnavailableError: for a model or data that cannot be reached.
    """
    if run.until and run.seeds:
        raise RequestError("--until cannot be combined with --seeds: each seed would stop at other examples")
    wanted = _wanted(catalogue, run)
    with trusted_code(module_code(wanted)):
        return _measure(catalogue, run, wanted, handle=handle, listener=listener, inspected=inspected)


def _measure(
    catalogue: Catalogue,
    run: RunRequest,
    wanted: TaskRequest,
    *,
    handle: StoreHandle,
    listener: RunListener,
    inspected: DataInspected | None,
) -> RunResult:
    references = list(dict.fromkeys(run.models))
    name = _checked_name(run.name, models=len(references))
    backends = Backends(
        ComputeOptions(run.device, run.dtype, run.threads, run.offline),
        progress=lambda work, done, total: listener(BatchFinished(work, done, total)),
    )
    for reference in references:
        backends.check(reference)

    from leaderboard.evaluation.session import Session  # noqa: PLC0415 - slow to import

    session = Session(catalogue, backends, trackers=run.trackers)
    models, refused = _resolved(session, references, listener)
    for event in _data_events(wanted.suite, inspected):
        listener(event)
    if run.trackers:
        from leaderboard.training.acceleration import check_trackers  # noqa: PLC0415 - slow to import

        check_trackers(run.trackers)
    store = handle.existing()
    by_seed = _plans_by_seed(session, run, wanted, models, name=name, store=store, listener=listener)
    plans = [plan for plans_of_seed in by_seed.values() for plan in plans_of_seed]
    check_settings(catalogue, plans)
    if run.seeds:
        check_seeds(plans)
    listener(EvaluationsPlanned(plans, automatic=run.recipe.name == AUTO))
    if store is None:
        session.data.check(plans)
        check_training_data(plans, session.inputs().lesson)
        store = handle.or_new()
    runner = session.runner(store)
    runner.check_data(plans)
    check_training_data([plan for plan in plans if not runner.is_served(plan)], session.inputs().lesson)
    outcomes = []
    for seed, plans_of_seed in by_seed.items():  # a run each, so that its arguments are those of the seed alone
        arguments = {**run.arguments, "seed": seed, **wanted.notes(catalogue)}
        for outcome in runner.run(plans_of_seed, arguments, starting=lambda plan: listener(EvaluationStarted(plan))):
            listener(EvaluationFinished(outcome))
            outcomes.append(outcome)
    if name:  # stored subjects keep their names unless the request has one
        for subject in {plan.subject.identity: plan.subject for plan in plans}.values():
            store.name_subject(subject.identity, subject.name)
    return RunResult(store, tuple(outcomes), tuple(refused), over_seeds=bool(run.seeds))


def _plans_by_seed(
    session: "Session",
    run: RunRequest,
    wanted: TaskRequest,
    models: Sequence[ResolvedReference],
    *,
    name: str,
    store: "Store | None",
    listener: RunListener,
) -> "dict[int, list[EvaluationPlan]]":
    """Return the plans of every seed, with stopping rules where the run requests any."""
    by_seed = {
        seed: session.plan(wanted, models, recipe=run.recipe, seed=seed, limit=run.limit, name=name)
        for seed in run.seeds or (run.seed,)
    }
    if not run.until:
        return by_seed
    from leaderboard.evaluation.adaptive_plans import adaptive_plans  # noqa: PLC0415 - slow to import

    adaptive = adaptive_plans(by_seed[run.seed], run.until, store)
    for task, reason in adaptive.in_full.items():
        listener(MeasuredInFull(task, reason))
    return {run.seed: adaptive.plans}


def _data_events(suite: Suite | None, inspected: DataInspected | None) -> Iterator[RunEvent]:
    """Yield the inspection of the user's own data, and each axis on which a suite has no task."""
    if inspected is not None:
        yield inspected
    for axis, reason in (suite.not_derived if suite else {}).items():
        yield AxisNotDerived(axis, reason)


def _wanted(catalogue: Catalogue, run: RunRequest) -> TaskRequest:
    """Return the tasks of a run, as its options change them."""
    wanted = task_request(catalogue, suite=run.suite, tasks=run.tasks, axes=run.axes, options=run.harness)
    if run.keep_texts:
        wanted = keeping_texts(wanted)
    return with_module_code(wanted, trust=run.trust_evaluate_code, offline=run.offline)


def _checked_name(name: str | None, *, models: int) -> str:
    """Validate the display name of the model; empty for its own.

    Raises:
        RequestError: For an invalid name, or one name for several models.
    """
    if name is None:
        return ""
    if models > 1:
        raise RequestError(f"--name {name}: names one model, and {models} are measured\n  Measure them one by one")
    return checked_name(name, where="--name")


def _resolved(
    session: "Session", references: Sequence[str], listener: RunListener
) -> tuple[list[ResolvedReference], list[ModelRefused]]:
    """Resolve the models; one that fails does not stop the others.

    Raises:
        LeaderboardError: the first one, where no model is left.
    """
    models, refused = [], list[ModelRefused]()
    for reference in references:
        try:
            models.append(session.model(reference))
        except LeaderboardError as error:
            refused.append(ModelRefused(reference, error))
            if len(references) > 1:
                listener(refused[-1])
    if not models:
        raise refused[0].error
    return models, refused
