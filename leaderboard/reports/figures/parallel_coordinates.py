"""Parallel coordinates: every trial as a line through its settings and what came of them."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.axes.metric import Axis
from leaderboard.reports.figures.look import count, drawing, escaped, graph_objects, sentence
from leaderboard.reports.figures.objectives import objectives
from leaderboard.store.records import TrialRecord
from leaderboard.studies.effects import said
from leaderboard.studies.importance import importances
from leaderboard.studies.ranges import Choice, Range, Value, Whole
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_LEVERS = 6
"""Beside six axes and the trials' numbers, as many as can still be read on 1000 pixels."""
_FEW = 12
"""Whole numbers up to which each has a tick."""
_LONG = 18
"""Characters that fit beside an axis."""
_LABELS = -30


def parallel_coordinates(found: StoredStudy) -> "Figure":
    """The levers that matter most and the utility of each axis, coloured by the first objective."""
    trials = [each for each in found.complete if each.number in found.searched]
    if len(trials) < 2:  # noqa: PLR2004 - to be compared
        return sentence(
            f"Nothing to compare in {found.name}",
            f"Lines of trials are compared with each other, and {len(trials) or 'none'} of "
            f"{count(len(found.trials), 'trial')} is complete.",
        )
    levers, left_out = chosen_levers(found, trials)
    axes = [axis for axis in Axis if all(axis in found.searched[each.number].axes for each in trials)]
    objective = objectives(found.goal)[0]
    space = found.definition.point_space
    note = f"{found.name}. Drag along an axis to look at some trials alone."
    for name in levers:
        note += _key(name, space.searched[name])
    if left_out:
        note += f" Left out, since they vary or matter least: {', '.join(left_out)}."
    figure = drawing(f"{count(len(trials), 'complete trial')} coloured by {objective.label}", note)
    figure.add_trace(
        graph_objects().Parcoords(
            dimensions=[
                _whole("trial", [each.number for each in trials]),
                *(_lever(name, space.searched[name], [each.parameters[name] for each in trials]) for name in levers),
                *(_axis(axis, [found.searched[each.number].axes[axis].value for each in trials]) for axis in axes),
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


def chosen_levers(found: StoredStudy, trials: Sequence[TrialRecord]) -> tuple[list[str], list[str]]:
    """The levers that are drawn, in the order of the space, and those that are left out.

    Of those that vary the `MOST_LEVERS` with the largest importance for any axis; where that is not known, those of the
    most values.
    """
    space = found.definition.point_space
    values = {name: {each.parameters[name] for each in trials} for name in space.searched}
    varying = [name for name in space.searched if len(values[name]) > 1]
    told = dict.fromkeys(varying, 0.0)
    if len(varying) > MOST_LEVERS:
        for on_axis in importances(found, shuffles=0).values():
            told |= {name: max(told[name], on_axis.shares.get(name, 0.0)) for name in varying}
    first = sorted(varying, key=lambda name: (-told[name], -len(values[name])))[:MOST_LEVERS]
    return [name for name in varying if name in first], [name for name in space.searched if name not in first]


def _code(values: Choice, value: Value) -> str:
    """What stands at a choice: its name, or its number where the names are too long to stand there."""
    names = [said(each) for each in values.choices]
    return said(value) if max(map(len, names)) <= _LONG else str(1 + names.index(said(value)))


def _key(name: str, values: Range) -> str:
    """What the numbers of choices stand for."""
    if not isinstance(values, Choice) or all(_code(values, each) == said(each) for each in values.choices):
        return ""
    return f" {name}: " + ", ".join(f"{_code(values, each)} is {said(each)}" for each in values.choices) + "."


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
        return _whole(name, numbers)
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


def _whole(name: str, values: Sequence[float]) -> dict[str, Any]:
    """Whole numbers; few of them have a tick each."""
    low, high = int(min(values)), int(max(values))
    ticks = list(range(low, high + 1)) if high - low <= _FEW else []
    marked = {"tickvals": ticks, "ticktext": list(map(str, ticks))} if ticks else {"tickformat": "d"}
    return {"label": escaped(name), "values": list(values), **marked}


def _axis(axis: Axis, values: Sequence[float]) -> dict[str, Any]:
    return {"label": f"{escaped(axis.value)} ↑", "values": list(values), "tickformat": ".3~f"}
