"""Task labels: what the classes of a stored task are called."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from leaderboard.tasks import Catalogue, default_catalogue


def labels_of(task: str, definitions: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of a task's classes, its own or those of the task that it borrows from; none where it names none.

    Args:
        task: by name.
        definitions: tasks as JSON, by name; a task that is borrowed from and not there is looked up among the bundled.
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
