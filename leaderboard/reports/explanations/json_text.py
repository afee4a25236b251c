"""Explanations as JSON, for programs: the board reads it back."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from leaderboard.bounded_json import parse_json
from leaderboard.escapes import json_text
from leaderboard.evaluation.explanation import ExplainedSpan, Explanation


def explanations_json(explanations: Sequence[Explanation]) -> str:
    """Return a list of objects with the attributes of `Explanation`, one for each subject."""
    records = [asdict(each) | {"values": each.values.tolist()} for each in explanations]
    return json_text(json.dumps(records, ensure_ascii=False, allow_nan=False, indent=2))


def read_explanations(text: str) -> tuple[Explanation, ...]:
    """Return the explanations of a text that `explanations_json` wrote.

    Raises:
        ValueError: for any other text.
    """
    return tuple(map(_explanation, parse_json(text)))


def _explanation(record: dict[str, Any]) -> Explanation:
    tuples = {name: tuple(record[name]) for name in ("units", "notes")}
    if record["span"] is not None:
        start, stop, tags = record["span"]
        tuples["span"] = ExplainedSpan(start, stop, tuple(tags))
    return Explanation(**{**record, **tuples, "values": np.array(record["values"], dtype=np.float64)})
