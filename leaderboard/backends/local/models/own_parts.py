"""Parts of a model that `transformers` does not know: settings of `config.json` by which this program reads them."""

from collections.abc import Mapping
from typing import Any

BOTTLENECKS = "bottleneck_adapter_width"
VIRTUAL_TOKENS = "virtual_tokens"
_NAMES = {BOTTLENECKS: "bottleneck adapters", VIRTUAL_TOKENS: "virtual tokens in front of every text"}


def own_parts(config: Mapping[str, Any]) -> list[str]:
    """Return the parts of a model that this program alone reads, in words; none for most models.

    Args:
        config: content of its `config.json`.
    """
    return [words for key, words in _NAMES.items() if config.get(key) is not None]
