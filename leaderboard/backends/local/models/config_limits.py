"""Limits of the JSON files of a model, checked before anything is built from them.

A configuration is a list of sizes that somebody else chose: a million layers hang a program before the first weight is
read, a billion classes take all memory. Every number has a bound far above that of any published model; what lies below
the bounds and is still too much is refused by `models.vetting`, which builds the model without memory first.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.data import json_reader
from leaderboard.errors import RequestError

MOST_BYTES = 128 << 20
"""Maximum size of one JSON file. The largest published tokenizer.json has about 60 MB."""
MOST_VALUES = 10_000_000
"""Maximum number of values in one JSON file, by its commas and brackets: 128 MB of `[]` would be 8 GB of lists. Unigram
vocabularies of 900,000 pieces have 4 million."""
MOST_SETTINGS = 500_000
"""Values in a configuration."""
MOST_ENTRIES = 100_000
"""Maximum entries of one list or table in a configuration: labels, image tokens (65,536 in Chameleon)."""
DEEPEST = 32
"""Brackets within brackets in a configuration."""
_MOST = 1 << 27
"""Maximum of any size without a bound of its own. The largest published ones are a table of n-grams (20 million) and
windows (10 million tokens)."""
_SHOWN = 40
"""Characters of a value in a message."""


@dataclass(frozen=True)
class Limit:
    """Bounds of the numbers whose keys match a pattern."""

    keys: re.Pattern[str]
    most: int
    least: int | None = None


_LAYERS = 1_024
"""Published models have up to 126 (Llama 3.1 405B) for people, and 1,000 for the record (DeepNet)."""
_BOUNDS = (
    # Large by their nature, and no size of anything.
    Limit(re.compile(r".*(theta|seed|freq|flops|max_length|tokens_seen|train_tokens|timestamp).*"), 10**31),
    # Notes of whoever trained it.
    Limit(re.compile(r"(total|train|training|trained|pretrain\w*|dataset|corpus|consumed)_\w+"), 10**31),
    Limit(re.compile(r"(\w*_)?(params|parameters|bytes|samples|examples|steps|created|updated|modified|date)"), 10**31),
    Limit(re.compile(r"(num_hidden_layers|n_layers?|hidden_size|d_model|n_embd|num_attention_heads|n_heads?)"), 0, 1),
    Limit(re.compile(r"(num_|n_)?((.*_)?(layers?|depths?|blocks?|groups?)|block_count|block_sizes)"), _LAYERS),
    Limit(re.compile(r"((num|n)_.*heads?|.*_(attention_)?heads|heads)"), 1 << 14),
    Limit(re.compile(r".*experts?(_num)?|expert_count"), 1 << 16),
    Limit(re.compile(r"attention_window"), 1 << 15),  # what Longformer pads every text to
    Limit(re.compile(r"num_(labels|classes)"), MOST_ENTRIES),
)
"""The first whose pattern a key matches holds; a bound without a greatest value leaves that to the ones behind it."""


def check_numbers(config: Mapping[str, Any], file: str, source: str) -> None:
    """Check that every number of a configuration is plausible for a model.

    Args:
        config: content of the file.
        file: its name.
        source: the model, as the user typed it.

    Raises:
        RequestError: naming the key, its value and the bound.
    """
    if (excess := excess_of(config)) is not None:
        raise RequestError(
            f"{source}: {file}: {excess}\n"
            "  No published model has such a number: the file is damaged, or made to exhaust whoever loads it.\n"
            "  Remove the key if it is a note of your own that no model reads."
        )


def excess_of(config: Mapping[str, Any]) -> str | None:
    """Return the first implausible value of a configuration with its key and bound, or None."""
    for path, value in _walk(config):
        key = ".".join(part[:_SHOWN] for part in path)
        if len(path) > DEEPEST:
            return f"{path[0][:_SHOWN]}: brackets are nested deeper than {DEEPEST}"
        if isinstance(value, dict | list):
            if len(value) > MOST_ENTRIES:
                return f"{key}: {len(value):,} entries; at most {MOST_ENTRIES:,} are read"
        elif isinstance(value, int) and not isinstance(value, bool):
            least, most = _range(_name(path))
            if abs(value) > most:
                return f"{key}: {_shown(value)}; it can be at most {_shown(most)}"
            if least is not None and value < least:
                return f"{key}: {_shown(value)}; it has to be at least {least}"
    return None


def read_object(path: Path, *, most_values: int = MOST_VALUES) -> dict[str, Any]:
    """Read a JSON object from a file of a model within limits.

    Args:
        path: of the file.
        most_values: that it may have.

    Raises:
        RequestError: when it is too large, nested too deep, no JSON, or no object.
    """
    content = json_reader.read_json(path, largest=MOST_BYTES, most_values=most_values)
    if not isinstance(content, dict):
        raise RequestError(f"{path}: has to be a JSON object")
    return content


def count_values(data: bytes) -> int:
    """Return an upper bound of the number of values of a JSON text, in linear time."""
    return sum(data.count(sign) for sign in (b",", b"[", b"{"))


def _range(key: str) -> tuple[int | None, int]:
    least: int | None = None
    for bound in _BOUNDS:
        if bound.keys.fullmatch(key):
            least = bound.least if least is None else least
            if bound.most:
                return least, bound.most
    return least, _MOST


def _walk(value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value with its path, without recursion."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, each = waiting.pop()
        yield path, each
        if len(path) > DEEPEST:
            continue
        if isinstance(each, dict):
            waiting += [((*path, str(key)), inner) for key, inner in each.items()]
        elif isinstance(each, list):
            waiting += [((*path, str(index)), inner) for index, inner in enumerate(each)]


def _name(path: tuple[str, ...]) -> str:
    """Return the key of a number; for one in a list, the key of the list."""
    return next((key for key in reversed(path) if not key.isdecimal()), "")


def _shown(value: int) -> str:
    if value.bit_length() > 120:  # noqa: PLR2004 - a number of many digits takes long to format
        return f"a number of {value.bit_length()} bits"
    return f"{value:,}"
