"""Ensemble: several subjects of one recipe with different seeds, whose probabilities are averaged."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from leaderboard.backends.subject import Subject
from leaderboard.mitigations.stages import WeightMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.nested_recipes import parse_nested_recipe
from leaderboard.recipes.recipe import Recipe
from leaderboard.training.preparation import Preparation


@composed
class Ensemble(Recipe):
    """Average the probabilities of several members (Lakshminarayanan et al. 2017). Each answer costs all of them.

    Attributes:
        size: number of members; the first has the requested seed, the others the following ones.
        member: recipe of each member; mitigations after training are set there.
    """

    changes_model: ClassVar[bool] = True
    without_weights: ClassVar[str] = "it is several models that answer together, and a folder holds one"

    recipe: Literal["ensemble"] = "ensemble"
    size: Annotated[int, Field(ge=2, le=100)] = 3
    member: SerializeAsAny[Annotated[Recipe, BeforeValidator(parse_nested_recipe)]]

    @model_validator(mode="after")
    def _members_are_altered(self) -> "Ensemble":
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

    def check_layers(self, layers: int, name: str) -> None:
        """Check the layers that the members' settings name."""
        self.member.check_layers(layers, name)

    def make(self, preparation: Preparation) -> Subject:
        """Prepare all members and return them as one subject."""
        from leaderboard.recipes.ensemble.prepare import combine_members  # noqa: PLC0415 - slow to import

        seeds = range(preparation.seed, preparation.seed + self.size)
        return combine_members([self.member.prepare(replace(preparation, seed=seed)) for seed in seeds])
