"""Plan: which evaluations a request asks for, each with its full identity, before anything costly happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leaderboard.axes.protocol import Parameters, Protocol
from leaderboard.engine.version import SHARED_CODE
from leaderboard.errors import RequestError
from leaderboard.evaluation.request import Request
from leaderboard.identity import digest
from leaderboard.models.reference import ResolvedModel
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.recipe import Recipe, choose, recipes
from leaderboard.store.records import EnvironmentRecord
from leaderboard.tasks import Catalogue, Task, protocol_of


@dataclass(frozen=True)
class SubjectPlan:
    """A subject to be prepared.

    Attributes:
        model: which weights.
        recipe: what is done to them.
        adapt_to: the task they are adapted to.
    """

    model: ResolvedModel
    recipe: Recipe
    adapt_to: Task

    @cached_property
    def identity(self) -> str:
        """Digest of the weights, of what is done to them, and of the code that does it."""
        return digest({"model": self.model.digest, "recipe": self.recipe.identity, "shared_code": SHARED_CODE})

    @property
    def name(self) -> str:
        """How people call the row."""
        return f"{self.model.name}/{self.recipe.label}"


@dataclass(frozen=True)
class EvaluationPlan:
    """One subject × one task: the unit of work, of resuming and of storage."""

    subject: SubjectPlan
    task: Task
    task_digest: str
    protocol: Protocol[Parameters]
    seed: int
    limit: int | None
    environment: EnvironmentRecord

    @cached_property
    def identity(self) -> str:
        """Digest of everything that changes a number.

        The task's digest holds its data's digests, its prompt and its parameters; the subject's holds revision, dtype
        and recipe. A latency belongs to its whole environment, any other number to the kind of device alone.
        """
        here: Any = self.environment.identity
        if not self.protocol.depends_on_environment:
            here = self.environment.device.partition(":")[0]
        return digest(
            {
                "subject": self.subject.identity,
                "task": self.task_digest,
                "protocol": [self.task.protocol, self.protocol.version],
                "seed": self.seed,
                "limit": self.limit,
                "environment": here,
            }
        )


def plan_evaluations(
    catalogue: Catalogue,
    asked: Request,
    models: Sequence[ResolvedModel],
    *,
    recipe: RecipeName,
    seed: int,
    limit: int | None,
    environment: EnvironmentRecord,
) -> list[EvaluationPlan]:
    """Every evaluation of the request, in order: model by model, so that each is loaded once.

    Raises:
        RequestError: for a task file that its protocol refuses, or a task to adapt to that has no data of its own.
    """
    plans = []
    for model in models:
        kind = recipes.get(choose(recipe, model.kind))
        for task in asked.tasks:
            adapt_to = _adapts_to(catalogue, task, asked.adapt_to)
            subject = SubjectPlan(model, kind(adapt_to.name, catalogue.digest(adapt_to), seed), adapt_to)
            plans.append(
                EvaluationPlan(
                    subject=subject,
                    task=task,
                    task_digest=catalogue.digest(task),
                    protocol=protocol_of(task),
                    seed=seed,
                    limit=(limit or task.limit) if task.data else task.limit,
                    environment=environment,
                )
            )
    return plans


def _adapts_to(catalogue: Catalogue, task: Task, default: Task) -> Task:
    chosen = task if task.trains else default
    if task.adapt_to:
        chosen = catalogue.task(task.adapt_to, where=task.name)
    if chosen.data is not None and chosen.data.same_as:
        raise RequestError(
            f"{task.name}: a subject cannot be adapted to '{chosen.name}', which borrows its data; "
            f"adapt it to '{chosen.data.same_as}'"
        )
    return chosen
