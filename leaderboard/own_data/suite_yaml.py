"""The suite file and the shift task of a user's own data, with comments."""

import re
from pathlib import Path

from leaderboard.own_data.inspection import InspectedFile, Inspection
from leaderboard.own_data.task_yaml import file_source, other_reading, reading_lines
from leaderboard.own_data.yaml_flow import flow
from leaderboard.visible_text import one_line

SHIFT = "shift_"
"""Prefix of the name of the shift task."""
_METRICS = ("ood_accuracy", "ood_drop")
_NO_NAME = re.compile(r"[^a-z0-9]+")
_RESERVED = frozenset({"train", "nonmembers", "search", "test", "home"})


def suite_yaml(name: str, *, has_shift: bool) -> str:
    """Return the text of the suite file.

    Args:
        name: name of the suite, and of the task that its tasks are derived from.
        has_shift: whether there is a shift task.
    """
    lines = [
        "# The tasks of all axes that can be derived from one data set. `leaderboard tasks validate` lists them.",
        f"name: {name}",
        f"from: {name}.yaml",
        "axes: all",
        f"tasks: [{SHIFT}{name}.yaml]" if has_shift else "# tasks: [shift.yaml]  # for the ood axis: `--ood FILE`",
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
    lines = [
        f"# A subject that knows {one_line(main.name)}, asked about texts of other distributions.",
        f"name: {SHIFT}{name}",
        "version: 1",
        "axis: ood",
        "protocol: shift",
        f"description: {flow(f'Subjects adapted to {name}, on {_names(inspection.ood)}.')}",
        f"language: {inspection.language}",
        f"adapt_to: {name}",
        "data:",
        f"  labels: {flow(main.classes.names)}",
        "  read:",
        *(f"    {line}" for line in reading_lines(home)),
        "  splits:",
        "    home:  # the test",
        f"      source: {file_source(home, folder)}",
    ]
    if inspection.test is None:
        lines.append(f"      share: {flow(inspection.plan.shares['test'])}")
    names: list[str] = []
    for file in inspection.ood:
        names.append(_split_name(file.layout.file.title, names))
        lines += [f"    {names[-1]}:  # {file.survey.usable:,} rows", f"      source: {file_source(file, folder)}"]
        lines += other_reading(file, home)
    worst = max(_majority(inspection.ood), 1 / len(main.classes.names))
    lines += [
        f"metrics: {flow(_METRICS)}",
        "anchors:",
        f"  ood_accuracy: {{worst: {worst:.4f}, best: 1.0}}  # worst: the largest class of each file, or chance",
        "license: not stated (own data)",
        "citation: own data",
    ]
    return "\n".join(lines) + "\n"


def _names(files: tuple[InspectedFile, ...]) -> str:
    return ", ".join(one_line(file.name) for file in files)


def _majority(files: tuple[InspectedFile, ...]) -> float:
    """Return the mean over files of the share of their largest class."""
    shares = [max(file.survey.classes.values()) / file.survey.usable for file in files]
    return sum(shares) / len(shares)


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
