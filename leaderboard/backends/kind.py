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
    TRANSLATOR = "translator"
