"""Best-so-far figure of a search with one objective: each trial, and the best feasible trial so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.colours import BLUE, INK, VERMILLION
from leaderboard.reports.figures.objectives import (
    Objective,
    losses_of,
    nothing_complete,
    objectives,
    trial_range,
    trial_text,
)
from leaderboard.reports.figures.style import FAINT_BLUE, count, drawing, escaped, graph_objects, sentence
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_BROKEN = [[0.0, "#F6D5BF"], [0.3, "#E69F6B"], [1.0, VERMILLION]]


def best_so_far(study: StoredStudy) -> "Figure":
    """Return the objective over trials, for a study with one objective."""
    (objective,) = objectives(study.goal)
    if not study.complete:
        return sentence(f"No trial of {study.name} to show", nothing_complete(study))
    figure = drawing(_title(study, objective), _note(study))
    figure.add_trace(_infeasible(study, objective))
    figure.add_trace(_feasible(study, objective))
    figure.add_trace(_best(study, objective))
    if study.baseline:
        figure.add_trace(_points(study, objective, [study.baseline], "trial 0 (everything off)", _BASELINE))
    scored = [each for each in study.trials if losses_of(study, each, held_out=True)]
    if scored:
        figure.add_trace(_finalists(study, objective, scored))
    figure.update_xaxes(title_text="trial", range=trial_range(study))
    figure.update_yaxes(title_text=escaped(objective.label))
    return figure


_BASELINE = {"symbol": "diamond", "size": 13, "color": INK}


def _title(study: StoredStudy, objective: Objective) -> str:
    start, best = study.baseline, study.leading  # of this portion, whatever its scores on held-out data
    if best is None:
        return f"{objective.name}: none of {count(len(study.complete), 'complete trial')} satisfies every constraint"
    reached = f"{objective.value(best.losses[0]):.3g} at best (trial {best.number})"
    if start is None or start.number == best.number:
        return f"{objective.name}: {reached} of {count(len(study.complete), 'complete trial')}"
    return f"{objective.name}: {objective.value(start.losses[0]):.3g} with everything off, {reached}"


def _note(study: StoredStudy) -> str:
    notes = [f"{study.name}: {count(len(study.complete), 'complete trial')} on the search portion; 95 % intervals."]
    if study.nearest_miss:
        notes.append(f"Nearest miss: trial {study.nearest_miss.number}.")
    if study.leading and study.best and study.leading != study.best:
        notes.append(
            f"On held-out data trial {study.leading.number} breaks a constraint; trial {study.best.number} breaks none."
        )
    return " ".join(notes)


def _feasible(study: StoredStudy, objective: Objective) -> Any:
    return _points(study, objective, study.feasible, "satisfies every constraint", {"size": 8, "color": BLUE})


def _points(
    study: StoredStudy,
    objective: Objective,
    trials: Sequence[TrialRecord],
    name: str,
    marker: dict[str, Any],
) -> Any:
    values = [objective.value(each.losses[0]) for each in trials]
    ends = [objective.ends(losses_of(study, each)[0]) for each in trials]
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
            trial_text(study, each, f"{objective.name}: {value:.4g}")
            for each, value in zip(trials, values, strict=True)
        ],
        hoverinfo="text",
    )


def _infeasible(study: StoredStudy, objective: Objective) -> Any:
    """Return the infeasible trials, coloured by how far they are from satisfying all constraints."""
    trials = [each for each in study.complete if not each.feasible]
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
    trace = _points(study, objective, trials, "breaks a constraint", marker)
    trace.error_y.visible = False
    return trace


def _best(study: StoredStudy, objective: Objective) -> Any:
    numbers: list[int] = []
    best: list[float] = []
    for each in study.feasible:
        if not best or each.losses[0] < best[-1]:
            numbers.append(each.number)
            best.append(each.losses[0])
    if best:
        numbers.append(study.trials[-1].number)
        best.append(best[-1])
    return graph_objects().Scatter(
        x=numbers,
        y=[objective.value(each) for each in best],
        mode="lines",
        line={"color": BLUE, "shape": "hv", "width": 2},
        name="best so far",
        hoverinfo="skip",
    )


def _finalists(study: StoredStudy, objective: Objective, trials: Sequence[TrialRecord]) -> Any:
    values = [objective.value(losses_of(study, each, held_out=True)[0].value) for each in trials]
    return graph_objects().Scatter(
        x=[each.number for each in trials],
        y=values,
        mode="markers",
        name="finalists on held-out data",
        marker={"symbol": "circle-open", "size": 14, "color": INK, "line": {"width": 2}},
        hovertext=[
            trial_text(study, each, f"held-out data: {value:.4g}") for each, value in zip(trials, values, strict=True)
        ],
        hoverinfo="text",
    )
