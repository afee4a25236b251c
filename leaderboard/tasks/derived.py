"""Tasks that protocols derive from the data of another task."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from leaderboard.axes.axis import Axis
from leaderboard.axes.derivation import Derivation, derivations
from leaderboard.data.specification import DataSpec
from leaderboard.errors import RequestError, unknown_name
from leaderboard.invalid import explain
from leaderboard.tasks.derivation_reasons import axis_reason, refusal
from leaderboard.tasks.suite import Override, SuiteFile
from leaderboard.tasks.task import Task


@dataclass(frozen=True, slots=True)
class DerivedTasks:
    """Tasks that a suite derives from its source task.

    Attributes:
        tasks: the derived tasks, each with whether the suite overrides something of it.
        not_derived: why there is none, by axis.
    """

    tasks: tuple[tuple[Task, bool], ...]
    not_derived: Mapping[Axis, str]


def derived_tasks(content: SuiteFile, source: Task, path: Path) -> DerivedTasks:
    """Derive the tasks of a suite from its source on the axes that it names.

    Args:
        content: of the suite's file.
        source: the task that `from` names.
        path: of the suite's file.

    Raises:
        RequestError: for a source without data of its own, or overrides of a protocol that derives nothing here.
    """
    if source.data is None or source.data.same_as:
        raise RequestError(f"{path}: from: '{source.name}' has no data of its own; name a task that has `data.splits`")
    wanted = content.axes if isinstance(content.axes, tuple) else tuple(Axis)
    for name in content.overrides:
        if name not in derivations:
            raise unknown_name("protocol that derives a task", name, derivations, where=f"{path}: overrides")
    tasks, reasons = [], dict[Axis, list[str]]()
    for protocol in derivations:
        derivation = derivations.get(protocol)
        if derivation.axis not in wanted:
            continue
        reason = refusal(derivation, source)
        if reason:
            reasons.setdefault(derivation.axis, []).append(f"{protocol}: {reason}")
            continue
        override = content.overrides.get(protocol)
        try:
            task = _derive(protocol, derivation, source, override or Override())
        except ValidationError as error:
            raise RequestError(explain(error, Task, where=f"{path}: overrides.{protocol}")) from None
        tasks.append((task.read_from(path), override is not None))
    covered = {source.axis, *(task.axis for task, _ in tasks)}
    missing = [axis for axis in wanted if axis not in covered]
    return DerivedTasks(tuple(tasks), {axis: axis_reason(axis, source, reasons.get(axis, ())) for axis in missing})


def _derive(protocol: str, derivation: Derivation, source: Task, override: Override) -> Task:
    own = derivation.language_parameters.get(source.language or "", {})
    shared = {name: value for name, value in source.parameters.items() if name in derivation.source_parameters}
    parameters = {**derivation.parameters, **shared, **own, **override.parameters}
    same_as = derivation.translations.get(source.language or "", derivation.same_as)
    borrowed = same_as and same_as.format(source=source.name)
    cites = (derivation.citation, source.citation) if borrowed == source.name else (derivation.citation,)
    words = {**derivation.words, **parameters, "source": source.name, "data": borrowed}
    return Task(
        name=override.name or f"{protocol}_{source.name}",
        version=1,
        axis=derivation.axis,
        protocol=protocol,
        description=override.description or derivation.description.format_map(words),
        adapt_to=source.name,
        data=DataSpec(same_as=borrowed) if borrowed else None,
        parameters=parameters,
        search_parameters={**derivation.search_parameters, **override.search_parameters},
        metrics=override.metrics or derivation.reported(parameters),
        limit=override.limit or derivation.limit,
        license=override.license or derivation.license.format(source=source.name),
        citation=override.citation or "; ".join(cites),
    )
