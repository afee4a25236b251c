"""Reasons why a suite derives no task on an axis, with the file and the key of the source that are the cause."""

from collections.abc import Sequence

from leaderboard.axes.axis import Axis
from leaderboard.axes.derivation import Derivation
from leaderboard.tasks.task import Task

_WRITTEN = frozenset({"classification", "tagging", "multiple_choice"})
"""Protocols of tasks that `leaderboard tasks init` writes."""


def axis_reason(axis: Axis, source: Task, refusals: Sequence[str]) -> str:
    """Return why no task of an axis is derived, and what to do.

    Args:
        axis: the axis.
        source: the task that `from` names.
        refusals: why each protocol of the axis derives none; empty where the axis has no such protocol.
    """
    by_name = f"name a task of it under `tasks` (see `leaderboard tasks list --axis {axis}`)"
    if refusals:
        return f"{'; '.join(refusals)}; {by_name}"
    file = _local_file(source)
    if axis is Axis.OOD and file and source.protocol in _WRITTEN:
        again = f"`leaderboard tasks init {file} --suite --force --ood FILE` writes the files anew with those of FILE"
        return f"the data of one task is not enough: it needs examples of another distribution; {again}, or {by_name}"
    return f"the data of one task is not enough; {by_name}"


def refusal(derivation: Derivation, source: Task) -> str:
    """Return why a task cannot be derived from another; empty where it can.

    Args:
        derivation: how the task would be derived.
        source: the other task.
    """
    if source.protocol not in derivation.sources:
        of = f"'{source.name}'" + (f" ({file})" if (file := _local_file(source)) else "")
        wanted = " or ".join(sorted(derivation.sources))
        rows = ", a text with its class in each row," if derivation.sources == {"classification"} else ""
        return f"needs a task of protocol {wanted}{rows} not '{source.protocol}' as {of}"
    if derivation.trains and not source.trains:
        return f"'{source.name}' has no split `train` under `data.splits`"
    if derivation.single_texts and (second := _second(source)):
        return f"needs single texts, and the examples of '{source.name}' are pairs (`second: {second}` under `fields`)"
    if derivation.language and source.language not in {None, derivation.language, *derivation.translations}:
        languages = " and ".join(f"'{code}'" for code in (derivation.language, *derivation.translations))
        own = f"those of '{source.name}' in '{source.language}'"
        return f"its texts are in {languages}, and {own} (`language:` in {source.file.name})"
    return ""


def _local_file(source: Task) -> str:
    """Return the file of the training rows, or of other ones, of a task with data of its own folder; else nothing."""
    splits = source.data.splits if source.data else {}
    split = splits.get("train") or next(iter(splits.values()), None)
    return "" if split is None else split.source.locations[0].file or ""


def _second(source: Task) -> str:
    """Return the column of the second texts of pairs; empty for single texts."""
    data = source.data
    splits = () if data is None else data.splits.values()
    fields = (field for split in splits if data and (field := (split.read or data.read).fields.get("second")))
    field = next(fields, None)
    return "" if field is None else ", ".join(field.column_names) or "a template"
