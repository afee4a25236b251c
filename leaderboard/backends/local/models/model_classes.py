"""The class of transformers that loads each kind of model."""

from typing import Any

from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForMultipleChoice,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)

from leaderboard.backends.kind import ModelKind

CLASSES: dict[ModelKind, Any] = {
    ModelKind.CAUSAL: AutoModelForCausalLM,
    ModelKind.MASKED: AutoModelForMaskedLM,
    ModelKind.ENCODER: AutoModel,
    ModelKind.CLASSIFIER: AutoModelForSequenceClassification,
    ModelKind.TAGGER: AutoModelForTokenClassification,
    ModelKind.CHOOSER: AutoModelForMultipleChoice,
    ModelKind.ENCODER_DECODER: AutoModelForSeq2SeqLM,
    ModelKind.TRANSLATOR: AutoModelForSeq2SeqLM,
}
