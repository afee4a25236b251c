"""Dropout: rates set in a model's configuration before the model is created."""

import re
from typing import Any

from leaderboard.errors import RequestError

_NAMES = re.compile(r"(.*_)?(dropout(_prob|_rate)?|pdrop)")


def set_dropout(config: Any, share: float) -> None:
    """Set every dropout rate of a configuration to the same share (BERT, RoBERTa, DistilBERT, GPT-2, Llama …).

    Raises:
        RequestError: when the configuration has no dropout.
    """
    names = [name for name, value in config.to_dict().items() if _is_dropout(name, value)]
    if not names:
        raise RequestError(f"recipe.dropout {share}: a model of type '{config.model_type}' has no dropout to set")
    for name in names:
        setattr(config, name, share)


def _is_dropout(name: str, value: Any) -> bool:
    """Return whether a setting is a dropout rate: a number, or None for a head that uses the body's rate."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return _NAMES.fullmatch(name) is not None and (number or value is None)
