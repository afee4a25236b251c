"""Random choices that depend only on the content of examples, not on their order or the machine."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeVar

from leaderboard.data.examples import ContrastExample, Example, TextExample

E = TypeVar("E", bound=Example)

_NOT_CONTENT = frozenset({"id", "label", "tags", "group", "sensitive", "rationale"})
_SCALE = 1 << 64
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
"""A whole number as a program writes it that keeps a column of numbers, one of them missing, as fractions."""


def content(example: Example) -> str:
    """Return the content of an example: all fields except id, labels and groups, in one case and spacing."""
    values = [getattr(example, name) for name in type(example).model_fields if name not in _NOT_CONTENT]
    return joined_content(values)


def joined_content(values: Iterable[object]) -> str:
    """Return the content of the fields of an example, in their order; fields without a value do not count."""
    return "\x1f".join(" ".join(str(value).split()).casefold() for value in values if value is not None)


def position(text: str) -> float:
    """Return a number in [0, 1), uniform over texts: the first 64 bits of the text's SHA-256."""
    # A double cannot hold 64 bits: dropping 11 keeps the largest below 1.
    return (_hash(text) >> 11) / (_SCALE >> 11)


def share_of(examples: Sequence[E], low: float, high: float) -> list[E]:
    """Return the examples with a position in [low, high); equal examples stay together, as those of one group do."""
    return [example for example in examples if low <= split_position(content(example), _group(example)) < high]


def split_position(text: str, group: str | None) -> float:
    """Return the position among random splits of an example: that of its group, or of its content without one."""
    return position(text if group is None else f"group:{group}")


def group_key(group: str) -> str:
    """Return the name of a group without what differs between programs that wrote it.

    Surrounding space, the composition of Unicode characters and the fraction of `7.0` do not count. Case does, and so
    do further digits: `1.10` and `1.1` may be versions.
    """
    clean = unicodedata.normalize("NFC", group.strip())
    whole = _WHOLE.fullmatch(clean)
    return whole[1] if whole else clean


def _group(example: Example) -> str | None:
    return example.group if isinstance(example, TextExample) else None


def fixed_sample(examples: Sequence[E], n: int) -> list[E]:
    """Return at most n examples, always the same, in their original order.

    The choice is independent of `share_of`.
    """
    order = sorted(range(len(examples)), key=lambda index: (_hash(f"rows:{content(examples[index])}"), index))
    return [examples[index] for index in sorted(order[:n])]


def random_sample(examples: Sequence[E], n: int, seed: int) -> list[E]:
    """Return the first n examples in a random order set by the seed; a smaller n gives a prefix of a larger one's.

    A changed form of a text has the place of the text, so that as many of each form are those of the same texts; the
    texts of a contrast set have one place, so that only the last set may be cut.
    """
    order = sorted(range(len(examples)), key=lambda index: (_hash(f"{seed}:{_unchanged(examples[index])}"), index))
    return [examples[index] for index in order[:n]]


def _unchanged(example: Example) -> str:
    """Return the content of an example, that of the original of a changed form, and the name of a contrast set."""
    if isinstance(example, ContrastExample):
        return f"group:{example.group}"
    if not isinstance(example, TextExample) or example.original is None:
        return content(example)
    text, second = (example.original, None) if isinstance(example.original, str) else example.original
    return content(example.model_copy(update={"text": text, "second": second, "original": None}))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
