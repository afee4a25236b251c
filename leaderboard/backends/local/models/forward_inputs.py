"""Adaptations of a model's forward function: accepted inputs and full attention."""

import inspect
from typing import Any

from transformers import PreTrainedModel

from leaderboard.backends.local.models.encoder_decoder import encoder_of, is_encoder_decoder

_MASKS = ("attention_mask", "token_type_ids")


def accept_all_inputs(module: PreTrainedModel) -> None:
    """Let a module and its body accept a mask and token types that their forward functions lack; they are ignored.

    A model that ignores a mask answers a padded row differently, which the trial of its batches detects (`layouts`).
    """
    for part in {module, getattr(module, module.base_model_prefix, module)}:
        parameters = inspect.signature(part.forward).parameters
        if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
            continue
        lacking = frozenset(name for name in _MASKS if name not in parameters)
        if lacking:
            part.register_forward_pre_hook(_Without(lacking), with_kwargs=True)


def attend_in_full(module: PreTrainedModel) -> str:
    """Let BigBird attend to all tokens; return a note on it, empty for any other model.

    It would attend to blocks, some of them drawn, until it reads a text shorter than those, and in full ever after: an
    answer would depend on what was read before.
    """
    body: Any = getattr(module, module.base_model_prefix, module)
    body = body if hasattr(body, "set_attention_type") or not is_encoder_decoder(module) else encoder_of(module)
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
