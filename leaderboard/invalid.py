"""Tells what is wrong with a file that a schema refused: which key, and what would have been valid."""

import difflib
import inspect
import typing
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml import MarkedYAMLError, YAMLError


def explain(error: ValidationError, model: type[BaseModel], *, where: str, prefix: str = "") -> str:
    """One line a mistake, with the nearest valid key for an unknown one.

    Args:
        error: what pydantic found.
        model: the schema that was asked.
        where: the file, put in front of each line.
        prefix: what stands before the schema's own keys in that file ("parameters.").
    """
    lines = []
    mistakes = error.errors(include_url=False)
    for mistake in mistakes:
        location = mistake["loc"]
        if mistake["type"] == "too_short" and any(_inside(location, other["loc"]) for other in mistakes):
            continue  # it has items, but each of them is wrong: that is told already
        key = prefix + ".".join(map(str, location)) if location else prefix.rstrip(".")
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key '{key}'{_nearest(model, location)}")
        elif mistake["type"] == "missing":
            lines.append(f"{where}: missing key '{key}'")
        else:
            lines.append(f"{where}: {key + ': ' if key else ''}{_told(mistake)}")
    return "\n".join(lines)


def explain_yaml(error: YAMLError) -> str:
    """Where a text stops being YAML, and why."""
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return str(error)


def _inside(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _told(mistake: ErrorDetails) -> str:
    """The message, with the value that was refused where it is short and the message does not name it."""
    if mistake["type"] == "value_error":
        return mistake["msg"].removeprefix("Value error, ")
    message = (
        mistake["msg"]
        .replace("a valid tuple", "a list")
        .replace("Tuple", "List")
        .replace("a valid dictionary", "a mapping of keys")
    )
    given = mistake["input"]
    return f"{message}, not {given!r}" if isinstance(given, str | int | float | None) else message


def _nearest(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    known = sorted(_fields_at(model, location[:-1]))
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    hint = f"\n  Did you mean '{near[0]}'?" if near else ""
    return f"\n  Known keys there: {', '.join(known) or 'none'}{hint}"


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> set[str]:
    """Keys that are valid at a place in a schema: models are followed through optionals, tuples and dictionaries."""
    models = {model}
    for step in path:
        models = {
            found
            for candidate in models
            if str(step) in candidate.model_fields
            for found in _models_in(candidate.model_fields[str(step)].annotation)
        } or models  # an index into a list, or a dictionary's key: the models inside stay the same
    return {name for found in models for name, info in found.model_fields.items() if not info.exclude}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if inspect.isclass(annotation) and not typing.get_args(annotation):
        return {annotation} if issubclass(annotation, BaseModel) else set()
    return {found for argument in typing.get_args(annotation) for found in _models_in(argument)}
