"""Recipe: how a model is prepared for a task. Frozen, hashed, named in the row of a subject."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import ValidationError, model_validator

from leaderboard.backends.local.models.alteration import Alteration
from leaderboard.backends.model import Model
from leaderboard.data.strict import Strict
from leaderboard.mitigations.mitigation import Mitigation, conflict
from leaderboard.mitigations.registry import mitigations, mitigations_of_stage
from leaderboard.mitigations.stages import AnswerMitigation, InputMitigation, StageMitigation, WeightMitigation
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.target import Target

if TYPE_CHECKING:
    from leaderboard.backends.local.models.loaded_model import LoadedModel
    from leaderboard.backends.subject import Subject

M = TypeVar("M", bound=Mitigation)
S = TypeVar("S", bound=StageMitigation)

UNCHANGED = "its weights are those of {source}, since nothing was trained"
"""Reason why a subject without training has no weights of its own."""
AFTER_TRAINING: tuple[type[StageMitigation], ...] = (WeightMitigation, AnswerMitigation)
"""Stages of every recipe: they act on the trained or unchanged model."""


class Recipe(Strict, ABC):
    """Settings of one way to prepare a model.

    A recipe lists the stages of its preparation. The decorator `composed` adds the settings of every mitigation that is
    registered for them.

    Attributes:
        recipe: name of the recipe.
    """

    version: ClassVar[int] = 1
    """Raised whenever the same settings would give other weights or answers."""
    without_weights: ClassVar[str] = ""
    """Reason why a subject has no weights of its own, with `{source}` for the model; empty where it has some."""
    stages: ClassVar[tuple[type[StageMitigation], ...]] = AFTER_TRAINING
    """Stages of its preparation at which mitigations act."""

    recipe: str

    @property
    def details(self) -> Mapping[str, Any]:
        """Return all settings and versions, which identify the recipe, JSON-like."""
        contents = {"contents": dict(self.contents)} if self.contents else {}
        return {**self.model_dump(mode="json"), "version": self.version, **self.mitigation_versions(), **contents}

    @property
    def contents(self) -> Mapping[str, str]:
        """Return the digests of files that its settings name, by name.

        Raises:
            RequestError: when one cannot be read.
            SourceUnavailableError: when one cannot be reached.
        """
        return {name: value for each in self.active_mitigations() for name, value in each.contents.items()}

    def mitigation_versions(self, *stages: type[StageMitigation]) -> dict[str, dict[str, int]]:
        """Return the versions of active mitigations; empty where all are at their first version.

        Args:
            stages: stages to include; all by default.
        """
        active = [each for each in self.active_mitigations() if not stages or isinstance(each, stages)]
        versions = {each.name: each.version for each in active if each.version > 1}
        return {"mitigations": versions} if versions else {}

    def mitigations(self, stage: type[S]) -> tuple[S, ...]:
        """Return the active mitigations of a stage, in the order in which they are applied."""
        if stage not in self.stages:
            return ()
        return tuple(each for each in map(self._mitigation, mitigations_of_stage(stage)) if each.is_on)

    def active_mitigations(self) -> tuple[Mitigation, ...]:
        """Return every active mitigation."""
        kinds = [kind for kind in mitigations().values() if issubclass(kind, self.stages)]
        return tuple(each for each in map(self._mitigation, kinds) if each.is_on)

    @classmethod
    def settings_of(cls, *stages: type[StageMitigation]) -> set[str]:
        """Return the names of the settings that mitigations of some stages add to this recipe."""
        own_stages = [stage for stage in stages if stage in cls.stages]
        return {name for stage in own_stages for kind in mitigations_of_stage(stage) for name in kind.model_fields}

    def _mitigation(self, kind: type[M]) -> M:
        try:
            return kind.of(self)
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None

    @property
    def changes_model(self) -> bool:
        """Return whether the prepared model answers differently from the unchanged one."""
        return False

    @property
    def asks_in_words(self) -> bool:
        """Return whether it prompts a causal model with the prompt of its task."""
        return False

    @property
    def learns(self) -> bool:
        """Return whether it needs the training data of its task."""
        return True

    @property
    def draws_by_class(self) -> bool:
        """Return whether it draws examples class by class, with the classes in the order of their names."""
        return False

    @property
    def adapts_to(self) -> str | None:
        """Return the task that it always prepares a model for; None for the measured task."""
        return None

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the names of further tasks that it is trained on."""
        return ()

    @property
    def models(self) -> tuple[str, ...]:
        """Return the references of further models that it needs: those of its mitigations."""
        return tuple(name for each in self.active_mitigations() for name in each.models)

    @property
    def alters(self) -> bool:
        """Return whether a mitigation changes the weights after training."""
        return bool(self.mitigations(WeightMitigation))

    @property
    def changes_model_answers(self) -> bool:
        """Return whether a mitigation of its answers changes what the model itself gives, such as written text."""
        return any(each.changes_model for each in self.mitigations(AnswerMitigation))

    def check(self, target: Target) -> None:
        """Check settings against a model and a task, before anything is loaded.

        Raises:
            RequestError: for a setting that contradicts the model's configuration or the task.
        """
        for each in self.active_mitigations():
            each.check(target)

    def check_data(self, lesson: Lesson, lessons: Mapping[str, Lesson], seed: int) -> None:
        """Check settings against the training data, before a model is loaded.

        Args:
            lesson: task that a model is prepared for, with its data.
            lessons: all tasks that the recipe learns, by name.
            seed: seed of the preparation.

        Raises:
            NotMeasurableError: when the recipe cannot learn the task.
            RequestError: for a setting that contradicts the data.
        """
        del lesson, lessons, seed

    def prepare(self, preparation: Preparation) -> "Subject":
        """Prepare a subject by `make`, and apply the mitigations of its answers.

        Raises:
            NotMeasurableError: when this model cannot be prepared so, or the task has no training data.
            RequestError: when the settings contradict the model or the data.
        """
        subject = _in_label_order(self._informed(self.make(preparation), preparation), preparation)
        for each in self.mitigations(AnswerMitigation):
            subject = each.answering(subject, preparation.lesson)
        return subject

    def _informed(self, subject: "Subject", preparation: Preparation) -> "Subject":
        """Return the subject with the texts of mitigations of its input beside all that it reads."""
        from leaderboard.recipes.informed_subject import informed_subject  # noqa: PLC0415 - slow to import

        for each in self.mitigations(InputMitigation):
            subject = informed_subject(subject, each.finder(preparation))
        return subject

    @abstractmethod
    def make(self, preparation: Preparation) -> "Subject":
        """Prepare a subject, without the mitigations of its answers. Raises what `prepare` does."""

    def altered_model(self, preparation: Preparation) -> Model:
        """Return the model with the mitigations of its weights; unchanged without any.

        Raises:
            NotMeasurableError: when there is one, and the weights are not on this machine.
        """
        if not self.alters:
            return preparation.model
        from leaderboard.backends.local.model import LocalModel  # noqa: PLC0415

        return LocalModel(preparation.engine, self.altered(preparation.weights))

    def altered(self, model: "LoadedModel") -> "LoadedModel":
        """Return the loaded model with the mitigations of its weights; unchanged without any."""
        changes = self.mitigations(WeightMitigation)
        if not changes:
            return model
        from leaderboard.backends.local.models.altered_model import alter  # noqa: PLC0415 - slow to import

        settings = self.model_dump(mode="json", include=self.settings_of(WeightMitigation))
        return alter(model, Alteration(changes, settings))

    @model_validator(mode="after")
    def _mitigations_go_together(self) -> Self:
        active = self.active_mitigations()
        for number, one in enumerate(active):
            for other in active[:number]:
                if reason := self._conflict(one, other):
                    raise ValueError(f"{other.switch()} and {one.switch()} cannot be combined: {reason}; keep one")
        return self

    def _conflict(self, one: Mitigation, other: Mitigation) -> str | None:
        shared = [stage for stage in self.stages if isinstance(one, stage) and isinstance(other, stage)]
        return conflict(one, other) or next((stage.alone for stage in shared if stage.alone), None)


def _in_label_order(subject: "Subject", preparation: Preparation) -> "Subject":
    """Return the subject with its classes in the order of its lesson; a teacher may have learned another task."""
    task = preparation.lesson.task
    labels = task.data.labels if task.data else ()
    if not labels:
        return subject
    from leaderboard.recipes.label_order import reorder_subject  # noqa: PLC0415

    return reorder_subject(subject, labels, task=task.name)
