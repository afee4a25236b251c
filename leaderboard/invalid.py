"""Messages for a file that a schema refused: which key, and what would be valid."""

import difflib
import inspect
import typing
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml import MarkedYAMLError, YAMLError

from leaderboard.errors import LONGEST_NAME, shortened

_MOST = 30
"""Maximum number of mistakes in a message."""
_LONGEST = 300
"""Maximum characters of a quotation from a file."""


def explain(error: ValidationError, model: type[BaseModel], *, where: str, prefix: str = "") -> str:
    """Return one line for each mistake, with the most similar valid key for an unknown one.

    Args:
        error: the error of pydantic.
        model: the schema that was asked.
        where: the file, put in front of each line.
        prefix: prefix of the schema's keys in that file ("parameters.").
    """
    lines = []
    mistakes = error.errors(include_url=False)
    for mistake in mistakes[:_MOST]:
        location = mistake["loc"]
        if mistake["type"] == "too_short" and any(_inside(location, other["loc"]) for other in mistakes):
            continue  # it has items, but each of them is wrong: which is already reported
        named = prefix + ".".join(map(str, location)) if location else prefix.rstrip(".")
        key = shortened(named, _LONGEST)
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key '{key}'{_nearest(model, location)}")
        elif mistake["type"] == "missing":
            lines.append(f"{where}: missing key '{key}'")
        else:
            lines.append(f"{where}: {key + ': ' if key else ''}{_message(mistake)}")
    if len(mistakes) > _MOST:
        lines.append(f"  … and {len(mistakes) - _MOST:,} more")
    return "\n".join(lines)


def explain_yaml(error: YAMLError) -> str:
    """Return the place where a text is not YAML, and why."""
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {str(error.problem)[:_LONGEST]}"
    return str(error)[:_LONGEST]


def _inside(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _message(mistake: ErrorDetails) -> str:
    """Return the message of a mistake, with the refused value where it is short."""
    if mistake["type"] == "value_error":
        return shortened(mistake["msg"].removeprefix("Value error, "), 10 * _LONGEST)
    message = (
        mistake["msg"]
        .replace("a valid tuple", "a list")
        .replace("Tuple", "List")
        .replace("a valid dictionary", "a mapping of keys")
    )
    value = mistake["input"]
    value = shortened(value, _LONGEST) if isinstance(value, str) else value
    message = shortened(message, 10 * _LONGEST)
    return f"{message}, not {value!r}" if isinstance(value, str | int | float | None) else message


def _nearest(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    valid = sorted(_fields_at(model, location[:-1]))
    near = difflib.get_close_matches(shortened(str(location[-1]), LONGEST_NAME), valid, n=1, cutoff=0.5)
    hint = f"\n  Did you mean '{near[0]}'?" if near else ""
    return f"\n  Known keys there: {', '.join(valid) or 'none'}{hint}"


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> set[str]:
    """Return the valid keys at a place in a schema, through optionals, tuples and dictionaries."""
    models = {model}
    for step in path:
        models = {
            model
            for candidate in models
            if str(step) in candidate.model_fields
            for model in _models_in(candidate.model_fields[str(step)].annotation)
        } or models  # an index into a list, or a dictionary's key: the models inside stay the same
    return {name for model in models for name, info in model.model_fields.items() if not info.exclude}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if inspect.isclass(annotation) and not typing.get_args(annotation):
        return {annotation} if issubclass(annotation, BaseModel) else set()
    return {model for argument in typing.get_args(annotation) for model in _models_in(argument)}
