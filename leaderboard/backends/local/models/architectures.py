"""Kinds of models by the architecture that `config.json` names, and exceptions."""

from typing import Any

from leaderboard.backends.kind import ModelKind

ENDINGS = {
    "ForCausalLM": ModelKind.CAUSAL,
    "LMHeadModel": ModelKind.CAUSAL,
    "ForMaskedLM": ModelKind.MASKED,
    # BERT and its kin were pre-trained on masked words and one more task; loading checks that the head is there.
    "ForPreTraining": ModelKind.MASKED,
    "ForSequenceClassification": ModelKind.CLASSIFIER,
    "ForTokenClassification": ModelKind.TAGGER,
    "ForMultipleChoice": ModelKind.CHOOSER,
}
DECODERS_IF_CONFIGURED = frozenset(
    {
        "bert",
        "bert-generation",
        "big_bird",
        "camembert",
        "data2vec-text",
        "electra",
        "ernie",
        "megatron-bert",
        "rembert",
        "roberta",
        "roberta-prelayernorm",
        "roc_bert",
        "roformer",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
"""Families with bidirectional attention unless their configuration has `is_decoder`."""
MASKED_UNLESS_CAUSAL = frozenset({"flaubert", "xlm"})
"""Families whose only language-model class was trained on masked tokens unless their configuration has `causal`."""
PERMUTED = frozenset({"xlnet"})
"""Families that predict tokens in any order: without a permutation they see the token that they predict."""


def kind_by_name(config: dict[str, Any]) -> ModelKind:
    """Return the kind by the ending of an architecture's name; an unknown one counts as no head."""
    return kind_of_class(architecture(config))


def kind_of_class(name: str) -> ModelKind:
    """Return the kind by the ending of the name of a class; an unknown one counts as no head."""
    return next((kind for ending, kind in ENDINGS.items() if name.endswith(ending)), ModelKind.ENCODER)


def kind_by_family(config: dict[str, Any]) -> ModelKind:
    """Return the kind by the name of the architecture, the family, and whether it is a decoder."""
    family, kind = str(config.get("model_type", "")), kind_by_name(config)
    if kind is ModelKind.CAUSAL:
        if family in MASKED_UNLESS_CAUSAL:
            return ModelKind.CAUSAL if config.get("causal") else ModelKind.MASKED
        if family in PERMUTED or (family in DECODERS_IF_CONFIGURED and not config.get("is_decoder")):
            return ModelKind.ENCODER
    name = architecture(config)
    if kind is ModelKind.ENCODER and name and not name.endswith("Model") and family not in PERMUTED:
        # Slow to import, and needed for few: models of several media that continue text (Gemma 3).
        from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES  # noqa: PLC0415

        decodes = family not in DECODERS_IF_CONFIGURED or config.get("is_decoder")
        if MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(family) == name and decodes:
            return ModelKind.CAUSAL
    return kind


def architecture(config: dict[str, Any]) -> str:
    """Return the class that a model was saved as; empty where its configuration names none."""
    named = config.get("architectures") or [""]
    return str(named[0] if isinstance(named, list) else named)


def note_of_kind(config: dict[str, Any], kind: ModelKind) -> str:
    """Return a note on a model whose kind is not that of its architecture's name; empty for others."""
    if kind is kind_by_name(config) or kind.continues_text:
        return ""
    return f"{architecture(config)} reads both sides of a token, so it is measured as a model of kind '{kind}'"
