"""A search for one objective: what each trial gave, and the best so far that keeps to every constraint."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.reports.figures.look import (
    BLUE,
    FAINT_BLUE,
    INK,
    VERMILLION,
    count,
    drawing,
    escaped,
    graph_objects,
    sentence,
)
from leaderboard.reports.figures.objectives import Objective, losses_of, nothing_complete, objectives, told, trial_range
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_BROKEN = [[0.0, "#F6D5BF"], [0.3, "#E69F6B"], [1.0, VERMILLION]]


def best_so_far(found: StoredStudy) -> "Figure":
    """The objective over trials, for a study that has one."""
    (objective,) = objectives(found.goal)
    if not found.complete:
        return sentence(f"No trial of {found.name} to show", nothing_complete(found))
    figure = drawing(_title(found, objective), _note(found))
    figure.add_trace(_broken(found, objective))
    figure.add_trace(_feasible(found, objective))
    figure.add_trace(_best(found, objective))
    if found.baseline:
        figure.add_trace(_points(found, objective, [found.baseline], "trial 0 (everything off)", _BASELINE))
    scored = [each for each in found.trials if losses_of(found, each, held_out=True)]
    if scored:
        figure.add_trace(_held_out(found, objective, scored))
    figure.update_xaxes(title_text="trial", range=trial_range(found))
    figure.update_yaxes(title_text=escaped(objective.label))
    return figure


_BASELINE = {"symbol": "diamond", "size": 13, "color": INK}


def _title(found: StoredStudy, objective: Objective) -> str:
    start, best = found.baseline, found.leading  # of this portion, whatever was seen of it elsewhere
    if best is None:
        return f"{objective.name}: none of {count(len(found.complete), 'complete trial')} keeps to every constraint"
    reached = f"{objective.value(best.losses[0]):.3g} at best (trial {best.number})"
    if start is None or start.number == best.number:
        return f"{objective.name}: {reached} of {count(len(found.complete), 'complete trial')}"
    return f"{objective.name}: {objective.value(start.losses[0]):.3g} with everything off, {reached}"


def _note(found: StoredStudy) -> str:
    notes = [f"{found.name}: {count(len(found.complete), 'complete trial')} on the search portion; 95 % intervals."]
    if found.nearest_miss:
        notes.append(f"Nearest to keeping to all: trial {found.nearest_miss.number}.")
    if found.leading and found.best and found.leading != found.best:
        notes.append(
            f"On held-out data trial {found.leading.number} breaks a constraint; trial {found.best.number} breaks none."
        )
    return " ".join(notes)


def _feasible(found: StoredStudy, objective: Objective) -> Any:
    return _points(found, objective, found.feasible, "keeps to every constraint", {"size": 8, "color": BLUE})


def _points(
    found: StoredStudy,
    objective: Objective,
    trials: Sequence[TrialRecord],
    name: str,
    marker: dict[str, Any],
) -> Any:
    values = [objective.value(each.losses[0]) for each in trials]
    ends = [objective.ends(losses_of(found, each)[0]) for each in trials]
    return graph_objects().Scatter(
        x=[each.number for each in trials],
        y=values,
        error_y={
            "array": [max(0.0, high - value) for value, (_, high) in zip(values, ends, strict=True)],
            "arrayminus": [max(0.0, value - low) for value, (low, _) in zip(values, ends, strict=True)],
            "thickness": 1,
            "width": 0,
            "color": FAINT_BLUE,
        },
        mode="markers",
        name=name,
        marker=marker,
        hovertext=[
            told(found, each, f"{objective.name}: {value:.4g}") for each, value in zip(trials, values, strict=True)
        ],
        hoverinfo="text",
    )


def _broken(found: StoredStudy, objective: Objective) -> Any:
    """Coloured by how far it is from keeping to all; what is not known counts as nothing, and is said in the hover."""
    trials = [each for each in found.complete if not each.feasible]
    amounts = [sum(max(0.0, value or 0.0) for value in each.violations.values()) for each in trials]
    marker = {
        "size": 8,
        "symbol": "x",
        "color": amounts,
        "colorscale": _BROKEN,
        "cmin": 0.0,
        "cmax": max(amounts, default=0.0) or 1.0,
        "showscale": bool(trials),
        "colorbar": {
            "title": {"text": "constraints broken by,<br>in shares of their scale<br>", "font": {"size": 12}},
            "thickness": 12,
            "len": 0.7,
        },
    }
    trace = _points(found, objective, trials, "breaks a constraint", marker)
    trace.error_y.visible = False
    return trace


def _best(found: StoredStudy, objective: Objective) -> Any:
    numbers: list[int] = []
    best: list[float] = []
    for each in found.feasible:
        if not best or each.losses[0] < best[-1]:
            numbers.append(each.number)
            best.append(each.losses[0])
    if best:
        numbers.append(found.trials[-1].number)
        best.append(best[-1])
    return graph_objects().Scatter(
        x=numbers,
        y=[objective.value(each) for each in best],
        mode="lines",
        line={"color": BLUE, "shape": "hv", "width": 2},
        name="best so far",
        hoverinfo="skip",
    )


def _held_out(found: StoredStudy, objective: Objective, trials: Sequence[TrialRecord]) -> Any:
    values = [objective.value(losses_of(found, each, held_out=True)[0].value) for each in trials]
    return graph_objects().Scatter(
        x=[each.number for each in trials],
        y=values,
        mode="markers",
        name="finalists on what was held out",
        marker={"symbol": "circle-open", "size": 14, "color": INK, "line": {"width": 2}},
        hovertext=[told(found, each, f"held out: {value:.4g}") for each, value in zip(trials, values, strict=True)],
        hoverinfo="text",
    )
