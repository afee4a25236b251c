"""Causality checks: whether a causal model, or the decoder of an encoder-decoder, attends to later tokens."""

import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.encoder_decoder import decoder_start
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import RequestError, as_exceptions, reason_of

_OF_ENCODER_DECODERS = frozenset(
    {ModelKind.ENCODER_DECODER, ModelKind.CLASSIFIER, ModelKind.TAGGER, ModelKind.TRANSLATOR}
)
_TOKENS = 8
_FLOAT32_TOLERANCE, _HALF_TOLERANCE = 1e-4, 5e-2
"""Relative to the largest state. A token that is seen changes states by far more, rounding by less."""


def check_causality(model: LoadedModel, source: str) -> None:
    """Check that a causal model, or a decoder, does not attend to later tokens.

    Raises:
        RequestError: for a body of an encoder-decoder without a head; for a decoder without a token to start from; and
            for a model taken for a causal one that sees later tokens: it would be asked how likely a token is that it
            has read.
    """
    if getattr(model.module.config, "is_encoder_decoder", False) and model.kind not in _OF_ENCODER_DECODERS:
        raise RequestError(
            f"{source}: {type(model.module).__name__} is an encoder-decoder without a head, which cannot be measured\n"
            '  Its config.json has to name the class that its weights were saved from under "architectures".'
        )
    if not model.kind.continues_text:
        return
    if model.kind is ModelKind.ENCODER_DECODER and decoder_start(model.module) is None:
        raise RequestError(
            f"{source}: config.json has no decoder_start_token_id, the token that its decoder reads first\n"
            "  Add the one that it was trained with: T5 has that of padding, BART that of the end of a text."
        )
    try:
        with as_exceptions():
            causal = is_causal(model)
    except Exception as error:
        raise RequestError(f"{source}: {type(model.module).__name__} cannot read text: {reason_of(error)}") from error
    if not causal:
        raise RequestError(
            f"{source}: {type(model.module).__name__} reads the tokens behind the one that it predicts, so it is no "
            "causal model\n  If its weights were trained to continue text, its config.json lacks "
            '"is_decoder": true; else name its masked class or its body under "architectures" there.'
        )


def is_causal(model: LoadedModel) -> bool:
    """Return whether the states of all tokens (that a decoder reads) are independent of the last token."""
    length = max(2, min(_TOKENS, model.max_length))
    vocabulary = max(2, min(len(model.tokenizer), int(model.module.config.get_text_config().vocab_size)))
    first = torch.arange(length) % (vocabulary - 1)
    other = first.clone()
    other[-1] = vocabulary - 1
    with torch.inference_mode():
        one, two = (_states(model, ids[None].to(model.device)) for ids in (first, other))
    tolerance = _FLOAT32_TOLERANCE if model.dtype == torch.float32 else _HALF_TOLERANCE
    return bool((one - two).abs().max() <= tolerance * one.abs().max())


def _states(model: LoadedModel, ids: torch.Tensor) -> torch.Tensor:
    """Return the logits at all tokens but the last: shape (tokens - 1, vocabulary)."""
    decoded = {"decoder_input_ids": ids} if model.kind is ModelKind.ENCODER_DECODER else {}
    read = ids[:, :1] if decoded else ids  # what is encoded may not differ
    logits: torch.Tensor = model.module(input_ids=read, attention_mask=torch.ones_like(read), **decoded).logits
    if logits.shape[:2] != ids.shape:
        raise ValueError(f"{ids.shape[1]} tokens have logits of shape {tuple(logits.shape[1:])}")
    return logits[0, :-1].nan_to_num()
