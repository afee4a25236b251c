"""Checks of JSON values from a store or a document.

Values are untrusted input: each check says in one line what is wrong, and a value that passes fails no later command.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, create_model

from leaderboard.axes.axis import PATTERN, Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Scale
from leaderboard.invalid import explain
from leaderboard.tasks import Task

MOST_EXAMPLES = 10**12
"""Maximum n of an estimate; sums and products of two such counts still fit into 64 bits."""
LARGEST_NUMBER = 1e150
"""Maximum absolute value; its square is finite, and values of metrics, losses and bounds are far smaller."""
LONGEST_DEFINITION = 2**20
"""Maximum length of a task's definition as JSON."""
_MOST_NOTES = 1000
_LONGEST_NOTE = 100_000


RecordedAxis = Annotated[
    Axis,
    PlainValidator(Axis.recorded, json_schema_input_type=Annotated[str, Field(pattern=PATTERN)]),
]
"""An axis that a store or a document names, which may be one of a plug-in that is not installed here."""


def check_object(value: Any) -> None:
    """Check that a value is a JSON object.

    Raises:
        ValueError: when it is not.
    """
    if not isinstance(value, dict):
        raise ValueError(f"is {_kind(value)}, where an object with keys is needed")  # noqa: TRY004 - the value was read from a file


def check_notes(value: Any) -> None:
    """Check that a value is a list of texts.

    Raises:
        ValueError: when it is not.
    """
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"is {_kind(value)}, where a list of texts is needed")
    if len(value) > _MOST_NOTES or any(len(each) > _LONGEST_NOTE for each in value):
        raise ValueError(f"holds more than {_MOST_NOTES} notes, or one of more than {_LONGEST_NOTE:,} characters")


def check_violations(value: Any) -> None:
    """Check that a value maps each constraint to its violation: a number, or null where unknown.

    Raises:
        ValueError: when it does not.
    """
    check_object(value)
    for name, each in value.items():
        if each is not None and not _is_number(each):
            raise ValueError(f"{name[:80]!r} is {_kind(each)}, where a number or null is needed")


def check_definition(value: Any) -> None:
    """Check the keys of a task's definition that task files of this version have.

    Other keys belong to another version, and nothing reads them.

    Raises:
        ValueError: names the key, and what would be valid.
    """
    check_object(value)
    try:
        definition = _partial_task().model_validate(value, extra="ignore")
    except ValidationError as error:
        lines = explain(error, _partial_task(), where="").splitlines()
        raise ValueError(lines[0].removeprefix(": ")) from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    data = getattr(definition, "data", None)
    if data is not None and data.same_as is not None and data.same_as == value.get("name"):
        raise ValueError("data.same_as: names the task itself")
    for name, ends in (getattr(definition, "anchors", None) or {}).items():
        _check_anchors(name, ends.worst, ends.best)


def _check_anchors(name: str, worst: float, best: float) -> None:
    if max(abs(worst), abs(best)) > LARGEST_NUMBER:
        raise ValueError(f"anchors.{name[:80]}: {worst} and {best} are too large")
    metric = METRICS.get(name)
    if metric is None:
        return
    if metric.scale is Scale.LOG and min(worst, best) <= 0:
        raise ValueError(f"anchors.{name}: anchors on a log scale are positive, not {worst} and {best}")
    if metric.better is Better.TARGET and worst == metric.target:
        raise ValueError(f"anchors.{name}.worst: is the target, {worst}; they must differ")


@cache
def _partial_task() -> type[BaseModel]:
    """Return a model of a task in which every key is optional, as in a document of another version."""
    fields: dict[str, Any] = {
        name: (Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation, None)
        for name, info in Task.model_fields.items()
    }
    fields["axis"] = (RecordedAxis, None)
    return create_model("StoredTask", __config__=ConfigDict(frozen=True, allow_inf_nan=False), **fields)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _kind(value: Any) -> str:
    kinds: Mapping[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return kinds.get(type(value), "something else")


CHECKS: Mapping[tuple[str, str], Callable[[Any], None]] = {
    ("evaluation", "notes"): check_notes,
    ("task", "definition"): check_definition,
    ("trial", "violations"): check_violations,
}
"""Checks by table and column; any other JSON column needs an object."""
USUAL_VALUES: Mapping[tuple[str, str], str] = {("evaluation", "notes"): "[]"}
"""Most frequent value by table and column, which needs no check."""
