"""Levers of learning several tasks at once, and the settings of the recipe for their values."""

from collections.abc import Mapping
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.levers import Extra, Lever, Phase
from leaderboard.mitigations.ranges import Real, Value, choice
from leaderboard.recipes.registry import recipes

_MOVES = (Axis.ACCURACY, Axis.OOD)


def several_tasks(member: Mapping[str, Any], values: Mapping[str, Value], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a training on further tasks, too, without those that it does not have."""
    fields = recipes.get("multitask").model_fields
    shared = {name: value for name, value in member.items() if name in fields}
    return {**shared, "recipe": "multitask", "tasks": extra["tasks"], "exponent": values["exponent"]}


def multitask_levers() -> tuple[Lever, ...]:
    """Return the levers of learning several tasks at once, for a space file that names further tasks."""
    training, tasks = Phase.TRAINING, "tasks"
    further = Extra(tasks, "[sst2]", "further tasks that are learned at once; searches multitask, exponent")
    return (
        Lever(
            "multitask",
            choice([False, True]),
            False,
            training,
            _MOVES,
            "whether further tasks are learned, too (needs `tasks`)",
            needs=tasks,
            extra=(further,),
        ),
        Lever(
            "exponent",
            Real(low=0, high=1),
            0.5,
            training,
            _MOVES,
            "tasks are drawn by their size to this power (multitask)",
            needs=tasks,
        ),
    )
