"""Distil: a smaller body learns to answer as a teacher does."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from leaderboard.models.subject import Subject
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.nested import nested
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.trained import Trained


class Distill(Trained):
    """Hinton et al. 2015: the model learns the teacher's softened probabilities beside the labels.

    Attributes:
        teacher: the model that teaches, named as for --model.
        teacher_recipe: how the teacher is prepared; a model with a head for the task answers as it is.
        layers: of the model that are kept, the first ones; all where nothing is said.
        softening: the temperature of both sides' probabilities.
        teacher_share: how much the teacher counts beside the labels.
    """

    recipe: Literal[RecipeName.DISTILL] = RecipeName.DISTILL
    teacher: str
    teacher_recipe: SerializeAsAny[Annotated[Recipe, BeforeValidator(nested)]] = Field(default_factory=AsIs)
    layers: Annotated[int | None, Field(ge=1)] = None
    softening: Annotated[float, Field(gt=0)] = 2.0
    teacher_share: Annotated[float, Field(ge=0, le=1)] = 0.5

    @property
    def draws_by_class(self) -> bool:
        """Whether the teacher does."""
        return self.teacher_recipe.draws_by_class

    @property
    def models(self) -> tuple[str, ...]:
        """The teacher, whom it may have learned from, and translators."""
        return (self.teacher, *super().models, *self.teacher_recipe.models)

    @property
    def lessons(self) -> tuple[str, ...]:
        """Those of the teacher."""
        return self.teacher_recipe.lessons

    def make(self, preparation: Preparation) -> Subject:
        """The student, loaded from its folder."""
        from leaderboard.recipes.distilling import distilled  # noqa: PLC0415 - slow to import

        teacher = self.teacher_recipe.prepare(replace(preparation, model=preparation.models[self.teacher]))
        return distilled(
            self, preparation, teacher, softening=self.softening, share=self.teacher_share, layers=self.layers
        )

    def learned(self) -> dict[str, Any]:
        """Without the teacher, whose answers count and not its name."""
        settings = super().learned()
        return {
            key: value for key, value in settings.items() if not key.startswith("teacher") or key == "teacher_share"
        }
