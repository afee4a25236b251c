"""Window: how many tokens a model reads at once, and what says so."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

DEFAULT = 2048
"""Tokens read by a model that names no limit, as in lm-evaluation-harness."""
ATTRIBUTES = ("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "seq_length", "max_seq_len")
"""Where configurations name the length, in the order in which they are asked."""
STATE_SPACE = frozenset({"falcon_mamba", "mamba", "mamba2", "rwkv", "xlstm"})
"""Families without attention: they keep a state instead of positions."""
LINEAR_BIASES = frozenset({"bloom"})
"""Families that always attend with linear biases (ALiBi, Press et al. 2022); of others the configuration tells."""
_TOKENIZER_KNOWS_BELOW = 1_000_000
"""A tokenizer that was told no length says 10³⁰."""


@dataclass(frozen=True)
class Window:
    """Most tokens that a model reads at once.

    Attributes:
        tokens: how many.
        note: what a reader must know where the configuration does not limit them; empty where it does.
    """

    tokens: int
    note: str = ""


def window_of(config: "PreTrainedConfig", tokenizer_length: float | None) -> Window:
    """The window of a model, by its configuration, else its tokenizer, else `DEFAULT`.

    The order of lm-evaluation-harness 0.4 (`resolve_max_length`). Models without positions of their own (linear biases,
    state spaces) read more than their configuration says they were trained on, at least `DEFAULT` tokens.

    Args:
        config: of the model; of a composite one its part for text is asked.
        tokenizer_length: what the tokenizer calls its greatest length.
    """
    text = config.get_text_config()
    stated = _stated(text)
    unlimited = has_no_positions(text)
    if stated is not None and not (unlimited and stated < DEFAULT):
        return Window(stated)
    if stated is None and tokenizer_length is not None and 1 < tokenizer_length < _TOKENIZER_KNOWS_BELOW:
        tokens = int(tokenizer_length)
        return Window(tokens, f"texts are read up to {tokens} tokens, by its tokenizer; config.json names no limit")
    why = "no positions limit the model" if unlimited else "neither config.json nor the tokenizer names a limit"
    return Window(DEFAULT, f"texts are read up to {DEFAULT} tokens, a default: {why}")


def has_no_positions(config: Any) -> bool:
    """Whether nothing in the architecture limits the length: linear biases, or a state instead of attention."""
    family = getattr(config, "model_type", "")
    attention = getattr(config, "attn_config", None)
    biased = bool(getattr(config, "alibi", False)) or bool(getattr(attention, "alibi", False))
    return family in STATE_SPACE or family in LINEAR_BIASES or biased


def _stated(config: Any) -> int | None:
    """The length that a configuration names; a number below 1 names none (XLNet says -1)."""
    for name in ATTRIBUTES:
        value = getattr(config, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
