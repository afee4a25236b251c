"""Evaluation of the subjects of one search; data, models and subjects are loaded once."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leaderboard.backends.resolved import ResolvedReference
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError
from leaderboard.evaluation.evaluate_metrics import without_module_code
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.runner import Outcome
from leaderboard.evaluation.session import Session
from leaderboard.evaluation.setting_checks import check_settings, check_training_data
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.recipe import Recipe
from leaderboard.store.records import RunStatus
from leaderboard.store.repository import Store
from leaderboard.store.subject_estimates import estimates_by_subject
from leaderboard.studies.definition import Definition
from leaderboard.studies.goals import Goal
from leaderboard.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator


class SubjectEvaluator:
    """Measures subjects of one model on one suite."""

    def __init__(self, session: Session, store: Store, definition: Definition) -> None:
        """Resolve the model; weights are loaded when they are first needed.

        Raises:
            RequestError: For a model or suite that does not exist.
        """
        self._session = session
        self._store = store
        self._definition = definition
        self.model: ResolvedReference = session.model(definition.model)
        self.environment = session.environment(self.model)
        self.suite = session.catalogue.suite_tasks(definition.suite)
        self._adapt_to = session.catalogue.task(session.catalogue.suite(definition.suite).adapt_to)
        self._runner = session.runner(store)
        self._inputs = session.inputs()

    def plans(self, recipe: Recipe, portion: Portion, limit: int) -> list[EvaluationPlan]:
        """Plan the evaluations of one subject, the cheapest first.

        Args:
            recipe: How the model is prepared.
            portion: Portion of the tasks' examples; on the search portion each task has its cheaper parameters.
            limit: Maximum number of examples of a split, where the task itself has no lower one.
        """
        tasks = [self.portion_task(task, portion) for task in self.suite.values()]
        tasks.sort(key=lambda task: task.axis.cost)
        settings = recipe.model_dump(mode="json", exclude={"recipe"})
        planned = self._session.plan(
            TaskRequest(tuple(tasks), self._adapt_to),
            [self.model],
            recipe=RecipeRequest(recipe.recipe, settings, origin="the search space"),
            seed=self._definition.seed,
            limit=None,
        )
        return [replace(plan, portion=portion, limit=_limit(plan, limit)) for plan in planned]

    def check_data(self) -> None:
        """Read the data of a custom suite, so that a changed file is one error and not one of each trial.

        Raises:
            RequestError: For data that does not match its task, or that the settings of trial 0 contradict.
        """
        if self._definition.carried is not None:
            self._inputs.data.check(self._plans_of_trial_0())
        check_training_data(self._plans_of_trial_0(), self._inputs.lesson)

    def check_settings(self) -> None:
        """Check the settings of trial 0 against the model and the tasks.

        Raises:
            RequestError: For a setting that fits none of the tasks.
        """
        check_settings(self._session.catalogue, self._plans_of_trial_0())

    def _plans_of_trial_0(self) -> list[EvaluationPlan]:
        space = self._definition.point_space
        return self.plans(space.recipe(space.off), Portion.SEARCH, self._definition.limit)

    def check_subject(self, goal: Goal) -> None:
        """Check that the subject of a trial answers a task for each term of the goal.

        Raises:
            RequestError: For a term that only tasks with subjects of their own report.
        """
        first, *others = self._plans_of_trial_0()
        apart = {plan.task.name: plan for plan in others if plan.subject.identity != first.subject.identity}
        for term in (*goal.terms, *(condition.term for condition in goal.conditions)):
            names = term.reporting(self.suite)
            if names and apart.keys() >= set(names):
                own = apart[names[0]].subject.adapt_to.name
                raise RequestError(
                    f"search: '{term}' is reported by task '{names[0]}', whose subject is adapted to '{own}'; the "
                    f"subject of a trial is adapted to '{first.subject.adapt_to.name}' and is measured on one set of "
                    f"weights\n  Write `adapt_to: {first.subject.adapt_to.name}` into the file of '{names[0]}' if both "
                    "have the same labels, or search for another term"
                )

    def portion_task(self, task: Task, portion: Portion) -> Task:
        """Return a task of the suite with its parameters on a portion; no search runs the code of its modules."""
        return without_module_code(task.while_searching() if portion is Portion.SEARCH else task)

    def measure(self, plan: EvaluationPlan, run_id: int) -> Outcome:
        """Return the stored outcome of an evaluation, or measure it."""
        return self._runner.outcome(plan, self._inputs, run_id)

    def forget(self, plan: EvaluationPlan) -> None:
        """Release a subject that is measured."""
        self._inputs.forget(plan.subject)

    def rows(self, subject: str, portion: Portion) -> list[Mapping[str, Any]]:
        """Return the estimates of a subject on one portion, as `ranking.estimate_selection` reads them."""
        return estimates_by_subject(self._store, [subject], portion)[subject]

    @contextmanager
    def run(self, arguments: Mapping[str, Any]) -> "Iterator[int]":
        """Record a run in the store; yields its number."""
        run_id = self._store.start_run(arguments, self.environment)
        status = RunStatus.INTERRUPTED
        try:
            yield run_id
            status = RunStatus.FINISHED
        finally:
            self._store.end_run(run_id, status)


def _limit(plan: EvaluationPlan, limit: int) -> int | None:
    """Return the limit of a plan; a latency draws its own samples, so that fewer examples do not make it faster."""
    if plan.task.data is None or plan.protocol.depends_on_environment:
        return plan.task.limit
    return min(limit, plan.task.limit or limit)


def narrows(plan: EvaluationPlan) -> bool:
    """Return whether a smaller limit makes the evaluation cheaper."""
    return plan.task.data is not None and not plan.protocol.depends_on_environment
