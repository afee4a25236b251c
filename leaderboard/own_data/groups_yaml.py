"""The task of a user's own data that compares groups of people, with comments."""

from pathlib import Path

from leaderboard.axes.bias import (
    DEMOGRAPHIC_PARITY_DIFFERENCE,
    EQUAL_OPPORTUNITY_DIFFERENCE,
    EQUALIZED_ODDS_DIFFERENCE,
    GROUP_FAIRNESS_SCORE,
)
from leaderboard.own_data.inspected import Inspection
from leaderboard.own_data.sensitive_groups import FEWEST, SensitiveGroups
from leaderboard.own_data.task_yaml import file_source, reading_lines, split_rows
from leaderboard.own_data.yaml_flow import flow
from leaderboard.visible_text import one_line

GROUPS = "groups_"
"""Prefix of the name of the task."""
_DIFFERENCES = (EQUALIZED_ODDS_DIFFERENCE, EQUAL_OPPORTUNITY_DIFFERENCE, DEMOGRAPHIC_PARITY_DIFFERENCE)


def groups_yaml(name: str, inspection: Inspection, groups: SensitiveGroups, folder: Path) -> str:
    """Return the text of the file of the task that compares the groups of the test.

    The score, which ranks, is reported where the test has enough rows for it: a headline metric of too few would leave
    the whole axis unknown.

    Args:
        name: name of the task that subjects are adapted to.
        inspection: of the user's files.
        groups: the groups, of which the inspection has some.
        folder: folder of the task file.
    """
    main, test = inspection.main, inspection.test or inspection.main
    metrics = [each.name for each in ((GROUP_FAIRNESS_SCORE,) if groups.ranks else ()) + _DIFFERENCES]
    counts = ", ".join(f"{one_line(group)} {sum(both):,}" for group, both in groups.counts.items())
    lines = [
        f"# Differences between groups of people in {one_line(main.layout.file.name)}: {counts} test rows.",
        f"name: {GROUPS}{name}",
        "version: 1",
        "axis: bias",
        "protocol: group_fairness",
        f"description: {flow(f'Subjects adapted to {name}: differences between the groups of {groups.column!r}.')}",
        f"language: {inspection.language}",
        f"adapt_to: {name}",
        "data:",
        f"  labels: {flow(inspection.form.labels)}",
        "  read:",
        *(f"    {line}" for line in reading_lines(test, {"sensitive": groups.column})),
        "  splits:",
        "    test:",
        f"      source: {file_source(test, folder)}",
        *([] if inspection.test is not None else split_rows("test", inspection.plan)),
        "parameters:",
        f"  positive: {flow(groups.positive)}  # the class whose rates are compared",
        f"  minimum: {FEWEST}  # rows of this class, and of the others, that each group needs",
        f"metrics: {flow(metrics)}",
        "license: not stated (own data)",
        "citation: own data",
    ]
    return "\n".join(lines) + "\n"
