"""Few-shot: a causal model without training, with solved examples in each prompt."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.stages import InputMitigation, WordingMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.few_shot.demonstrations import DRAWS, Demonstrations, NearestExamples
from leaderboard.recipes.prompted_recipe import PromptedRecipe
from leaderboard.training.learning_examples import labelled_examples, trained_on
from leaderboard.training.preparation import Preparation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leaderboard.backends.model import Model
    from leaderboard.recipes.prompt_classifier import BeginningOfPrompt, PromptOpening
    from leaderboard.tasks import Prompt


@composed
class FewShot(PromptedRecipe):
    """Put solved training examples into every prompt, without training (Brown et al. 2020).

    Attributes:
        shots: number of solved examples.
        demonstrations: choice of the examples: equal numbers of each class (`balanced`), any class (`random`), both
            drawn and ordered by the seed; or those most similar to each question (`nearest`, Liu et al. 2022), which
            costs more, since questions share no prefix.
        separator: text between the examples.
    """

    changes_model: ClassVar[bool] = True

    recipe: Literal["few_shot"] = "few_shot"
    shots: Annotated[int, Field(ge=0, le=10_000)] = 8
    demonstrations: Demonstrations = Demonstrations.BALANCED
    separator: str = "\n\n"

    @property
    def draws_by_class(self) -> bool:
        """Return whether examples are drawn class by class."""
        return self.demonstrations is Demonstrations.BALANCED

    def make(self, preparation: Preparation) -> Subject:
        """Return the model with solved examples before every question.

        Raises:
            NotMeasurableError: for a model that does not continue text, or a task without labelled examples.
        """
        from leaderboard.recipes.prompted_subject import prompted_subject  # noqa: PLC0415 - slow to import

        model, lesson = self.altered_model(preparation), preparation.lesson
        if not model.kind.continues_text:
            raise NotMeasurableError(
                f"{model.name} does not continue text, so that it cannot be prompted with examples"
            )
        beginning: str | PromptOpening = self.opening(lesson.task)
        beginning_for: BeginningOfPrompt | None = None
        demonstrations: Sequence[Example] = ()
        if self.shots:
            opening_of, demonstrations = self._demonstrate(model, preparation)
            beginning, beginning_for = opening_of(None), opening_of
        return prompted_subject(
            model,
            lesson.task,
            wordings=self.mitigations(WordingMitigation),
            beginning=beginning,
            beginning_for=beginning_for,
            trained_on=trained_on(lesson.showing(demonstrations)),
        )

    def _demonstrate(
        self, model: "Model", preparation: Preparation
    ) -> "tuple[Callable[[Prompt | None], str | PromptOpening], Sequence[Example]]":
        """Return the text before a question by its prompt, None for the task's, and every example that it may have."""
        from leaderboard.recipes.informed_subject import facts_before  # noqa: PLC0415 - slow to import
        from leaderboard.recipes.prompted_subject import solve_example  # noqa: PLC0415 - as above

        lesson, seed, task = preparation.lesson, preparation.seed, preparation.lesson.task
        examples = labelled_examples(lesson, "train", "a few-shot prompt")
        if not examples:
            raise NotMeasurableError(f"task '{task.name}' has no labelled examples to show in a prompt")

        wordings = self.mitigations(WordingMitigation)
        finders = [each.finder(preparation) for each in self.mitigations(InputMitigation)]

        def solved(example: "Example", prompt: "Prompt | None") -> str:
            facts = "".join(facts_before(example, finder) for finder in finders)
            return facts + solve_example(task, example, wordings, prompt) + self.separator

        def opening_with(demonstrations: "Sequence[Example]", prompt: "Prompt | None") -> str:
            beginning = self.opening(task) + "".join(solved(each, prompt) for each in demonstrations)
            self._check_length(model, beginning)
            return beginning

        if self.demonstrations is not Demonstrations.NEAREST:
            names = task.data.labels if task.data else ()
            demonstrations = DRAWS[self.demonstrations](examples, self.shots, seed, names)
            return lambda prompt: opening_with(demonstrations, prompt), demonstrations
        texts = [example for example in examples if isinstance(example, TextExample)]
        if not texts:
            raise NotMeasurableError(
                f"task '{task.name}' has no texts, so that no example is nearest; "
                "set recipe.demonstrations to balanced or random"
            )
        nearest = NearestExamples(texts)
        return lambda prompt: lambda text: opening_with(nearest.to(text, self.shots), prompt), texts

    def _check_length(self, model: "Model", beginning: str) -> None:
        likelihood = model.likelihood()
        length, limit = likelihood.prompt_length(beginning), likelihood.longest
        if length is not None and limit is not None and length >= limit:
            raise NotMeasurableError(
                f"{self.shots} solved examples have {length} tokens; {model.name} reads at most {limit}, "
                "question included: lower recipe.shots"
            )
