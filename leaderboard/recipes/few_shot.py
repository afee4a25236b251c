"""Few-shot: a causal model as it is, shown solved examples before each question."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.demonstrations import DRAWS, Demonstrations, Nearest
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.prompted import Prompted
from leaderboard.recipes.trained_on import examples_of, trained_on
from leaderboard.recipes.wording import opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.models.loaded import LoadedModel
    from leaderboard.recipes.preparation import Lesson
    from leaderboard.recipes.prompting import Beginning


class FewShot(Prompted):
    """Nothing is trained. Solved examples of the training split stand before every question (Brown et al. 2020).

    Attributes:
        shots: how many; 0 shows none.
        demonstrations: of each class as many as can be (`balanced`), or whatever their class (`random`), both drawn and
            put in order by the seed; or for each question those most like it (`nearest`, Liu et al. 2022), which costs
            more, since no two questions share a beginning.
        separator: between them.
    """

    changes_model: ClassVar[bool] = True

    recipe: Literal[RecipeName.FEW_SHOT] = RecipeName.FEW_SHOT
    shots: Annotated[int, Field(ge=0)] = 8
    demonstrations: Demonstrations = Demonstrations.BALANCED
    separator: str = "\n\n"

    @property
    def draws_by_class(self) -> bool:
        """Whether as many of each class are shown as can be."""
        return self.demonstrations is Demonstrations.BALANCED

    def make(self, preparation: Preparation) -> Subject:
        """The model with solved examples before every question.

        Raises:
            NotMeasurableError: for a model that cannot be shown any, or a task that has none.
        """
        from leaderboard.recipes.prompting import prompted  # noqa: PLC0415 - slow to import

        model, lesson = self.altered(preparation.model), preparation.lesson
        if model.kind is not ModelKind.CAUSAL:
            raise NotMeasurableError(f"{model.name} is no causal model: it cannot be shown examples in a prompt")
        beginning: str | Beginning = opening(lesson.task, self.prefix)
        shown: Sequence[Example] = ()
        if self.shots:
            beginning, shown = self._demonstrate(model, lesson, preparation.seed)
        return prompted(
            preparation.engine,
            model,
            lesson.task,
            template=self.template,
            beginning=beginning,
            trained_on=trained_on(lesson.showing(shown)),
        )

    def _demonstrate(
        self, model: "LoadedModel", lesson: "Lesson", seed: int
    ) -> "tuple[str | Beginning, Sequence[Example]]":
        """What stands before a question, and every example that may be shown in it."""
        from leaderboard.recipes.prompting import solved  # noqa: PLC0415 - slow to import

        examples, task = examples_of(lesson, "train", "a few-shot prompt"), lesson.task
        if not examples:
            raise NotMeasurableError(f"task '{task.name}' has no labelled examples to show in a prompt")

        def showing(shown: "Sequence[Example]") -> str:
            told = [solved(task, example, self.template) + self.separator for example in shown]
            beginning = opening(task, self.prefix) + "".join(told)
            self._check_length(model, beginning)
            return beginning

        if self.demonstrations is not Demonstrations.NEAREST:
            names = task.data.labels if task.data else ()
            shown = DRAWS[self.demonstrations](examples, self.shots, seed, names)
            return showing(shown), shown
        texts = [example for example in examples if isinstance(example, TextExample)]
        if not texts:
            raise NotMeasurableError(
                f"task '{task.name}' is not about texts: no example is nearest to one; "
                "set recipe.demonstrations to balanced or random"
            )
        nearest = Nearest(texts)
        return lambda text: showing(nearest.to(text, self.shots)), texts

    def _check_length(self, model: "LoadedModel", beginning: str) -> None:
        length = len(model.tokenizer.encode(beginning))
        if length >= model.max_length:
            raise NotMeasurableError(
                f"{self.shots} solved examples have {length} tokens; {model.name} reads at most {model.max_length}, "
                "question included: lower recipe.shots"
            )
