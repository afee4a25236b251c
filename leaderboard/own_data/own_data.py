"""A user's own data as tasks and a suite: in memory for a run, or as files."""

import hashlib
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.axes.axis import Axis
from leaderboard.data.yamlfile import parse_yaml
from leaderboard.errors import RequestError
from leaderboard.own_data.data_file import DataFile
from leaderboard.own_data.groups_yaml import GROUPS, groups_yaml
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.suite_yaml import SHIFT, shift_yaml, suite_yaml
from leaderboard.own_data.task_yaml import task_yaml
from leaderboard.tasks import Catalogue, Suite, Task
from leaderboard.tasks.suite import SuiteFile

_NO_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST = 60
_OOD_REASON = "it needs texts of another distribution with the same labels: --ood FILE adds a file of them"


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A file to be written.

    Attributes:
        path: where it belongs.
        text: its content.
    """

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class OwnData:
    """A user's own data as task files.

    Attributes:
        name: name of the task and of the suite.
        inspection: of the user's files.
        task: file of the task.
        shift: file of the shift task; None without files of other distributions.
        groups: file of the task that compares groups of people; None without a column of them.
        suite: file of the suite.
    """

    name: str
    inspection: Inspection
    task: TaskFile
    shift: TaskFile | None
    groups: TaskFile | None
    suite: TaskFile

    @property
    def texts(self) -> dict[str, str]:
        """Texts of the task files by path, which is relative where it is below the working directory."""
        here = Path.cwd()
        return {
            str(each.path.relative_to(here) if each.path.is_relative_to(here) else each.path): each.text
            for each in self.task_files
        }

    @property
    def task_files(self) -> list[TaskFile]:
        """Files of the tasks."""
        return [file for file in (self.task, self.shift, self.groups) if file is not None]

    def add_to(self, catalogue: Catalogue) -> Suite:
        """Add the tasks and the suite to a catalogue, as reading the files would.

        Returns:
            The suite.

        Raises:
            RequestError: for values that a task file cannot have.
        """
        for file in self.task_files:
            task = parse_yaml(file.text, Task, where=str(file.path), kind="a task file").read_from(file.path)
            catalogue.add(task)
        content = parse_yaml(self.suite.text, SuiteFile, where=str(self.suite.path), kind="a suite")
        further = tuple(file.path.stem for file in self.task_files[1:])
        in_memory = content.model_copy(update={"source": self.name, "tasks": further})
        suite = catalogue.add_suite(in_memory, self.suite.path)
        reasons = {Axis.OOD: _OOD_REASON, **self.inspection.form.axes}
        not_derived = {axis: reasons.get(axis, reason) for axis, reason in suite.not_derived.items()}
        suite = replace(suite, not_derived=not_derived)
        catalogue.suites[suite.name] = suite
        return suite


def own_data(options: DataOptions, catalogue: Catalogue, *, folder: Path | None = None) -> OwnData:
    """Inspect a user's files and make tasks and a suite of them.

    Args:
        options: the files, and the user's answers.
        catalogue: tasks and suites whose names are taken.
        folder: folder of the task files; None for the one that holds all data files.

    Raises:
        RequestError: as `inspect_data` does; for data outside of the folder.
    """
    inspection = inspect_data(options)
    files = [file.layout.file for file in (inspection.main, inspection.test, *inspection.ood) if file is not None]
    anchors = {file.path: file.anchor for file in files if file.anchor is not None}
    common = Path(os.path.commonpath(anchors.values())) if anchors else Path.cwd()
    folder = common if folder is None else folder.resolve()
    for path, anchor in anchors.items():
        if not anchor.is_relative_to(folder):
            raise RequestError(
                f"{path}: it is outside of {folder}; the data of a task lies in the folder of its file or below\n"
                f"  Write the files to {common}, or copy the data to {folder}."
            )
    name = task_name(_title(options, inspection), catalogue)
    return OwnData(
        name=name,
        inspection=inspection,
        task=TaskFile(folder / f"{name}.yaml", task_yaml(name, inspection, folder)),
        shift=TaskFile(folder / f"{SHIFT}{name}.yaml", shift_yaml(name, inspection, folder))
        if inspection.ood
        else None,
        groups=TaskFile(
            folder / f"{GROUPS}{name}.yaml", groups_yaml(name, inspection, inspection.sensitive_groups, folder)
        )
        if inspection.sensitive_groups is not None
        else None,
        suite=TaskFile(
            folder / f"{name}_suite.yaml",
            suite_yaml(name, has_shift=bool(inspection.ood), has_groups=inspection.sensitive_groups is not None),
        ),
    )


def _title(options: DataOptions, inspection: Inspection) -> str:
    """Return what the task is named after: what was unpacked, the file as the user named it, or the data set."""
    file = inspection.main.layout.file
    is_plain = isinstance(file, DataFile) and file.content == file.path
    return options.data.stem if is_plain else file.title


def task_name(title: str, catalogue: Catalogue) -> str:
    """Return the name of the task of a file: its title in ASCII letters; with `own_` where it is taken.

    Args:
        title: name of the file without its ending, or of a data set.
        catalogue: tasks and suites whose names are taken.
    """
    name = _NO_NAME.sub("_", title.casefold()).strip("_")[:_LONGEST]
    if not name:  # a name in another script
        name = f"data_{hashlib.sha256(title.encode(errors='replace')).hexdigest()[:8]}"
    if not name[0].isalpha():
        name = f"data_{name}"
    taken = {*catalogue.tasks, *catalogue.suites}
    return f"own_{name}" if {name, f"{SHIFT}{name}", f"{GROUPS}{name}"} & taken else name
