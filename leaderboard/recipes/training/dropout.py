"""Dropout: set in a model's configuration before the model is made."""

import re
from typing import Any

from leaderboard.errors import RequestError

_NAMES = re.compile(r"(.*_)?(dropout(_prob|_rate)?|pdrop)")


def set_dropout(config: Any, share: float) -> None:
    """Give every dropout that a configuration names the same share (BERT, RoBERTa, DistilBERT, GPT-2, Llama …).

    Raises:
        RequestError: when the model has none.
    """
    names = [name for name, value in config.to_dict().items() if _is_dropout(name, value)]
    if not names:
        raise RequestError(f"recipe.dropout {share}: a model of type '{config.model_type}' has no dropout to set")
    for name in names:
        setattr(config, name, share)


def _is_dropout(name: str, value: Any) -> bool:
    """A number, or None for a head's dropout that is as the body's."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return _NAMES.fullmatch(name) is not None and (number or value is None)
