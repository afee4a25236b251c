"""Kinds of models by the prediction of their own head."""

from enum import StrEnum


class ModelKind(StrEnum):
    """Kind of a model, by the prediction of its own head."""

    CAUSAL = "causal"
    MASKED = "masked"
    ENCODER = "encoder"
    CLASSIFIER = "classifier"
    TAGGER = "tagger"
    CHOOSER = "chooser"
    ENCODER_DECODER = "encoder-decoder"
    TRANSLATOR = "translator"

    @property
    def continues_text(self) -> bool:
        """Whether it gives log-likelihoods of continuations and writes text, so that it can be prompted."""
        return self in {ModelKind.CAUSAL, ModelKind.ENCODER_DECODER}
