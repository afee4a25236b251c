"""Training settings, with defaults published for encoders; imports nothing heavy, since the command line reads it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from leaderboard.backends.precision import Precision
from leaderboard.data.strict import Strict


class ClassWeights(StrEnum):
    """Class weights of the loss: none, or balanced, so that every class counts the same."""

    NONE = "none"
    BALANCED = "balanced"


class TrainingSettings(Strict):
    """Settings of a training (defaults of Devlin et al. 2019 and later scripts).

    Attributes:
        learning_rate: of AdamW at its highest.
        batch_size: examples of one batch, over all devices together.
        epochs: how often every example is seen. The weights of the epoch that did best on the split `search` are kept,
            early stopping or not; those of the last one where the task has no such split.
        max_length: tokens read of each text, special tokens included.
        warmup: share of the steps in which the learning rate rises from 0; in the others it falls to 0, both linearly.
        weight_decay: of matrices; biases and layer norms have none.
        dropout: share of activations set to 0 while training; None is the model's own.
        label_smoothing: share of the target's probability that is spread over all classes.
        early_stopping: epochs without a better search split after which training stops; 0 trains all epochs, and still
            keeps the best one's weights.
        clip: most that the norm of all gradients together may be.
        accumulation: batches whose gradients make one step.
        class_weights: whether rare classes count more.
        precision: of multiplications; `auto` is float32 on a CPU and bfloat16 on a GPU that has it. Weights are kept
            and changed in float32.
    """

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-5
    batch_size: Annotated[int, Field(ge=1)] = 32
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 3
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
    def training_details(self) -> dict[str, Any]:
        """All settings that the trained weights depend on, JSON-like."""
        return self.model_dump(mode="json")
