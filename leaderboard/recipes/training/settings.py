"""Settings of a training, with the defaults that are published for encoders; light enough for a command line."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from leaderboard.data.specification import Strict
from leaderboard.models.precision import Precision


class ClassWeights(StrEnum):
    """How much an example counts: all alike, or those of a rare class more, so that every class counts the same."""

    NONE = "none"
    BALANCED = "balanced"


class Adversary(StrEnum):
    """Who moves the embeddings to where the loss is larger, so that this is learned from; see `steps.adversarial`."""

    NONE = "none"
    FGM = "fgm"
    PGD = "pgd"
    FREELB = "freelb"


class TrainingSettings(Strict):
    """How weights are learned (Devlin et al. 2019 and the scripts after it).

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
        mixup: α of the Beta(α, α) that says how much of each of two examples is mixed, on embeddings (Zhang et al.
            2018); 0 mixes nothing. For classes of texts.
        adversary: who moves the embeddings: fgm (Miyato et al. 2017), pgd (Madry et al. 2018), freelb (Zhu et al.
            2020).
        adversary_epsilon: how far, in the Euclidean norm over all tokens of a text.
        adversary_steps: moves of pgd, each of which costs a pass, and places of freelb.
        dp_noise: standard deviation of the noise on the sum of gradients, in units of `dp_clip` (DP-SGD, Abadi et al.
            2016); 0 is ordinary training. What it promises stands in the training's log.
        dp_clip: most that the norm of one example's gradient counts, then; it takes the place of `clip`.
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
    mixup: Annotated[float, Field(ge=0)] = 0.0
    adversary: Adversary = Adversary.NONE
    adversary_epsilon: Annotated[float, Field(gt=0)] = 1.0
    adversary_steps: Annotated[int, Field(ge=1)] = 3
    dp_noise: Annotated[float, Field(ge=0)] = 0.0
    dp_clip: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _makes_one_kind_of_step(self) -> Self:
        kinds = {"mixup": self.mixup, "adversary": self.adversary is not Adversary.NONE, "dp_noise": self.dp_noise}
        asked = [name for name, on in kinds.items() if on]
        if len(asked) > 1:
            raise ValueError(f"{' and '.join(asked)} do not go together: each changes how a step learns; keep one")
        return self

    @property
    def of_training(self) -> dict[str, Any]:
        """These settings without those that a recipe adds to them, JSON-like."""
        return self.model_dump(mode="json", include=set(TrainingSettings.model_fields))
