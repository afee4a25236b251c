"""Self-training: the model labels texts without labels and learns from its confident answers."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leaderboard.backends.subject import Subject
from leaderboard.errors import RequestError
from leaderboard.recipes.composition import composed
from leaderboard.recipes.labelled_share import LabelledShareRecipe
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.target import Target


@composed
class SelfTraining(LabelledShareRecipe):
    """Learn from a few labels, then from confident answers for texts without labels (pseudo-labels, Lee 2013).

    Random texts of the train split keep their labels; those of the others are never read. In each round the last member
    labels all texts without labels again, and the next one learns from the labels and from the answers above the
    threshold. Compare with `rounds: 0`, which is plain training on the same labels.

    Attributes:
        labels: number of random training texts whose labels are used.
        threshold: smallest probability of an answer that is learned.
        rounds: number of rounds; 0 learns from the labels alone.
        unlabelled: further tasks whose training texts are used without their labels.
    """

    recipe: Literal["self_training"] = "self_training"
    labels: Annotated[int, Field(ge=2)] = 200
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.9
    rounds: Annotated[int, Field(ge=0, le=100)] = 3
    unlabelled: tuple[str, ...] = ()

    purpose: ClassVar[str] = "self-training"

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the tasks whose texts are used without labels."""
        return (*super().lessons, *self.unlabelled)

    def check(self, target: Target) -> None:
        """Check that the tasks without labels are others than the measured one."""
        super().check(target)
        if target.task.name in self.unlabelled:
            raise RequestError(
                f"recipe.unlabelled: '{target.task.name}' is the measured task, whose texts are "
                "used anyway; leave it out"
            )

    def check_data(self, lesson: Lesson, lessons: Mapping[str, Lesson], seed: int) -> None:
        """Check that the task has the labels, of every class, and that the further tasks have texts."""
        from leaderboard.recipes.self_training.prepare import divided_texts  # noqa: PLC0415 - slow to import

        super().check_data(lesson, lessons, seed)
        divided_texts(self, lesson, [lessons[name] for name in self.unlabelled], seed)

    def make(self, preparation: Preparation) -> Subject:
        """Train a member on the labels, then on its own answers, too, and return the last one."""
        from leaderboard.recipes.self_training.prepare import prepare_self_trained  # noqa: PLC0415 - slow to import

        return prepare_self_trained(self, preparation)
