"""Parallel coordinates: every trial as a line through its settings and the utilities of its axes."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.ranges import Choice, Range, Value, Whole
from leaderboard.reports.figures.objectives import objectives
from leaderboard.reports.figures.style import count, drawing, escaped, graph_objects, sentence
from leaderboard.store.records import TrialRecord
from leaderboard.studies.effects import format_value
from leaderboard.studies.importance import importances
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MAX_LEVERS = 6
"""Largest number of levers that is legible on 1000 pixels next to six axes and the trial numbers."""
_FEW = 12
"""Whole numbers up to which each has a tick."""
_LONG = 18
"""Characters that fit beside an axis."""
_LABELS = -30


def parallel_coordinates(study: StoredStudy) -> "Figure":
    """Return the most important levers and the utility of each axis, coloured by the first objective."""
    trials = [each for each in study.complete if each.number in study.searched]
    if len(trials) < 2:  # noqa: PLR2004 - to be compared
        return sentence(
            f"Nothing to compare in {study.name}",
            f"Lines of trials are compared with each other, and {len(trials) or 'none'} of "
            f"{count(len(study.trials), 'trial')} is complete.",
        )
    levers, omitted = chosen_levers(study, trials)
    axes = [axis for axis in Axis if all(axis in study.searched[each.number].axes for each in trials)]
    objective = objectives(study.goal)[0]
    space = study.definition.point_space
    note = f"{study.name}. Drag along an axis to select trials."
    for name in levers:
        note += _key(name, space.searched[name])
    if omitted:
        note += f" Left out as least important: {', '.join(omitted)}."
    figure = drawing(f"{count(len(trials), 'complete trial')} coloured by {objective.label}", note)
    figure.add_trace(
        graph_objects().Parcoords(
            dimensions=[
                _integer_axis("trial", [each.number for each in trials]),
                *(_lever(name, space.searched[name], [each.parameters[name] for each in trials]) for name in levers),
                *(_axis(axis, [study.searched[each.number].axes[axis].value for each in trials]) for axis in axes),
            ],
            line={
                "color": [objective.value(each.losses[0]) for each in trials],
                "colorscale": "Cividis",
                "reversescale": objective.sign > 0,
                "showscale": True,
                "colorbar": {"thickness": 12, "title": {"text": "", "font": {"size": 12}}},
            },
            labelangle=_LABELS,
            labelfont={"size": 13},
            tickfont={"size": 11},
            rangefont={"size": 1, "color": "white"},  # the ticks say it
        )
    )
    figure.update_layout(margin={"l": 70, "r": 60, "t": figure.layout.margin.t + 90, "b": 30})
    return figure


def chosen_levers(study: StoredStudy, trials: Sequence[TrialRecord]) -> tuple[list[str], list[str]]:
    """Return the levers to draw, in the order of the space, and those to leave out.

    Of those that vary the `MAX_LEVERS` with the largest importance for any axis; where that is not known, those of the
    most values.
    """
    space = study.definition.point_space
    values = {name: {each.parameters[name] for each in trials} for name in space.searched}
    varying = [name for name in space.searched if len(values[name]) > 1]
    largest_share = dict.fromkeys(varying, 0.0)
    if len(varying) > MAX_LEVERS:
        for on_axis in importances(study, shuffles=0).values():
            largest_share |= {name: max(largest_share[name], on_axis.shares.get(name, 0.0)) for name in varying}
    first = sorted(varying, key=lambda name: (-largest_share[name], -len(values[name])))[:MAX_LEVERS]
    return [name for name in varying if name in first], [name for name in space.searched if name not in first]


def _code(values: Choice, value: Value) -> str:
    """Return the label of a choice: its name, or its number if the names are too long."""
    names = [format_value(each) for each in values.choices]
    return format_value(value) if max(map(len, names)) <= _LONG else str(1 + names.index(format_value(value)))


def _key(name: str, values: Range) -> str:
    """Return what the numbers of choices mean."""
    if not isinstance(values, Choice) or all(_code(values, each) == format_value(each) for each in values.choices):
        return ""
    return f" {name}: " + ", ".join(f"{_code(values, each)} is {format_value(each)}" for each in values.choices) + "."


def _lever(name: str, values: Range, tried: Sequence[Value]) -> dict[str, Any]:
    if isinstance(values, Choice):
        return {
            "label": escaped(name),
            "values": [values.choices.index(each) for each in tried],
            "range": [-0.5, len(values.choices) - 0.5],
            "tickvals": list(range(len(values.choices))),
            "ticktext": [_code(values, each) for each in values.choices],  # the one text that is no markup
        }
    numbers = [float(each) for each in tried]
    if isinstance(values, Whole) and not values.log:
        return _integer_axis(name, numbers)
    if not getattr(values, "log", False):
        return {"label": escaped(name), "values": numbers}
    low, high = math.floor(math.log10(min(numbers))), math.ceil(math.log10(max(numbers)))
    tens = range(low, max(high, low + 1) + 1)
    return {
        "label": escaped(f"{name}"),
        "values": [math.log10(each) for each in numbers],
        "range": [tens[0], tens[-1]],
        "tickvals": list(tens),
        "ticktext": [f"{10.0**each:g}" for each in tens],
    }


def _integer_axis(name: str, values: Sequence[float]) -> dict[str, Any]:
    """Return an axis of integers; few of them have a tick each."""
    low, high = int(min(values)), int(max(values))
    ticks = list(range(low, high + 1)) if high - low <= _FEW else []
    marked = {"tickvals": ticks, "ticktext": list(map(str, ticks))} if ticks else {"tickformat": "d"}
    return {"label": escaped(name), "values": list(values), **marked}


def _axis(axis: Axis, values: Sequence[float]) -> dict[str, Any]:
    return {"label": f"{escaped(axis.value)} ↑", "values": list(values), "tickformat": ".3~f"}
