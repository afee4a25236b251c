"""Bench: where the subjects of one search are measured, with everything that is slow to make ready kept at hand."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.evaluation.plan import EvaluationPlan, plan_evaluations
from leaderboard.evaluation.request import Request
from leaderboard.evaluation.runner import Outcome, Runner
from leaderboard.evaluation.workshop import Workshop
from leaderboard.models.reference import ModelReference, ResolvedModel, resolve
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.recipe import Recipe
from leaderboard.store.records import RunStatus
from leaderboard.store.repository import Store
from leaderboard.store.scores import estimates_of
from leaderboard.studies.definition import Definition, suite_tasks
from leaderboard.tasks import Catalogue, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leaderboard.engine.devices import Devices
    from leaderboard.engine.engine import Progress

BY_COST = (Axis.ACCURACY, Axis.BIAS, Axis.OOD, Axis.LATENCY, Axis.PRIVACY, Axis.EXPLAINABILITY)
"""The axes, from what is cheapest to measure to what is dearest: a look at a few examples costs less than a clock."""


class Bench:
    """Measures subjects of one model on one suite."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        definition: Definition,
        devices: "Devices",
        *,
        threads: int,
        offline: bool,
        progress: "Progress | None" = None,
    ) -> None:
        """Find the model and get an engine ready; weights are loaded when they are first needed.

        Raises:
            RequestError: for a model or suite that is not there.
        """
        from leaderboard.engine.answers import Answers  # noqa: PLC0415 - slow to import
        from leaderboard.engine.engine import Engine, silent  # noqa: PLC0415
        from leaderboard.evaluation.environment import describe  # noqa: PLC0415
        from leaderboard.settings import cache_folder  # noqa: PLC0415

        engine = Engine(
            devices.first,
            threads,
            progress or silent,
            Answers(cache_folder() / "answers"),
            replicas=devices.replicas,
            spread=devices.spread,
        )
        self._store = store
        self._definition = definition
        self._catalogue = catalogue
        self._find = partial(_find, dtype=definition.dtype, device_type=devices.first.type, offline=offline)
        self.model: ResolvedModel = self._find(definition.model, helps=False)
        self.environment = describe(devices, self.model.dtype, threads)
        self.suite = suite_tasks(catalogue, definition.suite)
        self._adapt_to = catalogue.task(catalogue.suite(definition.suite).adapt_to)
        self.engine = engine
        self._runner = Runner(store, catalogue, engine, offline=offline)
        self._workshop = Workshop(catalogue, engine, offline=offline)

    def plans(self, recipe: Recipe, portion: Portion, limit: int) -> list[EvaluationPlan]:
        """The evaluations of one subject, the cheapest first.

        Args:
            recipe: what is done to the model.
            portion: of the tasks' examples; a search asks with each task's cheaper parameters.
            limit: of examples a split, where the task itself has no lower one.
        """
        tasks = [self.asked(task, portion) for task in self.suite.values()]
        tasks.sort(key=lambda task: BY_COST.index(task.axis))
        settings = recipe.model_dump(mode="json", exclude={"recipe"})
        planned = plan_evaluations(
            self._catalogue,
            Request(tuple(tasks), self._adapt_to),
            [self.model],
            recipe=RecipeRequest(recipe.recipe, settings, where="the search space"),
            seed=self._definition.seed,
            limit=None,
            environment=self.environment,
            find=self._find,
        )
        return [replace(plan, portion=portion, limit=_limit(plan, limit)) for plan in planned]

    def asked(self, task: Task, portion: Portion) -> Task:
        """A task of the suite as its examples of one portion are asked about."""
        return task.while_searching() if portion is Portion.SEARCH else task

    def measure(self, plan: EvaluationPlan, run_id: int) -> Outcome:
        """One evaluation, from the store where it is known."""
        return self._runner.outcome(plan, self._workshop, run_id)

    def forget(self, plan: EvaluationPlan) -> None:
        """Let go of a subject that is measured."""
        self._workshop.forget(plan.subject)

    def rows(self, subject: str, portion: Portion) -> list[Mapping[str, Any]]:
        """The estimates of a subject on one portion, as `ranking.measured` reads them."""
        return estimates_of(self._store, [subject], portion)[subject]

    @contextmanager
    def run(self, arguments: Mapping[str, Any]) -> "Iterator[int]":
        """A run of the store, in which what is measured now is noted; its number."""
        run_id = self._store.start_run(arguments, self.environment)
        status = RunStatus.INTERRUPTED
        try:
            yield run_id
            status = RunStatus.FINISHED
        finally:
            self._store.end_run(run_id, status)


def _limit(plan: EvaluationPlan, limit: int) -> int | None:
    """What takes its time alone is not measured faster on fewer examples: it draws its own samples."""
    if plan.task.data is None or plan.protocol.depends_on_environment:
        return plan.task.limit
    return min(limit, plan.task.limit or limit)


def _find(reference: str, *, dtype: str, device_type: str, offline: bool, helps: bool = True) -> ResolvedModel:
    asked = ModelReference.parse(reference)
    return resolve(asked, dtype=dtype, device_type=device_type, offline=offline, helps=helps)


def narrows(plan: EvaluationPlan) -> bool:
    """Whether a smaller limit asks about fewer examples, so that a look at some of them is a cheap one."""
    return plan.task.data is not None and not plan.protocol.depends_on_environment
