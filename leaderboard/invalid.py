"""Tells what is wrong with a file that a schema refused: which key, and what would have been valid."""

import difflib
import inspect
import typing
from typing import Any

from pydantic import BaseModel, ValidationError


def explain(error: ValidationError, model: type[BaseModel], *, where: str, prefix: str = "") -> str:
    """One line a mistake, with the nearest valid key for an unknown one.

    Args:
        error: what pydantic found.
        model: the schema that was asked.
        where: the file, put in front of each line.
        prefix: what stands before the schema's own keys in that file ("parameters.").
    """
    lines = []
    for mistake in error.errors(include_url=False):
        location = mistake["loc"]
        key = prefix + ".".join(map(str, location))
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key '{key}'{_nearest(model, location)}")
        elif mistake["type"] == "missing":
            lines.append(f"{where}: missing key '{key}'")
        else:
            message = mistake["msg"].removeprefix("Value error, ")
            lines.append(f"{where}: {key + ': ' if key else ''}{message}")
    return "\n".join(lines)


def _nearest(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    known = sorted(_fields_at(model, location[:-1]))
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    hint = f"\n  Did you mean '{near[0]}'?" if near else ""
    return f"\n  Known keys there: {', '.join(known)}{hint}" if known else ""


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
    return {name for found in models for name in found.model_fields}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if inspect.isclass(annotation) and not typing.get_args(annotation):
        return {annotation} if issubclass(annotation, BaseModel) else set()
    return {found for argument in typing.get_args(annotation) for found in _models_in(argument)}
