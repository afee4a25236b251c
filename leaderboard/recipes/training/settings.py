"""Settings of a training, with the defaults that are published for encoders; light enough for a command line."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from leaderboard.data.specification import Strict
from leaderboard.models.precision import Precision


class ClassWeights(StrEnum):
    """How much an example counts: all alike, or those of a rare class more, so that every class counts the same."""

    NONE = "none"
    BALANCED = "balanced"


class TrainingSettings(Strict):
    """How weights are learned (Devlin et al. 2019 and the scripts after it).

    Attributes:
        learning_rate: of AdamW at its highest.
        batch_size: examples of one batch, over all devices together.
        epochs: how often every example is seen.
        max_length: tokens read of each text, special tokens included.
        warmup: share of the steps in which the learning rate rises from 0; in the others it falls to 0, both linearly.
        weight_decay: of matrices; biases and layer norms have none.
        dropout: share of activations set to 0 while training; None is the model's own.
        label_smoothing: share of the target's probability that is spread over all classes.
        early_stopping: epochs without a better search split after which training stops; 0 never stops it.
        clip: most that the norm of all gradients together may be.
        accumulation: batches whose gradients make one step.
        class_weights: whether rare classes count more.
        precision: of multiplications; `auto` is float32 on a CPU and bfloat16 on a GPU that has it. Weights are kept
            and changed in float32.
    """

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-5
    batch_size: Annotated[int, Field(ge=1)] = 32
    epochs: Annotated[int, Field(ge=1)] = 3
    max_length: Annotated[int, Field(ge=4)] = 128
    warmup: Annotated[float, Field(ge=0, le=1)] = 0.1
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    dropout: Annotated[float | None, Field(ge=0, lt=1)] = None
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    early_stopping: Annotated[int, Field(ge=0)] = 0
    clip: Annotated[float, Field(gt=0)] = 1.0
    accumulation: Annotated[int, Field(ge=1)] = 1
    class_weights: ClassWeights = ClassWeights.NONE
    precision: Precision = Precision.AUTO

    @property
    def of_training(self) -> dict[str, Any]:
        """These settings without those that a recipe adds to them, JSON-like."""
        return self.model_dump(mode="json", include=set(TrainingSettings.model_fields))
