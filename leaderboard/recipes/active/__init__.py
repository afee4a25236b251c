"""Active learning: the model chooses the training texts whose labels it learns from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from leaderboard.backends.subject import Subject
from leaderboard.errors import RequestError
from leaderboard.recipes.composition import composed
from leaderboard.recipes.labelled_share import LabelledShareRecipe
from leaderboard.recipes.trained_recipe import TrainedRecipe
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.target import Target


class Strategy(StrEnum):
    """Which texts are labelled next: random ones, or those that the model is least certain of."""

    ENTROPY = "entropy"
    MARGIN = "margin"
    BALD = "bald"
    RANDOM = "random"


@composed
class Active(LabelledShareRecipe):
    """Learn from the training texts whose labels the model asks for, batch by batch, up to a budget (Settles 2009).

    The train split is the pool; a label counts once it is asked for. The split `search`, where a task has one, gives
    the learning curve and does not count. Compare with `strategy: random`: plain training with as many labels.

    Attributes:
        strategy: how texts are chosen: `entropy` of the answer, `margin` between its two best classes, `bald`
            (disagreement of passes with dropout, Houlsby et al. 2011) or `random`.
        start: number of random texts that are labelled first.
        batch: number of texts that are labelled at a time.
        budget: number of labels in the end, those of the start included.
        passes: number of passes with dropout, for `bald`.
        candidates: number of random texts of the pool that each batch is chosen from; None for all of them.
    """

    recipe: Literal["active"] = "active"
    strategy: Strategy = Strategy.ENTROPY
    start: Annotated[int, Field(ge=2)] = 50
    batch: Annotated[int, Field(ge=1)] = 50
    budget: Annotated[int, Field(ge=2)] = 300
    passes: Annotated[int, Field(ge=2, le=1_000)] = 10
    candidates: Annotated[int | None, Field(ge=1)] = None

    purpose: ClassVar[str] = "active learning"

    @model_validator(mode="after")
    def _starts_within_the_budget(self) -> "Active":
        if self.start > self.budget:
            raise ValueError(f"start {self.start} is more than the budget of {self.budget} labels")
        if self.candidates is not None and self.candidates < self.batch:
            raise ValueError(f"candidates {self.candidates} is less than a batch of {self.batch}")
        return self

    def check(self, target: Target) -> None:
        """Check that the answers of the member can be sampled with dropout, where the strategy needs it."""
        super().check(target)
        if self.strategy is Strategy.BALD and isinstance(self.member, TrainedRecipe) and self.member.dropout == 0:
            raise RequestError(
                "recipe.strategy bald: it samples answers with dropout, and recipe.member.dropout is 0\n"
                "  Set it above 0, or choose another strategy: entropy, margin or random."
            )

    def check_data(self, lesson: Lesson, lessons: Mapping[str, Lesson], seed: int) -> None:
        """Check that the pool has as many labels as the budget, and the start every class."""
        from leaderboard.recipes.active.start import pool_and_start  # noqa: PLC0415 - slow to import

        super().check_data(lesson, lessons, seed)
        pool_and_start(self, lesson, seed)

    def make(self, preparation: Preparation) -> Subject:
        """Train a member on more and more labels, and return the last one."""
        from leaderboard.recipes.active.prepare import prepare_active  # noqa: PLC0415 - slow to import

        return prepare_active(self, preparation)
