"""Ensemble: several subjects of one recipe, each of a seed of its own, answer together."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.nested import nested
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe


class Ensemble(Recipe):
    """The mean of the members' probabilities (Lakshminarayanan et al. 2017). Each answer costs all of them.

    Attributes:
        size: how many members; the first has the seed that was asked for, each other the next one.
        member: the recipe of each of them; what follows training is said there.
    """

    changes_model: ClassVar[bool] = True

    recipe: Literal[RecipeName.ENSEMBLE] = RecipeName.ENSEMBLE
    size: Annotated[int, Field(ge=2)] = 3
    member: SerializeAsAny[Annotated[Recipe, BeforeValidator(nested)]]

    @model_validator(mode="after")
    def _members_are_altered(self) -> "Ensemble":
        if self.alters:
            raise ValueError("say drop_layers, prune and quantise under `member`")
        return self

    @property
    def asks_in_words(self) -> bool:
        """Whether the members do."""
        return self.member.asks_in_words

    @property
    def learns(self) -> bool:
        """Whether the members do."""
        return self.member.learns

    @property
    def draws_by_class(self) -> bool:
        """Whether the members do."""
        return self.member.draws_by_class

    @property
    def adapts_to(self) -> str | None:
        """What the members are prepared for."""
        return self.member.adapts_to

    @property
    def lessons(self) -> tuple[str, ...]:
        """Those of the members."""
        return self.member.lessons

    @property
    def models(self) -> tuple[str, ...]:
        """Those of the members."""
        return self.member.models

    def make(self, preparation: Preparation) -> Subject:
        """All members, answering together."""
        from leaderboard.recipes.together import together  # noqa: PLC0415 - slow to import

        seeds = range(preparation.seed, preparation.seed + self.size)
        return together([self.member.prepare(replace(preparation, seed=seed)) for seed in seeds])
