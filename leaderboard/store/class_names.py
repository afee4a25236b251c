"""Class names of stored tasks."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from leaderboard.tasks import Catalogue, default_catalogue


def class_names(task: str, definitions: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the class names of a task, its own or those of the task whose data it uses; empty where it has none.

    Args:
        task: name of the task.
        definitions: definitions of tasks as JSON, by name; built-in tasks are used for those that are missing.
    """
    data = definitions.get(task, {}).get("data") or {}
    if data.get("labels"):
        return tuple(map(str, data["labels"]))
    lender = data.get("same_as")
    if not lender:
        return ()
    if lender in definitions:
        return tuple(map(str, (definitions[lender].get("data") or {}).get("labels") or ()))
    bundled = _bundled().tasks.get(str(lender))
    return bundled.data.labels if bundled is not None and bundled.data is not None else ()


@cache
def _bundled() -> Catalogue:
    return default_catalogue()
