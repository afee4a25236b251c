"""Learning recipe: base class of recipes that are trained on examples, whose texts mitigations may change."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import RequestError
from leaderboard.mitigations.stages import CopyMitigation, InputMitigation, StageMitigation, TextMitigation
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

    @property
    def changes_model(self) -> bool:
        """Return whether the model reads more than its input."""
        return bool(self.mitigations(InputMitigation))

    def helpers(self, preparation: Preparation) -> list[str]:
        """Return the identities of the models that change texts, which are part of the key of trained weights."""
        text_mitigations = (*self.mitigations(TextMitigation), *self.mitigations(CopyMitigation))
        models = [preparation.models[name].identity for each in text_mitigations for name in each.models]
        return [*models, *self._input_identities(preparation)]

    def _input_identities(self, preparation: Preparation) -> list[str]:
        """Return the identities of the models and files from which mitigations of the input have their texts."""
        sources = self.mitigations(InputMitigation)
        models = [preparation.models[name].identity for each in sources for name in each.models]
        return [*models, *(content for each in sources for content in each.contents.values())]

    def as_read(self, examples: Sequence[E], preparation: Preparation) -> list[E]:
        """Return examples as the model reads them: with the texts of mitigations of its input.

        Raises:
            RequestError: when there is nothing to find the texts in.
        """
        from leaderboard.recipes.informed_subject import informed_example  # noqa: PLC0415 - slow to import

        finders = [each.finder(preparation) for each in self.mitigations(InputMitigation)]
        informed: list[Any] = list(examples)
        for finder in finders:
            informed = [informed_example(example, finder) for example in informed]
        return informed

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
        """Apply the mitigations of training texts and of the input.

        The result depends on each example, the settings and the seed alone.

        Raises:
            RequestError: when examples that are not texts are to be changed.
            SourceUnavailableError: when a mitigation cannot reach what it needs.
        """
        text_mitigations, copy_mitigations = self.mitigations(TextMitigation), self.mitigations(CopyMitigation)
        if not (text_mitigations or copy_mitigations):
            return self.as_read(examples, preparation)
        texts: list[TextExample] = [example for example in examples if isinstance(example, TextExample)]
        if len(texts) < len(examples):
            raise self._needs_texts(preparation.lesson.task.name)
        for change in text_mitigations:
            texts = change.texts(texts, preparation)
        mitigated_examples: list[Any] = [
            *texts,
            *(copy for each in copy_mitigations for copy in each.copies(texts, preparation)),
        ]
        return self.as_read(mitigated_examples, preparation)
