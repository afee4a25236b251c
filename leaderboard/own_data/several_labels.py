"""Refusal of label columns that hold several labels in a row."""

import json
import shlex
from collections import Counter
from pathlib import Path

from leaderboard.errors import RequestError

_SHOWN_KEYS = 4
_SEPARATORS = ("|", ";", ",", "/")
_LEAST = 0.1
"""Minimum share of rows with several labels that shows that the column holds lists."""


def refuse_several_labels(path: Path, column: str, labels: Counter[str]) -> None:
    """Refuse lists as labels: those of JSON or Python, or labels of the same column joined by a separator.

    Raises:
        RequestError: naming the column, and a row's labels.
    """
    if nested := _keys_of_objects(labels):
        names = " or ".join(f"--label {shlex.quote(f'{column}.{key}')}" for key in nested)
        raise RequestError(f"{path}: column {column!r} holds objects, not labels\n  Name a value in them: {names}")
    lists = [raw for raw in labels if raw.startswith(("[", "{", "(")) and raw.endswith(("]", "}", ")"))]
    joined = lists or _joined(labels)
    if joined:
        raise RequestError(
            f"{path}: column {column!r} holds several labels in a row, such as {joined[0]!r}\n"
            "  Classification gives each text one class. Make a file for each label (a column yes/no), or name another "
            "column with --label."
        )


def _keys_of_objects(labels: Counter[str]) -> list[str]:
    """Return the first keys of labels that are all objects of JSON; none where any is not."""
    keys: dict[str, None] = {}
    for raw in labels:
        try:
            value = json.loads(raw) if raw.startswith("{") else None
        except ValueError:
            value = None
        if not isinstance(value, dict):
            return []
        keys.update(dict.fromkeys(value))
    return list(keys)[:_SHOWN_KEYS]


def _joined(labels: Counter[str]) -> list[str]:
    """Return the labels that are others of the same column, joined by a separator."""
    for separator in _SEPARATORS:
        parts = Counter(part.strip() for raw in labels for part in set(raw.split(separator)))
        several = [
            raw for raw in labels if separator in raw and all(parts[part.strip()] > 1 for part in raw.split(separator))
        ]
        if several and sum(labels[raw] for raw in several) >= _LEAST * labels.total():
            return several
    return []
