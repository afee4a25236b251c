"""Distillation: a smaller body is trained to predict as a teacher does."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from leaderboard.backends.subject import Subject
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.composition import composed
from leaderboard.recipes.nested_recipes import parse_nested_recipe
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.trained_recipe import TrainedRecipe
from leaderboard.training.preparation import Preparation
from leaderboard.training.setting_checks import check_kept_layers
from leaderboard.training.target import Target


@composed
class Distill(TrainedRecipe):
    """Train the model on a teacher's softened probabilities and the labels (Hinton et al. 2015).

    Attributes:
        teacher: teacher model, named as for --model.
        teacher_recipe: recipe of the teacher; a model with a head for the task answers as it is.
        layers: number of layers of the model that are kept, from the first one; all by default.
        softening: temperature of the probabilities of teacher and student.
        teacher_share: weight of the teacher against the labels, from 0 to 1.
    """

    recipe: Literal["distill"] = "distill"
    teacher: str
    teacher_recipe: SerializeAsAny[Annotated[Recipe, BeforeValidator(parse_nested_recipe)]] = Field(
        default_factory=AsIs
    )
    layers: Annotated[int | None, Field(ge=1)] = None
    softening: Annotated[float, Field(gt=0)] = 2.0
    teacher_share: Annotated[float, Field(ge=0, le=1)] = 0.5

    @property
    def draws_by_class(self) -> bool:
        """Return whether the teacher's recipe draws examples class by class."""
        return self.teacher_recipe.draws_by_class

    @property
    def models(self) -> tuple[str, ...]:
        """Return the teacher, the models that its recipe needs, and translators."""
        return (self.teacher, *super().models, *self.teacher_recipe.models)

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the further tasks of the teacher's recipe."""
        return self.teacher_recipe.lessons

    @property
    def contents(self) -> Mapping[str, str]:
        """Return the digests of files that its settings or those of the teacher's recipe name."""
        return {**super().contents, **self.teacher_recipe.contents}

    def check(self, target: Target) -> None:
        """Check `layers` against the layers of the model, and the recipe of the teacher against the teacher."""
        super().check(target)
        check_kept_layers(self.layers, target.model.layers, name=target.model.name)
        if teacher := target.models.get(self.teacher):
            self.teacher_recipe.check(replace(target, model=teacher))

    def make(self, preparation: Preparation) -> Subject:
        """Train the student and return it, loaded from its folder."""
        from leaderboard.recipes.distill.prepare import prepare_distilled  # noqa: PLC0415 - slow to import

        teacher = self.teacher_recipe.prepare(replace(preparation, model=preparation.models[self.teacher]))
        return prepare_distilled(
            self, preparation, teacher, softening=self.softening, share=self.teacher_share, layers=self.layers
        )

    def learned(self) -> dict[str, Any]:
        """Return the settings that the weights depend on, without the teacher's name: its predictions count."""
        settings = super().learned()
        return {
            key: value for key, value in settings.items() if not key.startswith("teacher") or key == "teacher_share"
        }
