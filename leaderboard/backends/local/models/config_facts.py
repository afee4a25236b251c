"""Facts about a model that its `config.json` states, before anything is loaded."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from leaderboard.backends.local.models.context_window import has_no_positions, stated_limit

_OUTPUTS = 2
"""Outputs of a head whose configuration states neither names nor a number, as in `transformers`."""


def text_limit(config: Mapping[str, Any]) -> int | None:
    """Return the maximum number of tokens of a text; None where the configuration states none, or none applies."""
    settings = SimpleNamespace(**config)
    return None if has_no_positions(settings) else stated_limit(settings)


def head_labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the classes of a classifier's or tagger's head, in the order of its outputs."""
    names = config.get("id2label")
    if isinstance(names, Mapping) and names:
        by_index = {int(index): str(name) for index, name in names.items()}
        return tuple(by_index[index] for index in sorted(by_index))
    outputs = config.get("num_labels") or _OUTPUTS
    return tuple(f"LABEL_{index}" for index in range(int(outputs)))
