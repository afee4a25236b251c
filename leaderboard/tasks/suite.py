"""Suites of tasks, listed by name or derived from one data set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.data.strict import Strict
from leaderboard.data.yamlfile import load_yaml_file, read_yaml
from leaderboard.errors import LONGEST_NAME, RequestError
from leaderboard.tasks.task import Name

YAML = (".yaml", ".yml")
"""File name extensions of tasks and suites."""
_LONGEST_PATH = 4095
_SUITE_KEYS = frozenset({"from", "axes", "tasks"})
TaskName = Annotated[str, Field(min_length=1, max_length=_LONGEST_PATH)]
"""The name of a task, or the path of its file, relative to the file that names it."""


class Override(Strict):
    """Changes that a suite makes to a derived task; other fields stay as its protocol derives them.

    Attributes:
        name: Name of the task, where another task has the usual name.
        parameters, search_parameters: take the place of single parameters.
    """

    name: Name | None = None
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    search_parameters: dict[str, Any] = Field(default_factory=dict)
    metrics: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    limit: Annotated[int | None, Field(gt=0)] = None
    license: str | None = None
    citation: str | None = None


class SuiteFile(Strict):
    """Content of the file of a suite.

    Attributes:
        name: of the suite; that of the file where none is given.
        description: one or two sentences for people.
        source: written `from`; the task whose data the tasks of other axes are derived from.
        axes: on which tasks are derived; the axis of the source stands for the source itself.
        overrides: changes to derived tasks, by protocol.
        adapt_to: the task its subjects are adapted to, for tasks that ask for none; the source where there is one.
        tasks: further tasks, by name or file.
    """

    name: Name | None = None
    description: str = ""
    source: TaskName | None = Field(default=None, alias="from")
    axes: Literal["all"] | Annotated[tuple[Axis, ...], Field(min_length=1)] | None = None
    overrides: dict[Annotated[str, Field(max_length=LONGEST_NAME)], Override] = Field(default_factory=dict)
    adapt_to: TaskName | None = None
    tasks: tuple[TaskName, ...] = ()

    @field_validator("axes", mode="before")
    @classmethod
    def _are_axes(cls, axes: Any) -> Any:
        """Refuse other names, for which the union of types would give two messages."""
        choices = f"write `all`, or a list of: {', '.join(Axis)}"
        if isinstance(axes, list):
            for name in axes:
                if not isinstance(name, str) or name not in Axis:
                    raise ValueError(f"{name!r} is no axis; {choices}")
        elif axes is not None and axes != "all" and not isinstance(axes, tuple):
            raise ValueError(f"{axes!r} is no list of axes; {choices}")
        return axes

    @model_validator(mode="after")
    def _has_tasks(self) -> Self:
        if self.source is None:
            if self.axes or self.overrides:
                raise ValueError("`axes` and `overrides` are about derived tasks; add `from: TASK`")
            if not self.tasks:
                raise ValueError("it has no tasks; add `tasks: [TASK, …]`, or `from: TASK` with `axes: all`")
            if self.adapt_to is None:
                raise ValueError("`adapt_to` is missing: the task that its subjects are adapted to")
        elif self.axes is None:
            raise ValueError("`axes` is missing: write `axes: all`, or name those on which tasks are derived")
        return self


@dataclass(frozen=True, slots=True)
class Suite:
    """Tasks that are run together and ranked in one table.

    Attributes:
        name: of the suite.
        description: one or two sentences for people.
        adapt_to: the task its subjects are adapted to, for tasks that ask for none.
        tasks: their names, in the order in which they are measured.
        not_derived: why no task was derived, by axis, where all axes were wanted.
        file: that it was read from.
    """

    name: str
    description: str
    adapt_to: str
    tasks: tuple[str, ...]
    not_derived: Mapping[Axis, str] = field(default_factory=dict)
    file: Path = Path()


def is_suite(path: Path) -> bool:
    """Return whether a YAML file is a suite and not a task; a file that cannot be read is no suite."""
    try:
        content = load_yaml_file(path)
    except RequestError:
        return False
    return isinstance(content, dict) and "protocol" not in content and not content.keys().isdisjoint(_SUITE_KEYS)


def load_suite(path: Path) -> SuiteFile:
    """Read the file of a suite and validate it.

    Raises:
        RequestError: naming the file, the key and what would be valid.
    """
    return read_yaml(path, SuiteFile, kind="a suite")
