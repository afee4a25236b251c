"""Task: data + protocol + metrics, read from a file under `tasks/`, validated, hashed, frozen."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator

from leaderboard.axes.catalogue import metric
from leaderboard.axes.metric import Axis
from leaderboard.axes.protocol import Parameters, Protocol, protocols
from leaderboard.data.specification import DataSpec, Strict
from leaderboard.data.template import well_formed
from leaderboard.data.yamlfile import read_yaml
from leaderboard.errors import RequestError, unknown_name
from leaderboard.identity import digest
from leaderboard.invalid import explain
from leaderboard.settings import bundled_folder

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
GuestName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(:\S+)?$")]
"""A task that comes from elsewhere says so in front: `lm_eval:hellaswag`."""


_CHANGES_NO_NUMBER = frozenset({"description", "license", "citation", "anchors", "metrics", "search_parameters"})


class Prompt(Strict):
    """How a subject that only continues text is asked.

    Attributes:
        template: sandboxed Jinja over the example's fields.
        choices: the continuation that stands for each label, in the order of `data.labels`; none for questions that
            bring their own choices.
    """

    template: Annotated[str, AfterValidator(well_formed)]
    choices: tuple[str, ...] = ()


class Anchors(Strict):
    """A metric's worst and best value on this task, where they differ from the catalogue's (chance of its classes)."""

    worst: float
    best: float

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.worst == self.best:
            raise ValueError("worst and best are the same")
        return self


class Task(Strict):
    """One file under `tasks/<axis>/`.

    Attributes:
        name: unique among all tasks.
        version: raised when its meaning changes.
        axis: where it counts.
        protocol: how the subject is interrogated.
        description: one or two sentences for people.
        adapt_to: the task that a subject is adapted to before this one measures it, with the same label names; see
            `evaluation.attachment` for a task that names none.
        data: where examples come from.
        prompt: how a subject that only continues text is asked.
        parameters: settings of the protocol.
        search_parameters: those that are cheaper, and used while a search is on its way.
        metrics: what is reported, of all the protocol can estimate.
        anchors: worst and best value by metric, where chance level differs from the catalogue's anchors.
        limit: at most this many examples of each scored split, drawn at random once.
        license, citation: of the data.
    """

    name: GuestName
    version: Annotated[int, Field(ge=1)]
    axis: Axis
    protocol: str
    description: str
    adapt_to: Name | None = None
    data: DataSpec | None = None
    prompt: Prompt | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    search_parameters: dict[str, Any] = Field(default_factory=dict)
    metrics: Annotated[tuple[str, ...], Field(min_length=1)]
    anchors: dict[str, Anchors] = Field(default_factory=dict)
    limit: Annotated[int | None, Field(gt=0)] = None
    license: str
    citation: str
    _file: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _borrows_from_another(self) -> Self:
        if self.data and self.data.same_as == self.name:
            raise ValueError("data.same_as: a task cannot borrow its own data; give `splits`, or name another task")
        return self

    @model_validator(mode="after")
    def _choices_match_labels(self) -> Self:
        labels = self.data.labels if self.data else ()
        if self.prompt and self.prompt.choices and labels and len(self.prompt.choices) != len(labels):
            raise ValueError(f"prompt.choices has {len(self.prompt.choices)} entries for {len(labels)} labels")
        return self

    @property
    def file(self) -> Path:
        """The file it was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """What the paths of its data are relative to."""
        return self._file.parent

    @property
    def trains(self) -> bool:
        """Whether a recipe can be trained on this task's own data."""
        return self.data is not None and "train" in self.data.splits

    def while_searching(self) -> "Task":
        """The task as a search asks it: with its cheaper parameters."""
        cheaper = self.model_copy(update={"parameters": {**self.parameters, **self.search_parameters}})
        cheaper.__dict__.pop("digest", None)  # of the other parameters
        return cheaper

    @cached_property
    def digest(self) -> str:
        """Digest of everything in the file that can change a number."""
        said = self.model_dump(mode="json", exclude=set(_CHANGES_NO_NUMBER))
        return digest(said)


class Suite(Strict):
    """Tasks that are run together, named in `tasks/suites/`.

    Attributes:
        adapt_to: the task its subjects are adapted to, for tasks that ask for none.
    """

    name: Name
    description: str
    adapt_to: Name
    tasks: Annotated[tuple[Name, ...], Field(min_length=1)]


