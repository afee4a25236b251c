"""Context windows of models, and their sources."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

DEFAULT = 2048
"""Default window in tokens, as in lm-evaluation-harness."""
ATTRIBUTES = (
    *("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "seq_length", "max_seq_len"),
    "max_encoder_position_embeddings",  # LED, whose decoder has fewer
)
"""Attributes of configurations with the length, in order of precedence."""
STATE_SPACE = frozenset({"falcon_mamba", "mamba", "mamba2", "rwkv", "xlstm"})
"""Families without attention: they keep a state instead of positions."""
LINEAR_BIASES = frozenset({"bloom"})
"""Families that always attend with linear biases (ALiBi, Press et al. 2022); others have it in their configuration."""
_TOKENIZER_LIMIT_BELOW = 1_000_000
"""A tokenizer without a length has 10³⁰."""


@dataclass(frozen=True)
class Window:
    """Maximum sequence length of a model.

    Attributes:
        tokens: Number of tokens.
        note: Note for readers where the configuration does not limit it; empty where it does.
    """

    tokens: int
    note: str = ""


def window_of(config: "PreTrainedConfig", tokenizer_length: float | None) -> Window:
    """Return the window of a model, by its configuration, else its tokenizer, else `DEFAULT`.

    The order of lm-evaluation-harness 0.4 (`resolve_max_length`). Models without positions of their own (linear biases,
    state spaces) read more than their configuration says they were trained on, at least `DEFAULT` tokens.

    Args:
        config: of the model; of a composite one its part for text is asked.
        tokenizer_length: what the tokenizer calls its greatest length.
    """
    text = config.get_text_config()
    stated = stated_limit(text)
    unlimited = has_no_positions(text)
    if stated is not None and not (unlimited and stated < DEFAULT):
        return Window(stated)
    if stated is None and tokenizer_length is not None and 1 < tokenizer_length < _TOKENIZER_LIMIT_BELOW:
        tokens = int(tokenizer_length)
        return Window(tokens, f"texts are read up to {tokens} tokens, by its tokenizer; config.json names no limit")
    why = "no positions limit the model" if unlimited else "neither config.json nor the tokenizer names a limit"
    return Window(DEFAULT, f"texts are read up to {DEFAULT} tokens, a default: {why}")


def has_no_positions(config: Any) -> bool:
    """Return whether the architecture has no limit of length: linear biases, or a state instead of attention."""
    family = getattr(config, "model_type", "")
    attention = getattr(config, "attn_config", None)
    biased = bool(getattr(config, "alibi", False)) or bool(getattr(attention, "alibi", False))
    return family in STATE_SPACE or family in LINEAR_BIASES or biased


def stated_limit(config: Any) -> int | None:
    """Return the length of a configuration; a number below 1 means none (XLNet has -1)."""
    for name in ATTRIBUTES:
        value = getattr(config, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
