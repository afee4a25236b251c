"""Keys of raw labels: spellings of one label have the same key."""

import re
import unicodedata
from collections.abc import Iterable

from leaderboard.visible_text import label

_DECIMAL = re.compile(r"(?P<sign>[-+]?)(?P<whole>0|[1-9][0-9]*)(\.(?P<fraction>[0-9]*))?")
"""A number as people write it; texts with leading zeros (postal codes) or exponents (codes such as 1e5) are none."""


def label_key(raw: str) -> str:
    """Return the key of a raw label: without case and surrounding space; of a number, its exact value.

    `1`, `1.0` and `+1` have one key. No digit is lost, as it would be in a floating-point number.
    """
    clean = clean_label(raw)
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in clean)
    number = _DECIMAL.fullmatch(digits)
    if number is None:
        return clean.casefold()
    fraction = (number["fraction"] or "").rstrip("0")
    value = f"{number['whole']}.{fraction}" if fraction else number["whole"]
    return f"-{value}" if number["sign"] == "-" and value != "0" else value


def label_keys(labels: Iterable[str]) -> frozenset[str]:
    """Return the keys of raw labels."""
    return frozenset(map(label_key, labels))


def clean_label(raw: str) -> str:
    """Return a label without surrounding space and invisible characters."""
    composed = unicodedata.normalize("NFC", raw)
    return " ".join(label(composed).replace("\ufffd", "").split())
