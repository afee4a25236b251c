"""Plan: which evaluations a request asks for, each with its full identity, before anything costly happens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leaderboard.axes.protocol import Parameters, Protocol
from leaderboard.data.portions import Portion
from leaderboard.engine.version import SHARED_CODE
from leaderboard.evaluation.attachment import Attachment, answered_labels
from leaderboard.evaluation.request import Request
from leaderboard.identity import digest
from leaderboard.models.reference import ResolvedModel
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.recipe import Recipe
from leaderboard.store.records import EnvironmentRecord
from leaderboard.tasks import Catalogue, Task, protocol_of


@dataclass(frozen=True)
class SubjectPlan:
    """A subject to be prepared.

    Attributes:
        model: which weights.
        recipe: what is done to them.
        adapt_to: the task they are adapted to.
        seed: of everything random in the preparation.
        digests: digest of each task that the recipe learns from, by its name, `adapt_to` among them.
        others: further models that the recipe named, by reference.
        called: what people call the model in the subject's name; its own name where empty.
    """

    model: ResolvedModel
    recipe: Recipe
    adapt_to: Task
    seed: int
    digests: Mapping[str, str]
    others: Mapping[str, ResolvedModel]
    called: str = ""

    @cached_property
    def identity(self) -> str:
        """Digest of the weights, of what is done to them, and of the code that does it."""
        return digest({"model": self.model.digest, "recipe": self.recipe_identity, "shared_code": SHARED_CODE})

    @cached_property
    def recipe_identity(self) -> str:
        """Digest of everything but the model: settings, seed, and the data that is learned from."""
        others = {reference: model.digest for reference, model in self.others.items()}
        marks = ["classes by name"] if self.recipe.draws_by_class and self.draws_anew else []
        return digest([self.recipe.details, self.adapt_to.name, dict(self.digests), others, self.seed, *marks])

    @property
    def draws_anew(self) -> bool:
        """Whether its task's labels are not in the order of their names.

        Examples were once drawn class by class in the order of the labels, and are now in that of their names. Where
        both are one, what was measured before keeps its identity.
        """
        labels = self.adapt_to.data.labels if self.adapt_to.data else ()
        return list(labels) != sorted(labels)

    @property
    def name(self) -> str:
        """How people call the row: `bert-base-cased/probe(sst2)`."""
        return f"{self.called or self.model.name}/{self.recipe.recipe}({self.adapt_to.name})"


@dataclass(frozen=True)
class EvaluationPlan:
    """One subject × one task: the unit of work, of resuming and of storage.

    Attributes:
        labels: the task's, where the subject has others or the same in another order: its answers are put under them
            by name.
    """

    subject: SubjectPlan
    task: Task
    task_digest: str
    protocol: Protocol[Parameters]
    seed: int
    limit: int | None
    environment: EnvironmentRecord
    portion: Portion = Portion.WHOLE
    labels: tuple[str, ...] = ()

    @cached_property
    def identity(self) -> str:
        """Digest of everything that changes a number.

        The task's digest holds its data's digests, its prompt and its parameters; the subject's holds revision, dtype
        and recipe. A latency belongs to its whole environment, any other number to the kind of device alone.
        """
        here: Any = self.environment.identity
        if not self.protocol.depends_on_environment:
            here = _kind_of(self.environment)
        # Left out where answers are under the task's labels anyway, so that those keep their identities.
        by_name = {"labels": "by name"} if self.labels else {}
        if self.protocol.draws_by_class and self.subject.draws_anew:
            by_name["draws"] = "classes by name"
        return digest(
            {
                **by_name,
                "subject": self.subject.identity,
                "task": self.task_digest,
                "protocol": [self.task.protocol, self.protocol.version],
                "seed": self.seed,
                "limit": self.limit,
                "portion": self.portion,
                "environment": here,
            }
        )


def plan_evaluations(
    catalogue: Catalogue,
    asked: Request,
    models: Sequence[ResolvedModel],
    *,
    recipe: RecipeRequest,
    seed: int,
    limit: int | None,
    environment: EnvironmentRecord,
    find: Callable[[str], ResolvedModel] | None = None,
    called: str = "",
) -> list[EvaluationPlan]:
    """Every evaluation of the request, in order: model by model, so that each is loaded once.

    Args:
        catalogue: of all tasks.
        asked: which tasks.
        models: which models.
        recipe: what is done to them.
        seed: of everything random.
        limit: of examples a split.
        environment: where it is measured.
        find: finds further models that a recipe names.
        called: what people call the model in the names of its subjects; its own name where empty.

    Raises:
        RequestError: for a task file that its protocol refuses, a task to adapt to that has no data of its own, or
            settings that the recipe refuses.
    """
    plans = []
    for model in models:
        subjects: dict[str, SubjectPlan] = {}
        attachment = Attachment.of(catalogue, asked, recipe, model.kind)
        for task in asked.tasks:
            protocol = protocol_of(task)
            default = attachment.prepared_for(task)
            if default.name not in subjects:
                subjects[default.name] = _plan_subject(
                    catalogue,
                    default,
                    model,
                    recipe,
                    seed=seed,
                    device=_kind_of(environment),
                    find=find,
                    called=called,
                )
            subject = subjects[default.name]
            plans.append(
                EvaluationPlan(
                    subject=subject,
                    task=task,
                    task_digest=catalogue.digest(task),
                    protocol=protocol,
                    labels=answered_labels(catalogue, task, subject.adapt_to, protocol),
                    seed=seed,
                    limit=(limit or task.limit) if task.data else task.limit,
                    environment=environment,
                )
            )
    return plans


def _kind_of(environment: EnvironmentRecord) -> str:
    """The kind of its device: cpu or cuda."""
    return environment.device.partition(":")[0]


def _plan_subject(
    catalogue: Catalogue,
    adapt_to: Task,
    model: ResolvedModel,
    asked: RecipeRequest,
    *,
    seed: int,
    device: str,
    find: Callable[[str], ResolvedModel] | None,
    called: str,
) -> SubjectPlan:
    recipe = asked.recipe(model.kind, device, protocol_of(adapt_to).example)
    if recipe.adapts_to is not None:
        adapt_to = catalogue.task(recipe.adapts_to, where="recipe.sequence")
    learned = {name: catalogue.task(name, where="recipe.sequence") for name in (adapt_to.name, *recipe.lessons)}
    others = {reference: find(reference) for reference in recipe.models} if find else {}
    return SubjectPlan(
        model=model,
        recipe=recipe,
        adapt_to=adapt_to,
        seed=seed,
        digests={name: catalogue.digest(task) for name, task in learned.items()},
        others=others,
        called=called,
    )
