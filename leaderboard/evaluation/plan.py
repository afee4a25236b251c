"""Plans of evaluations with their full identities, before anything costly happens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from leaderboard.axes.protocol import Parameters, Protocol
from leaderboard.backends.local.engine.shared_version import SHARED_CODE
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.data.examples import TaggedExample
from leaderboard.data.portions import Portion
from leaderboard.evaluation.adaptation import Adaptation, answered_labels
from leaderboard.evaluation.stopping_rules import StoppingRule
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.identity import digest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.recipe import Recipe
from leaderboard.store.records import EnvironmentRecord
from leaderboard.tasks import Catalogue, Task, protocol_of


@dataclass(frozen=True)
class SubjectPlan:
    """Plan of a subject.

    Attributes:
        model: Resolved model.
        recipe: How the model is prepared.
        adapt_to: Task that it is adapted to.
        seed: of everything random in the preparation.
        digests: digest of each task that the recipe learns from, by its name, `adapt_to` among them.
        others: Further models that the recipe uses, by reference.
        called: Display name of the model in the subject's name; empty for its own name.
    """

    model: ResolvedReference
    recipe: Recipe
    adapt_to: Task
    seed: int
    digests: Mapping[str, str]
    others: Mapping[str, ResolvedReference]
    called: str = ""

    @cached_property
    def identity(self) -> str:
        """Digest of the model, of its recipe, and of the version of the shared code."""
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
        """Name of the subject: `bert-base-cased/probe(sst2)`."""
        return f"{self.called or self.model.name}/{self.recipe.recipe}({self.adapt_to.name})"


@dataclass(frozen=True)
class EvaluationPlan:
    """One subject × one task: the unit of work, of resuming and of storage.

    Attributes:
        labels: Labels of the task, where the subject has others or the same in another order: its answers are mapped to
            them by name.
        until: Rule that stops it before all examples are asked; None for all of them.
        reference_models: Models that the protocol scores with, by reference.
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
    until: StoppingRule | None = None
    reference_models: Mapping[str, ResolvedReference] = field(default_factory=dict)

    @cached_property
    def identity(self) -> str:
        """Digest of everything that changes a number.

        The task's digest holds its data's digests, its prompt and its parameters; the subject's holds revision, dtype
        and recipe. A latency belongs to its whole environment, any other number to the kind of device alone.
        """
        corrected: dict[str, str] = {}
        if self.protocol.example is TaggedExample and self.subject.model.words_corrected:
            corrected = {"words": "as in running text"}
        here: Any = self.environment.identity
        if not self.protocol.depends_on_environment:
            here = _kind_of(self.environment)
        # Left out where answers are under the task's labels anyway, so that those keep their identities.
        by_name = {"labels": "by name"} if self.labels else {}
        if self.protocol.draws_by_class and self.subject.draws_anew:
            by_name["draws"] = "classes by name"
        references = {reference: model.digest for reference, model in self.reference_models.items()}
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
                **corrected,
                **({"until": dict(self.until.identity)} if self.until else {}),
                **({"references": references} if references else {}),
            }
        )


def plan_evaluations(
    catalogue: Catalogue,
    request: TaskRequest,
    models: Sequence[ResolvedReference],
    *,
    recipe: RecipeRequest,
    seed: int,
    limit: int | None,
    environment: EnvironmentRecord,
    find: Callable[[str], ResolvedReference] | None = None,
    called: str = "",
) -> list[EvaluationPlan]:
    """Plan every evaluation of the request, model by model, so that each model is loaded once.

    Args:
        catalogue: All tasks.
        request: Tasks to measure.
        models: Resolved models.
        recipe: How they are prepared.
        seed: of everything random.
        limit: of examples a split.
        environment: Environment of the measurement.
        find: Resolves further models that a recipe or a task names.
        called: Display name of the model in the names of its subjects; empty for its own name.

    Raises:
        RequestError: for a task file that its protocol refuses, a task to adapt to that has no data of its own, or
            settings that the recipe refuses.
    """
    plans = []
    for model in models:
        subjects: dict[str, SubjectPlan] = {}
        adaptation = Adaptation.of(catalogue, request, recipe, model.kind)
        for task in request.tasks:
            protocol = protocol_of(task)
            default = adaptation.prepared_for(task)
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
                    reference_models={name: find(name) for name in protocol.reference_models} if find else {},
                )
            )
    return plans


def _kind_of(environment: EnvironmentRecord) -> str:
    """Return the kind of its device: cpu or cuda."""
    return environment.device.partition(":")[0]


def _plan_subject(
    catalogue: Catalogue,
    adapt_to: Task,
    model: ResolvedReference,
    request: RecipeRequest,
    *,
    seed: int,
    device: str,
    find: Callable[[str], ResolvedReference] | None,
    called: str,
) -> SubjectPlan:
    recipe = request.recipe(model.kind, device, protocol_of(adapt_to).example)
    if recipe.adapts_to is not None:
        adapt_to = catalogue.task(recipe.adapts_to, where="recipe")
    learned = {name: catalogue.task(name, where="recipe") for name in (adapt_to.name, *recipe.lessons)}
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
