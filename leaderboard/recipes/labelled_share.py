"""Labelled share: base class of recipes whose member learns from the labels of a part of the training texts."""

from typing import ClassVar

from pydantic import Field, model_validator

from leaderboard.recipes.member_recipe import MemberRecipe, NestedRecipe
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.recipe import Recipe


def _weak_probe() -> Recipe:
    """Return a probe with a fixed penalty, which few labels suffice for: cross-validation needs some of each class."""
    return Probe(c=0.01)


class LabelledShareRecipe(MemberRecipe):
    """Base class of recipes that train a member with the labels of a part of the training texts.

    Attributes:
        member: recipe that learns, such as probe, finetune or lora; mitigations of training and weights are set there.
            By default a probe whose C is .01, since choosing C takes more labels.
    """

    member: NestedRecipe = Field(default_factory=_weak_probe)

    purpose: ClassVar[str]
    """Name of the method, for messages."""

    @model_validator(mode="after")
    def _member_learns_the_task(self) -> "LabelledShareRecipe":
        if not self.member.learns:
            raise ValueError(f"member: {self.member.recipe} does not learn; choose probe, finetune or lora")
        if self.member.adapts_to is not None:
            raise ValueError("member: leave out `sequence`, since labels of one task are chosen")
        return self
