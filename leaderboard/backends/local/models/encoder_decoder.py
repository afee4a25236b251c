"""Encoder-decoders (T5, BART and their kin): their kinds, their parts, and where their decoder starts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.architectures import architecture, kind_by_name
from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_OTHER_MEDIA = frozenset({"encoder-decoder", "seamless_m4t", "seamless_m4t_v2"})
"""Families whose class writes text for text, but which are made of two models or also read speech."""
_HEADS = frozenset({ModelKind.CLASSIFIER, ModelKind.TAGGER})


def encoder_decoder_kind(config: Mapping[str, Any], source: str) -> ModelKind:
    """Return the kind of an encoder-decoder, by the architecture it was saved as.

    Args:
        config: the model's `config.json`, with `is_encoder_decoder`.
        source: as the user typed it.

    Raises:
        RequestError: for one that does not write text for text, and for a body without a head.
    """
    # Slow to import, and needed for few.
    from transformers.models.auto.modeling_auto import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES  # noqa: PLC0415

    name, family = architecture(dict(config)), str(config.get("model_type", ""))
    writer = None if family in _OTHER_MEDIA else MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES.get(family)
    kind = kind_by_name(dict(config))
    if writer is not None and kind in _HEADS:
        return kind
    if writer is not None and name == writer:
        return ModelKind.ENCODER_DECODER
    valid = f'its class under "architectures" has to be {writer}, or one that classifies' if writer else ""
    raise RequestError(
        f"{source}: {name or 'this model'} is an encoder-decoder that cannot be measured\n"
        f"  {valid or 'Measured are those that write text for text (T5, mT5, BART, Pegasus, LED …).'}"
    )


def is_encoder_decoder(module: "PreTrainedModel") -> bool:
    """Return whether a module has an encoder and a decoder."""
    return bool(getattr(getattr(module, "config", None), "is_encoder_decoder", False))


def encoder_of(module: "PreTrainedModel") -> Any:
    """Return the encoder of an encoder-decoder: token ids to hidden states."""
    return module.get_encoder()


def decoder_of(module: "PreTrainedModel") -> Any:
    """Return the decoder of an encoder-decoder."""
    return module.get_decoder()  # type: ignore[no-untyped-call]


def decoder_length(module: "PreTrainedModel", max_length: int) -> int:
    """Return the number of tokens that the decoder reads; that of the encoder unless it has its own limit (LED)."""
    own = getattr(module.config, "max_decoder_position_embeddings", None)
    return min(own, max_length) if isinstance(own, int) else max_length


def decoder_start(module: "PreTrainedModel") -> int | None:
    """Return the token that the decoder reads first; None where neither configuration has one."""
    for config in (module.config, module.generation_config):
        token = getattr(config, "decoder_start_token_id", None)
        if isinstance(token, int) and not isinstance(token, bool) and token >= 0:
            return token
    return None
