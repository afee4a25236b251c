"""Few-shot: a causal model as it is, shown solved examples before each question."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from leaderboard.data.examples import ChoiceExample, Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.trained_on import examples_of, trained_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.models.loaded import LoadedModel


class FewShot(Recipe):
    """Nothing is trained. Solved examples of the training split stand before every question (Brown et al. 2020).

    Attributes:
        shots: how many, of each class as many as can be; drawn, and put in order, by the seed.
        separator: between them.
    """

    changes_model: ClassVar[bool] = True

    recipe: Literal[RecipeName.FEW_SHOT] = RecipeName.FEW_SHOT
    shots: Annotated[int, Field(ge=1)] = 8
    separator: str = "\n\n"

    def make(self, preparation: Preparation) -> Subject:
        """The model with the same solved examples before every question."""
        from leaderboard.recipes.prompting import PromptClassifier, solved  # noqa: PLC0415 - slow to import

        model, lesson, engine = self.altered(preparation.model), preparation.lesson, preparation.engine
        if model.kind is not ModelKind.CAUSAL:
            raise NotMeasurableError(f"{model.name} is no causal model: it cannot be shown examples in a prompt")
        shown = draw_balanced(examples_of(lesson, "train", "a few-shot prompt"), self.shots, preparation.seed)
        beginning = "".join(solved(lesson.task, example) + self.separator for example in shown)
        self._check_length(model, beginning)
        known = trained_on(lesson.showing(shown))
        if all(isinstance(example, ChoiceExample) for example in shown):
            return Subject(model, beginning=beginning, trained_on=known)
        task = lesson.task
        if task.prompt is None or task.data is None or not task.prompt.choices:
            raise NotMeasurableError(f"task '{task.name}' has no prompt to show examples in")
        classifier = PromptClassifier(engine, model, task.prompt, task.data.labels, beginning=beginning)
        return Subject(model, classifier, trained_on=known)

    def _check_length(self, model: "LoadedModel", beginning: str) -> None:
        length = len(model.tokenizer.encode(beginning))
        if length >= model.max_length:
            raise NotMeasurableError(
                f"{self.shots} solved examples have {length} tokens; {model.name} reads at most {model.max_length}, "
                "question included: lower recipe.shots"
            )


def draw_balanced(examples: "Sequence[Example]", n: int, seed: int) -> list[Example]:
    """At most n examples at random, of each class as many as can be, in random order.

    Classes that come first get one more where n does not divide; examples without a class are one class.
    """
    rng = np.random.default_rng(seed)
    classes: dict[int, list[Example]] = {}
    for index in rng.permutation(len(examples)):
        example = examples[index]
        classes.setdefault(example.label or 0 if isinstance(example, TextExample) else 0, []).append(example)
    chosen: list[Example] = []
    while len(chosen) < n and any(classes.values()):
        for label in sorted(classes):
            if classes[label] and len(chosen) < n:
                chosen.append(classes[label].pop())
    return [chosen[index] for index in rng.permutation(len(chosen))]
