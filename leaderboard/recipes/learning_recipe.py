"""Learning recipe: base class of recipes that are trained on examples, whose texts mitigations may change."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import RequestError
from leaderboard.mitigations.stages import CopyMitigation, StageMitigation, TextMitigation
from leaderboard.recipes.recipe import AFTER_TRAINING, Recipe
from leaderboard.training.preparation import Preparation
from leaderboard.training.target import Target

E = TypeVar("E", bound=Example)

TEXT_STAGES: tuple[type[StageMitigation], ...] = (TextMitigation, CopyMitigation)
"""Stages that change the training texts."""


class LearningRecipe(Recipe):
    """Base class of recipes that are trained on examples.

    Texts are changed first, then copies are added; no copy is made of a copy. Both texts of a pair are changed.
    """

    stages: ClassVar[tuple[type[StageMitigation], ...]] = (*TEXT_STAGES, *AFTER_TRAINING)

    def helpers(self, preparation: Preparation) -> list[str]:
        """Return the identities of the models that change texts, which are part of the key of trained weights."""
        text_mitigations = (*self.mitigations(TextMitigation), *self.mitigations(CopyMitigation))
        return [preparation.models[name].identity for each in text_mitigations for name in each.models]

    def check(self, target: Target) -> None:
        """Check that mitigations of texts are for a task with texts."""
        super().check(target)
        changes_texts = self.mitigations(TextMitigation) or self.mitigations(CopyMitigation)
        if changes_texts and target.example is not None and not issubclass(target.example, TextExample):
            raise self._needs_texts(target.task.name)

    def _needs_texts(self, task: str) -> RequestError:
        active = (*self.mitigations(TextMitigation), *self.mitigations(CopyMitigation))
        names = " and ".join(each.switch() for each in active)
        return RequestError(f"recipe: task '{task}' has no texts with a class, which {names} needs\n  Leave it out.")

    def mitigated(self, examples: Sequence[E], preparation: Preparation) -> list[E]:
        """Apply the mitigations of training texts; the result depends on each example, the settings and the seed alone.

        Raises:
            RequestError: when examples that are not texts are to be changed.
            SourceUnavailableError: when a mitigation cannot reach what it needs.
        """
        text_mitigations, copy_mitigations = self.mitigations(TextMitigation), self.mitigations(CopyMitigation)
        if not (text_mitigations or copy_mitigations):
            return list(examples)
        texts: list[TextExample] = [example for example in examples if isinstance(example, TextExample)]
        if len(texts) < len(examples):
            raise self._needs_texts(preparation.lesson.task.name)
        for change in text_mitigations:
            texts = change.texts(texts, preparation)
        mitigated_examples: list[Any] = [
            *texts,
            *(copy for each in copy_mitigations for copy in each.copies(texts, preparation)),
        ]
        return mitigated_examples
