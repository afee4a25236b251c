"""The suite file and the shift task of a user's own data, with comments."""

import re
from pathlib import Path

from leaderboard.own_data.groups_yaml import GROUPS
from leaderboard.own_data.inspected import InspectedFile, Inspection
from leaderboard.own_data.task_yaml import file_source, other_reading, reading_lines, split_rows
from leaderboard.own_data.yaml_flow import flow
from leaderboard.visible_text import one_line

SHIFT = "shift_"
"""Prefix of the name of the shift task."""
_NO_NAME = re.compile(r"[^a-z0-9]+")
_RESERVED = frozenset({"train", "nonmembers", "search", "test", "home"})


def suite_yaml(name: str, *, has_shift: bool, has_groups: bool) -> str:
    """Return the text of the suite file.

    Args:
        name: name of the suite, and of the task that its tasks are derived from.
        has_shift: whether there is a shift task.
        has_groups: whether there is a task that compares groups of people.
    """
    further = [f"{GROUPS}{name}.yaml"] if has_groups else []
    if has_shift:
        further.insert(0, f"{SHIFT}{name}.yaml")
    lines = [
        "# The tasks of all axes that can be derived from one data set. `leaderboard tasks validate` lists them.",
        f"name: {name}",
        f"from: {name}.yaml",
        "axes: all",
        *([f"tasks: {flow(further)}"] if further else []),
        *([] if has_shift else ["# tasks: [shift.yaml]  # for the ood axis: `--ood FILE`"]),
    ]
    return "\n".join(lines) + "\n"


def shift_yaml(name: str, inspection: Inspection, folder: Path) -> str:
    """Return the text of the file of the shift task: the test as the home distribution, and each `--ood` file.

    Args:
        name: name of the task that subjects are adapted to.
        inspection: of the user's files.
        folder: folder of the task file.
    """
    main, home = inspection.main, inspection.test or inspection.main
    form, shift = inspection.form, inspection.form.shift
    lines = [
        f"# A subject that knows {one_line(main.layout.file.name)}, asked about texts of other distributions.",
        f"name: {SHIFT}{name}",
        "version: 1",
        "axis: ood",
        f"protocol: {shift.protocol}",
        f"description: {flow(f'Subjects adapted to {name}, on {_names(inspection.ood)}.')}",
        f"language: {inspection.language}",
        f"adapt_to: {name}",
        "data:",
        *([f"  labels: {flow(form.labels)}"] if form.labels else []),
        "  read:",
        *(f"    {line}" for line in reading_lines(home)),
        "  splits:",
        "    home:  # the test",
        f"      source: {file_source(home, folder)}",
    ]
    if inspection.test is None:
        lines += split_rows("test", inspection.plan)
    names: list[str] = []
    for file in inspection.ood:
        names.append(_split_name(file.layout.file.title, names))
        lines += [f"    {names[-1]}:  # {file.survey.usable:,} rows", f"      source: {file_source(file, folder)}"]
        lines += other_reading(file, home)
    lines += [
        *shift.wording,
        f"metrics: {flow(shift.metrics)}",
        *shift.anchors,
        "license: not stated (own data)",
        "citation: own data",
    ]
    return "\n".join(lines) + "\n"


def _names(files: tuple[InspectedFile, ...]) -> str:
    return ", ".join(one_line(file.name) for file in files)


def _split_name(title: str, names: list[str]) -> str:
    """Return a name for the split of a file that no other split has."""
    name = _NO_NAME.sub("_", title.casefold()).strip("_") or "ood"
    if name in _RESERVED:
        name = f"{name}_elsewhere"
    number = 1
    unique = name
    while unique in names:
        number += 1
        unique = f"{name}_{number}"
    return unique
