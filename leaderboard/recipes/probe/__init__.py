"""Probe: a trained linear head on the features of a frozen body."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from leaderboard.backends.hidden_states import LAST_LAYER, Pooling
from leaderboard.errors import RequestError
from leaderboard.mitigations.dp_sgd import DpSgd
from leaderboard.mitigations.stages import FeatureMitigation, HeadMitigation, InputMitigation, StageMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.learning_recipe import TEXT_STAGES, LearningRecipe
from leaderboard.recipes.recipe import AFTER_TRAINING
from leaderboard.training.preparation import Preparation
from leaderboard.training.target import Target

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject


@composed
class Probe(LearningRecipe):
    """Train a logistic regression on the features that a frozen body computes for each text.

    The features are computed once for each (model, text, layer, pooling).

    Attributes:
        max_length: maximal number of tokens of each text.
        layer: layer whose hidden states are used: -1 is the last, 0 the embeddings.
        pooling: method that pools the hidden states of a text into one vector.
        c: inverse strength of the L2 penalty; `chosen` takes the best of `candidates` by cross-validated log-loss.
        candidates: values of C to choose from.
        folds: number of folds of the cross-validation.
    """

    version: ClassVar[int] = 2
    without_weights: ClassVar[str] = (
        "its body is that of {source}, and its head, which reads mean hidden states, fits no class of `transformers`"
    )
    stages: ClassVar[tuple[type[StageMitigation], ...]] = (
        *TEXT_STAGES,
        InputMitigation,
        FeatureMitigation,
        HeadMitigation,
        *AFTER_TRAINING,
    )

    recipe: Literal["probe"] = "probe"
    max_length: Annotated[int, Field(ge=2)] = 128
    layer: Annotated[int, Field(ge=-1)] = LAST_LAYER
    pooling: Pooling = Pooling.MEAN
    c: Annotated[float, Field(gt=0)] | Literal["chosen"] = "chosen"
    candidates: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=2)] = (
        0.001,
        0.01,
        0.1,
        1.0,
        10.0,
    )
    folds: Annotated[int, Field(ge=2, le=1_000)] = 5

    @model_validator(mode="after")
    def _chooses_nothing_by_private_examples(self) -> "Probe":
        if self.c == "chosen" and any(isinstance(each, DpSgd) for each in self.mitigations(HeadMitigation)):
            raise ValueError(
                "dp_noise and dp_epsilon need a number for `c`: choosing it learns from examples without noise, and "
                "the guarantee would not hold"
            )
        return self

    def check(self, target: Target) -> None:
        """Check that the model has the layer whose states are read."""
        super().check(target)
        if target.model.layers is not None:
            self.check_layers(target.model.layers, target.model.name)

    def check_layers(self, layers: int, name: str) -> None:
        """Check that a model with so many layers has the one whose states are read.

        Raises:
            RequestError: when it does not, with those that it has.
        """
        if self.layer > layers:
            raise RequestError(
                f"recipe.layer {self.layer}: {name} has {layers} layers\n  Valid: -1 (the last), 0 to {layers}"
            )

    def make(self, preparation: Preparation) -> "Subject":
        """Train a head on `train`, and one on `search` as the reference for membership attacks."""
        from leaderboard.recipes.probe.prepare import prepare_probe  # noqa: PLC0415 - slow to import

        return prepare_probe(self, preparation)
