"""Tasks: data, protocol and metrics, read from a file or derived from another task."""

import operator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import headline_names
from leaderboard.data.specification import DataSpec
from leaderboard.data.strict import Strict
from leaderboard.data.template import fields_only
from leaderboard.data.yamlfile import load_yaml_file, read_yaml
from leaderboard.errors import LONGEST_NAME, RequestError
from leaderboard.identity import digest
from leaderboard.visible_text import one_line

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=LONGEST_NAME)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
GuestName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*(:\S+)?$", max_length=LONGEST_NAME), AfterValidator(one_line)
]
"""A task that comes from elsewhere says so in front: `lm_eval:hellaswag`."""


_CHANGES_NO_NUMBER = frozenset(
    {"description", "language", "license", "citation", "anchors", "metrics", "search_parameters"}
)


class Prompt(Strict):
    """Prompt for a subject that continues text.

    Attributes:
        template: sandboxed Jinja over `text`, `second` of pairs, and `options`, the choices as a list in words.
        choices: the continuation that stands for each label, in the order of `data.labels`; none for questions that
            bring their own choices.
    """

    template: Annotated[str, AfterValidator(fields_only("text", "second", "options"))]
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
    """A task file under `tasks/<axis>/`, or a task that a suite derives from one.

    Attributes:
        name: unique among all tasks.
        version: Raised when the meaning of its results changes.
        axis: Axis on which it counts.
        protocol: Name of the protocol.
        description: one or two sentences for people.
        adapt_to: the task that a subject is adapted to before this one measures it, with the same label names; see
            `evaluation.adaptation` for a task that names none.
        data: where examples come from.
        prompt: Prompt for a subject that continues text.
        parameters: settings of the protocol.
        search_parameters: Cheaper settings, used during a search.
        metrics: Reported metrics, among those the protocol can estimate.
        headline: Metric that counts in a ranking; None for the headline metrics of the catalogue.
        anchors: worst and best value by metric, where chance level differs from the catalogue's anchors.
        limit: at most this many examples of each scored split, drawn at random once.
        license, citation: of the data.
        language: ISO 639 code of the language of its texts, `und` where it is undetermined; None where the file names
            none. Tasks with texts in one language are derived only from data in that language.
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
    # Left out of a dump, and so of the digest, of tasks without one. In the digest it keeps each stored row, which says
    # whether it counts, true to the definition that is stored with it.
    headline: str | None = Field(default=None, exclude_if=operator.not_)
    anchors: dict[str, Anchors] = Field(default_factory=dict)
    limit: Annotated[int | None, Field(gt=0)] = None
    license: str
    citation: str
    language: Language | None = Field(default=None, exclude_if=operator.not_)
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

    @model_validator(mode="after")
    def _headline_is_reported(self) -> Self:
        if self.headline is not None and self.headline not in self.metrics:
            raise ValueError(f"headline: '{self.headline}' is not among `metrics: [{', '.join(self.metrics)}]`")
        return self

    @model_validator(mode="after")
    def _perturbations_suit_the_language(self) -> Self:
        for name, split in self.data.splits.items() if self.data else ():
            wanted = split.perturbation.language if split.perturbation else None
            if wanted and self.language != wanted and (self.language, wanted) != (None, "en"):
                language = f"those of this task are in '{self.language}'" if self.language else "this task names none"
                raise ValueError(
                    f"data.splits.{name}: perturbation '{split.perturbation}' is for texts with "
                    f"`language: {wanted}`; {language}"
                )
        return self

    @property
    def headlines(self) -> tuple[str, ...]:
        """Names of its metrics that count in a ranking."""
        return headline_names(self.metrics, {"headline": self.headline})

    @property
    def file(self) -> Path:
        """The file it was read from; of a derived task the file of its suite."""
        return self._file

    def read_from(self, path: Path) -> Self:
        """Set the file that it comes from, and return the same task."""
        self._file = path.resolve()
        return self

    @property
    def folder(self) -> Path:
        """Folder that the paths of its data are relative to."""
        return self._file.parent

    @property
    def trains(self) -> bool:
        """Whether a recipe can be trained on this task's own data."""
        return self.data is not None and "train" in self.data.splits

    def while_searching(self) -> "Task":
        """Return the task with the cheaper parameters of a search."""
        return self.with_parameters(**self.search_parameters)

    def with_parameters(self, **changes: Any) -> "Task":
        """Return the task with some parameters changed."""
        changed = self.model_copy(update={"parameters": {**self.parameters, **changes}})
        changed.__dict__.pop("digest", None)  # of the other parameters
        return changed

    @cached_property
    def digest(self) -> str:
        """Digest of everything in the file that can change a number."""
        return digest(self.model_dump(mode="json", exclude=set(_CHANGES_NO_NUMBER)))


def load_task(path: Path) -> Task:
    """Read a task file and validate it; `task_protocol.protocol_of` checks it against its protocol.

    Raises:
        RequestError: naming the file, the key and what would be valid. Nothing of another kind of file is quoted,
            since a suite from somebody else may name any file.
    """
    content = load_yaml_file(path)
    if isinstance(content, dict) and content.keys().isdisjoint({"axis", "protocol"}):
        raise RequestError(
            f"{path}: is not a task file: it has neither the key 'axis' nor 'protocol'\n"
            "  See an example: leaderboard tasks show movies"
        )
    return read_yaml(path, Task, kind="a task file").read_from(path)
