"""Member recipe: base class of recipes that prepare another recipe, their member, several times."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, SerializeAsAny, model_validator

from leaderboard.mitigations.stages import WeightMitigation
from leaderboard.recipes.nested_recipes import parse_nested_recipe
from leaderboard.recipes.recipe import Recipe
from leaderboard.training.preparation import Lesson
from leaderboard.training.target import Target

NestedRecipe = SerializeAsAny[Annotated[Recipe, BeforeValidator(parse_nested_recipe)]]
"""Recipe inside the settings of another, given by its name or its settings."""


class MemberRecipe(Recipe):
    """Base class of recipes that prepare another recipe several times.

    Attributes:
        member: recipe of each member; mitigations of training and weights are set there.
    """

    changes_model: ClassVar[bool] = True

    member: NestedRecipe

    @model_validator(mode="after")
    def _members_are_altered(self) -> "MemberRecipe":
        if self.alters:
            names = " and ".join(each.switch() for each in self.mitigations(WeightMitigation))
            raise ValueError(f"set {names} under `member`")
        return self

    @property
    def asks_in_words(self) -> bool:
        """Return whether the members are prompted."""
        return self.member.asks_in_words

    @property
    def learns(self) -> bool:
        """Return whether the members need training data."""
        return self.member.learns

    @property
    def draws_by_class(self) -> bool:
        """Return whether the members draw examples class by class."""
        return self.member.draws_by_class

    @property
    def adapts_to(self) -> str | None:
        """Return the task that the members are prepared for."""
        return self.member.adapts_to

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the further tasks of the members."""
        return self.member.lessons

    @property
    def models(self) -> tuple[str, ...]:
        """Return the further models of the members."""
        return self.member.models

    @property
    def contents(self) -> Mapping[str, str]:
        """Return the digests of files that the settings of the members name."""
        return self.member.contents

    def check(self, target: Target) -> None:
        """Check the settings of the members."""
        super().check(target)
        self.member.check(target)

    def check_data(self, lesson: Lesson, lessons: Mapping[str, Lesson], seed: int) -> None:
        """Check the settings of the members against the training data."""
        self.member.check_data(lesson, lessons, seed)
