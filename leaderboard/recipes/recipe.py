"""Recipe: what is done to a model so that it can do a task. Frozen, hashed, named on the row."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from leaderboard.data.specification import Strict
from leaderboard.models.alteration import Quantisation
from leaderboard.recipes.mitigations.group_thresholds import Parity, with_group_thresholds
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.registry import Registry

if TYPE_CHECKING:
    from leaderboard.models.loaded import LoadedModel
    from leaderboard.models.subject import Subject


class Recipe(Strict, ABC):
    """Settings of one way of preparing a model.

    What follows training is common to all: it changes the weights of whatever was trained, in this order.

    Attributes:
        recipe: its name.
        drop_layers: layers left out, from the last one down.
        prune: share of the weights of all linear layers set to 0, those of smallest magnitude.
        quantise: 8-bit integers instead of floating-point weights.
        temperature: divides the logits before probabilities are taken; `fitted` finds the one that minimises the
            log-loss on the search split.
        group_thresholds: a threshold for each group that texts name, fitted on the search split so that all have alike
            rates of true and false positives (`equalized_odds`) or of positives (`demographic_parity`).
    """

    version: ClassVar[int] = 1
    """Raised whenever the same settings would give other weights or answers."""

    recipe: str
    drop_layers: Annotated[int, Field(ge=0)] = 0
    prune: Annotated[float, Field(ge=0, lt=1)] = 0.0
    quantise: Quantisation = Quantisation.NONE
    temperature: Annotated[float, Field(gt=0)] | Literal["fitted"] = 1.0
    group_thresholds: Parity = Parity.NONE

    @property
    def details(self) -> Mapping[str, Any]:
        """Everything that makes this recipe what it is, JSON-like."""
        return {**self.model_dump(mode="json"), "version": self.version}

    @property
    def changes_model(self) -> bool:
        """Whether the model answers differently afterwards even where it could have been asked as it comes."""
        return False

    @property
    def asks_in_words(self) -> bool:
        """Whether it asks a causal model by the prompt of the task that it prepares it for."""
        return False

    @property
    def learns(self) -> bool:
        """Whether it needs the training data of the task that it prepares a model for."""
        return True

    @property
    def draws_by_class(self) -> bool:
        """Whether it draws examples class by class, the classes in the order of their names."""
        return False

    @property
    def adapts_to(self) -> str | None:
        """The task that it prepares a model for whatever is measured; None where the measured task says."""
        return None

    @property
    def lessons(self) -> tuple[str, ...]:
        """Names of tasks that it learns from beside the one it prepares a model for."""
        return ()

    @property
    def models(self) -> tuple[str, ...]:
        """References of models that it needs beside the one it prepares."""
        return ()

    @property
    def alters(self) -> bool:
        """Whether something follows training that changes the weights."""
        return bool(self.drop_layers or self.prune or self.quantise is not Quantisation.NONE)

    def prepare(self, preparation: Preparation) -> "Subject":
        """Make a subject of a model, as `make` does, with the temperature and thresholds that were asked for.

        Raises:
            NotMeasurableError: when this model cannot be prepared so, or the task brings nothing to learn from.
            RequestError: when the settings contradict the model or the data.
        """
        subject = _under_its_labels(self.make(preparation), preparation)
        if self.temperature != 1.0:
            from leaderboard.recipes.tempering import tempered  # noqa: PLC0415

            subject = tempered(subject, self.temperature, preparation.lesson)
        if self.group_thresholds is not Parity.NONE:
            subject = with_group_thresholds(subject, self.group_thresholds, preparation.lesson)
        return subject

    @abstractmethod
    def make(self, preparation: Preparation) -> "Subject":
        """Make a subject of a model; what this kind of recipe does. Raises what `prepare` does."""

    def altered(self, model: "LoadedModel") -> "LoadedModel":
        """The model after what follows training; itself where nothing does."""
        if not self.alters:
            return model
        from leaderboard.models.altering import alter  # noqa: PLC0415

        return alter(model, drop_layers=self.drop_layers, prune=self.prune, quantise=self.quantise)


def _under_its_labels(subject: "Subject", preparation: Preparation) -> "Subject":
    """The subject with its classes in the order of its lesson: a teacher may have learned another task last."""
    task = preparation.lesson.task
    labels = task.data.labels if task.data else ()
    if not labels:
        return subject
    from leaderboard.recipes.label_order import under_labels  # noqa: PLC0415

    return under_labels(subject, labels, task=task.name)


recipes: Registry[type[Recipe]] = Registry(
    "recipe",
    "leaderboard.recipes",
    {
        RecipeName.ZERO_SHOT: "leaderboard.recipes.zero_shot:ZeroShot",
        RecipeName.FEW_SHOT: "leaderboard.recipes.few_shot:FewShot",
        RecipeName.AS_IS: "leaderboard.recipes.as_is:AsIs",
        RecipeName.PROBE: "leaderboard.recipes.probe:Probe",
        RecipeName.FINETUNE: "leaderboard.recipes.finetune:Finetune",
        RecipeName.LORA: "leaderboard.recipes.lora:Lora",
        RecipeName.DISTILL: "leaderboard.recipes.distill:Distill",
        RecipeName.ENSEMBLE: "leaderboard.recipes.ensemble:Ensemble",
    },
    see="leaderboard recipes list",
)
