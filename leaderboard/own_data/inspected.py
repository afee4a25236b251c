"""Results of the inspection of a user's files, of whatever kind their examples are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from leaderboard.axes.axis import Axis
from leaderboard.own_data.detection import Detection
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.sensitive_groups import SensitiveGroups
from leaderboard.own_data.split_plan import SplitPlan
from leaderboard.own_data.survey import Survey
from leaderboard.own_data.yaml_flow import Value

TEST, OOD = "--test", "--ood"
"""Flags of the files beside the main one."""


class ReadFields(Protocol):
    """The columns of a file that are read."""

    @property
    def fields(self) -> Mapping[str, Value]:
        """Fields of an example, each with its place in a row as a task file has it."""


class ReadLabels(Protocol):
    """The labels of a file, or its answers."""

    @property
    def settings(self) -> Mapping[str, Value]:
        """Settings of `read:` in a task file that say what they mean."""


@dataclass(frozen=True)
class InspectedFile:
    """A file, or the rows of it that its column of splits names, with the result of their inspection.

    Attributes:
        path: path of the file, links resolved.
        sha256: digest of its bytes.
        layout: how it is read.
        columns: its columns.
        classes: classes or answers as it writes them.
        survey: counts of its rows.
    """

    path: Path
    sha256: str
    layout: FileLayout
    columns: ReadFields
    classes: ReadLabels
    survey: Survey

    @property
    def name(self) -> str:
        """Name for people, with that of the archive that it is in."""
        return self.layout.name


@dataclass(frozen=True, kw_only=True)
class ShiftForm:
    """What the shift task of a kind of examples is.

    Attributes:
        protocol: its protocol.
        metrics: its metrics, the first of which ranks.
        wording: further lines of the task file.
        anchors: lines of the task file with values that are worth nothing.
    """

    protocol: str
    metrics: tuple[str, ...]
    wording: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskForm:
    """What the task of a kind of examples is.

    Attributes:
        protocol: its protocol.
        description: one sentence.
        labels: names of its classes or tags; none for questions.
        wording: lines of the task file with the prompt.
        metrics: its metrics.
        anchors: lines of the task file with values that are worth nothing.
        shift: the shift task.
        axes: why there is no task on an axis, by axis, where the suite's own reason does not say it for this kind.
    """

    protocol: str
    description: str
    labels: tuple[str, ...]
    wording: tuple[str, ...]
    metrics: tuple[str, ...]
    anchors: tuple[str, ...]
    shift: ShiftForm
    axes: Mapping[Axis, str]


@dataclass(frozen=True)
class Inspection:
    """Result of the inspection of a user's files.

    Attributes:
        form: what the task is.
        main: file with the training rows, or the rows of it that are to be trained on.
        parts: other rows of that file, by split, where it has a column of splits.
        test: file with the test rows; None where they are in the main file.
        ood: files of other distributions.
        language: ISO 639 code of the texts.
        plan: splits of the main file.
        detections: what was detected, from what, and the flag that changes it.
        notes: sentences on rows and classes, with the rule that handles them.
        sensitive_groups: groups of people that a subject should treat alike; None where no column names them.
    """

    form: TaskForm
    main: InspectedFile
    parts: Mapping[str, InspectedFile]
    test: InspectedFile | None
    ood: tuple[InspectedFile, ...]
    language: str
    plan: SplitPlan
    detections: tuple[Detection, ...]
    notes: tuple[str, ...]
    sensitive_groups: SensitiveGroups | None = None

    @property
    def rows(self) -> int:
        """Number of rows of the main file."""
        return sum(each.survey.rows for each in (self.main, *self.parts.values()))

    @property
    def other_files(self) -> tuple[tuple[str, InspectedFile], ...]:
        """Files beside the main one, each with the flag that named it."""
        test = () if self.test is None else ((TEST, self.test),)
        return (*test, *((OOD, file) for file in self.ood))

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each detection and each note."""
        detected = (f"{each.feature}: {each.value} ({each.evidence})" for each in self.detections)
        return (*detected, *(f"note: {each}" for each in self.notes))
