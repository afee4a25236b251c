"""Reading: what a model must be able to do with a row of tokens before it is measured."""

import inspect
from typing import Any

import torch
from transformers import PreTrainedModel

from leaderboard.errors import RequestError
from leaderboard.models.loaded import LoadedModel, ModelKind

_TOKENS = 8
_FLOAT32_TOLERANCE, _HALF_TOLERANCE = 1e-4, 5e-2
"""Relative to the largest state. A token that is seen changes states by far more, rounding by less."""
_MASKS = ("attention_mask", "token_type_ids")


def accept_all_inputs(module: PreTrainedModel) -> None:
    """Let a module and its body be called with a mask and token types also where they take none, which is ignored.

    Who ignores a mask answers a padded row otherwise, which shows in the trial of its batches (`engine.layouts`).
    """
    for part in {module, getattr(module, module.base_model_prefix, module)}:
        parameters = inspect.signature(part.forward).parameters
        if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
            continue
        lacking = frozenset(name for name in _MASKS if name not in parameters)
        if lacking:
            part.register_forward_pre_hook(_Without(lacking), with_kwargs=True)


def attend_in_full(module: PreTrainedModel) -> str:
    """Let BigBird attend to all tokens; gives what a reader must know of that, empty for any other model.

    It would attend to blocks, some of them drawn, until it reads a text shorter than those, and in full ever after: an
    answer would depend on what was read before.
    """
    body: Any = getattr(module, module.base_model_prefix, module)
    if getattr(module.config, "attention_type", "") != "block_sparse" or not hasattr(body, "set_attention_type"):
        return ""
    body.set_attention_type("original_full")
    return "attention is computed in full: the block-sparse one of this model depends on what was read before"


class _Without:
    """A hook that drops inputs that a forward function does not take."""

    def __init__(self, lacking: frozenset[str]) -> None:
        self._lacking = lacking

    def __call__(self, _module: Any, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args, {name: value for name, value in named.items() if name not in self._lacking}


def check_reading(model: LoadedModel, source: str) -> None:
    """See that a model is of the kind that it is taken for.

    Raises:
        RequestError: for an encoder-decoder, and for a model taken for a causal one that sees later tokens: it would
            be asked how likely a token is that it has read.
    """
    config = model.module.config
    if getattr(config, "is_encoder_decoder", False) and model.kind is not ModelKind.TRANSLATOR:
        raise RequestError(
            f"{source}: {type(model.module).__name__} is an encoder-decoder; "
            "causal models, masked models and encoders can be measured"
        )
    if model.kind is not ModelKind.CAUSAL:
        return
    try:
        causal = is_causal(model)
    except (RuntimeError, ValueError, TypeError, LookupError, AttributeError) as error:
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise RequestError(f"{source}: {type(model.module).__name__} cannot read text: {reason}") from error
    if not causal:
        raise RequestError(
            f"{source}: {type(model.module).__name__} reads the tokens behind the one that it predicts, so it is no "
            "causal model\n  If its weights were trained to continue text, its config.json lacks "
            '"is_decoder": true; else name its masked class or its body under "architectures" there.'
        )


def is_causal(model: LoadedModel) -> bool:
    """Whether another last token leaves the states of all tokens before it as they were."""
    length = max(2, min(_TOKENS, model.max_length))
    known = max(2, min(len(model.tokenizer), int(model.module.config.get_text_config().vocab_size)))
    first = torch.arange(length) % (known - 1)
    other = first.clone()
    other[-1] = known - 1
    with torch.inference_mode():
        one, two = (_states(model, ids[None].to(model.device)) for ids in (first, other))
    tolerance = _FLOAT32_TOLERANCE if model.dtype == torch.float32 else _HALF_TOLERANCE
    return bool((one - two).abs().max() <= tolerance * one.abs().max())


def _states(model: LoadedModel, ids: torch.Tensor) -> torch.Tensor:
    """Logits at all tokens but the last: shape (tokens - 1, vocabulary)."""
    logits: torch.Tensor = model.module(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    if logits.shape[:2] != ids.shape:
        raise ValueError(f"{ids.shape[1]} tokens have logits of shape {tuple(logits.shape[1:])}")
    return logits[0, :-1].nan_to_num()
