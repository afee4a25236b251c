"""Lookup of the class of a raw label or tag in a file."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from leaderboard.data.fields import MissingValueError, as_text
from leaderboard.data.specification import Reading
from leaderboard.errors import RequestError, unknown_name

Classes = Callable[[Any], int | None]
"""Maps a raw label to the index of its class; None for a row without a class."""

_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Unicode categories of invisible characters: controls, format characters, spaces."""
NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*")
"""A number as people and programs write it."""


def class_lookup(reading: Reading, labels: tuple[str, ...]) -> Classes:
    """Return a function that looks up raw labels, by the class names of the task or by those of `reading`.

    Names are compared in Unicode's composed form, so that both encodings of "é" are equal.

    Raises:
        RequestError: when there are no labels; what it gives, for a label that is none.
        MissingValueError: what it gives, for no label.
    """
    if not labels:
        raise RequestError("fields: classes are read, but `labels` names none")
    index = {label: place for place, label in enumerate(labels)}
    if reading.label_ranges:
        ranges = [(low, high, index[label]) for label, (low, high) in reading.label_ranges.items()]
        return lambda raw: _in_range(raw, ranges, reading.no_labels)
    raw_names = {raw: index[label] for raw, label in reading.label_values.items()} or index
    named = {_composed(raw): place for raw, place in raw_names.items()}

    def look_up(raw: Any) -> int:
        text = _composed(as_text(raw))
        if text in named:
            return named[text]
        if is_missing(raw) or text in reading.no_labels:
            raise MissingValueError(f"no label ({raw!r})")
        error = unknown_name("label", text, named)
        if text.strip() in named:
            raise RequestError(f"{error}\n  The label in the file has spaces around it")
        raise error

    return look_up


def is_missing(raw: Any) -> bool:
    """Whether a value is missing: null, NaN, or only white space and invisible characters."""
    if isinstance(raw, str):
        return not any(unicodedata.category(letter) not in _UNSEEN for letter in raw)
    return raw is None or (isinstance(raw, float) and math.isnan(raw))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def as_number(raw: str | float) -> float:
    """Return the value of a number, or of a text that matches `NUMBER`.

    `float` takes fewer characters for blanks than a regular expression: not the separators of ASCII.
    """
    return float(raw.strip() if isinstance(raw, str) else raw)


def _in_range(raw: Any, ranges: Sequence[tuple[float, float, int]], absent: Sequence[str]) -> int | None:
    if is_missing(raw) or as_text(raw) in absent or (isinstance(raw, str) and raw.strip().casefold() == "nan"):
        raise MissingValueError(f"no label ({raw!r})")
    numeric = not isinstance(raw, bool) and (isinstance(raw, int | float) or NUMBER.fullmatch(str(raw)))
    if not numeric:
        raise RequestError(f"label {raw!r} is not a number, and `label_ranges` needs one")
    value = as_number(raw)
    return next((place for low, high, place in ranges if low <= value <= high), None)