class Catalogue:
    """All the tasks and suites that can be named."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Read every task file below the folders (`data/` folders hold data, `suites/` hold suites)."""
        self.tasks: dict[str, Task] = {}
        self.suites: dict[str, Suite] = {}
        for folder in folders:
            for path in sorted(folder.glob("*/*.yaml")):
                if path.parent.name == "suites":
                    suite = read_yaml(path, Suite, what="a suite")
                    self.suites[suite.name] = suite
                elif path.parent.name != "data":
                    self.add(load_task(path))

    def add(self, task: Task) -> None:
        """Make a task known.

        Raises:
            RequestError: when another task has its name.
        """
        if self.tasks.get(task.name, task) != task:
            known = self.tasks[task.name].file
            raise RequestError(f"{task.file}: a task named '{task.name}' exists already ({known}); names are unique")
        self.tasks[task.name] = task

    def task(self, name: str, *, where: str = "") -> Task:
        """The task called `name`, or read from the file of that path when it ends in .yaml."""
        if name.endswith((".yaml", ".yml")):
            task = load_task(Path(name))
            self.add(task)
            return task
        if name not in self.tasks:
            raise unknown_name("task", name, self.tasks, where=where, see="leaderboard tasks list")
        return self.tasks[name]

    def suite(self, name: str) -> Suite:
        """The suite called `name`."""
        if name not in self.suites:
            raise unknown_name("suite", name, self.suites, see="leaderboard tasks list")
        return self.suites[name]

    def data(self, task: Task) -> Task | None:
        """The task whose file says where `task`'s data is: itself, the one it borrows from, or None for no data."""
        if task.data is None:
            return None
        if task.data.same_as is None:
            return task
        source = self.task(task.data.same_as, where=task.name)
        if source.data is None or source.data.same_as:
            raise RequestError(
                f"{task.name}: data.same_as: '{source.name}' has no data of its own"
                + (f"; name '{source.data.same_as}', whose data it borrows" if source.data else "")
            )
        return source

    def labels(self, task: Task) -> tuple[str, ...]:
        """Names of the classes of a task's examples: its own, or those of the task it borrows its data from."""
        source = self.data(task)
        return source.data.labels if source is not None and source.data is not None else ()

    def digest(self, task: Task) -> str:
        """Digest of a task together with the data it borrows."""
        source = self.data(task)
        return task.digest if source is None or source is task else digest([task.digest, source.digest])


def default_catalogue() -> Catalogue:
    """The tasks that come with the program."""
    return Catalogue([bundled_folder("tasks")])


def load_task(path: Path) -> Task:
    """Read one task file and check its form; `protocol_of` checks it against its protocol.

    Raises:
        RequestError: naming the file, the key and what would be valid.
    """
    task = read_yaml(path, Task, what="a task file")
    task._file = path.resolve()  # noqa: SLF001 - where it stands is nothing that a file says
    return task


def protocol_of(task: Task, *, where: str = "") -> Protocol[Parameters]:
    """The task's protocol, with its parameters; checks what only the protocol knows.

    Raises:
        RequestError: for an unknown protocol, axis, metric or parameter.
    """
    where = where or task.name
    kind = protocols.get(task.protocol, where=where)
    if kind.axis is not task.axis:
        raise RequestError(f"{where}: protocol '{task.protocol}' belongs to the {kind.axis} axis, not to {task.axis}")
    offered = {metric.name for metric in kind.metrics}
    for name in [*task.metrics, *task.anchors]:
        metric(name, where=where)
        if name not in offered:
            raise unknown_name(
                f"metric of protocol '{task.protocol}'", name, offered, where=where, see="leaderboard metrics"
            )
    parameters = _parameters(kind, task.parameters, where=where, prefix="parameters.")
    if task.search_parameters:
        _parameters(kind, {**task.parameters, **task.search_parameters}, where=where, prefix="search_parameters.")
    return kind(parameters)


def _parameters(kind: type[Protocol[Any]], settings: Mapping[str, Any], *, where: str, prefix: str) -> Parameters:
    try:
        return kind.parameters_type.model_validate(dict(settings))
    except ValidationError as error:
        raise RequestError(explain(error, kind.parameters_type, where=where, prefix=prefix)) from None
