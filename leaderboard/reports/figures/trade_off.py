"""The trade-off curve: which trial is best as the weight moves from one objective to the other."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from leaderboard.axes.metric import Axis
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.scalarise import Best, Scalarisation, alpha_sweep
from leaderboard.ranking.terms import Term
from leaderboard.reports.figures.look import (
    BLUE,
    INK,
    PALE,
    VERMILLION,
    count,
    drawing,
    escaped,
    graph_objects,
    panels,
    sentence,
)
from leaderboard.reports.figures.objectives import told, utility_of
from leaderboard.store.records import StudyMode, TrialRecord
from leaderboard.studies.goals import Goal
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ALPHAS = np.linspace(0, 1, 101)
_NAMES = {Scalarisation.WEIGHTED_SUM: "weighted sum", Scalarisation.CHEBYSHEV: "Chebyshev"}
_COLOURS = {Scalarisation.WEIGHTED_SUM: BLUE, Scalarisation.CHEBYSHEV: VERMILLION}
_PAIR = 2
Place = tuple[TrialRecord, float, float]
"""A trial and its two utilities."""


def trade_off(found: StoredStudy) -> "Figure":
    """The best trial at each α by the weighted sum, and by the Chebyshev distance beside it.

    Of the first two things that the goal names, or of the first two axes where it names one. Of the trials that keep
    to every constraint; of all complete ones, said in the title, where none does.
    """
    terms = terms_of(found)
    if terms is None:
        return sentence(
            f"No trade-off in {found.name}", "A trade-off is between two, and one axis at most was measured."
        )
    places = _places(found, terms)
    first, second = (str(term) for term in terms)
    if not places:
        return sentence(f"{first} against {second}: no trade-off", "No complete trial was measured on both.")
    sweeps = {each: _sweep(places, each) for each in Scalarisation}
    sizes = {each: len({point for point, _, _ in sweep}) for each, sweep in sweeps.items()}
    figure = drawing(
        f"{first} against {second}: {count(sizes[Scalarisation.WEIGHTED_SUM], 'trial')} best at some weight by the "
        f"weighted sum, {sizes[Scalarisation.CHEBYSHEV]} by Chebyshev",
        f"{found.name}, {_which(found)}. α is the weight of {first}, 1 - α that of {second}; beside a trial are its "
        "number and the α at which it is best.",
    )
    panels(figure, _PAIR, list(_NAMES.values()), shared=True)
    for column, (scalarisation, sweep) in enumerate(sweeps.items(), start=1):
        for trace in _traces(found, places, sweep, scalarisation, first=column == 1):
            figure.add_trace(trace, row=1, col=column)
        _label(figure, places, sweep, column)
    figure.update_xaxes(title_text=escaped(utility_of(terms[0]).label))
    figure.update_yaxes(title_text=escaped(utility_of(terms[1]).label), col=1)
    return figure


def terms_of(found: StoredStudy) -> tuple[Term, Term] | None:
    """The two that are traded: those of the goal, or the first two axes that trials were measured on."""
    if len(found.goal.terms) >= _PAIR:
        return found.goal.terms[0], found.goal.terms[1]
    scored = [found.searched[each.number] for each in found.complete if each.number in found.searched]
    axes = [axis for axis in Axis if any(axis in each.axes for each in scored)]
    return (Term(axes[0]), Term(axes[1])) if len(axes) >= _PAIR else None


def _which(found: StoredStudy) -> str:
    if found.feasible:
        return "the trials that keep to every constraint" if found.goal.conditions else "the complete trials"
    return "all complete trials, none of which keeps to every constraint"


def _places(found: StoredStudy, terms: tuple[Term, Term]) -> list[Place]:
    goal = Goal(StudyMode.PARETO, terms)
    places = []
    for trial in found.feasible or found.complete:
        try:
            losses = goal.losses(found.searched[trial.number].rows, found.anchors)
        except (NotMeasurableError, KeyError):
            continue  # it has no place in this plane
        places.append((trial, 1 - losses[0].value, 1 - losses[1].value))
    return places


def _sweep(places: Sequence[Place], scalarisation: Scalarisation) -> list[tuple[int, float, float]]:
    """The best point and the range of α that it is best in, along α; of points that tie the one that goes on."""
    losses = np.array([[1 - x, 1 - y] for _, x, y in places])
    chosen: list[tuple[int, float]] = []
    for best in alpha_sweep(losses, _ALPHAS, scalarisation):
        chosen.append((_going_on(best, chosen, losses), best.alpha))
    runs = [(point, [alpha for _, alpha in run]) for point, run in groupby(chosen, key=lambda each: each[0])]
    return [(point, alphas[0], alphas[-1]) for point, alphas in runs]


def _going_on(best: Best, chosen: Sequence[tuple[int, float]], losses: np.ndarray[Any, Any]) -> int:
    """Of those that tie the one before; else the one with the least losses together, so none that is dominated."""
    if chosen and chosen[-1][0] in best.points:
        return chosen[-1][0]
    return min(best.points, key=lambda point: (float(losses[point].sum()), point))


def _traces(
    found: StoredStudy,
    places: Sequence[Place],
    sweep: Sequence[tuple[int, float, float]],
    scalarisation: Scalarisation,
    *,
    first: bool,
) -> list[Any]:
    go = graph_objects()
    colour = _COLOURS[scalarisation]
    chosen = [places[point] for point, _, _ in sweep]
    rest = {
        "x": [x for _, x, _ in places],
        "y": [y for _, _, y in places],
        "hovertext": [told(found, trial, f"{x:.3f}, {y:.3f}") for trial, x, y in places],
    }
    traces = [
        go.Scatter(**rest, mode="markers", marker={"size": 7, "color": PALE}, name="trials", showlegend=first),
        go.Scatter(
            x=[x for _, x, _ in chosen],
            y=[y for _, _, y in chosen],
            hovertext=[
                told(found, places[point][0], f"best for α from {low:.2f} to {high:.2f}") for point, low, high in sweep
            ],
            mode="lines+markers",
            marker={"size": 10, "color": colour},
            line={"color": colour, "width": 1.5},
            name=f"best by {_NAMES[scalarisation]}",
        ),
    ]
    baseline = [each for each in places if found.baseline and each[0].number == found.baseline.number]
    if baseline:
        ((trial, x, y),) = baseline
        marker = {"symbol": "diamond-open", "size": 13, "color": INK, "line": {"width": 2}}
        name = "trial 0 (everything off)"
        traces.append(go.Scatter(x=[x], y=[y], mode="markers", marker=marker, name=name, hovertext=told(found, trial)))
        traces[-1].showlegend = first
    for trace in traces:
        trace.hoverinfo = "text"
    return traces


def _label(figure: "Figure", places: Sequence[Place], sweep: Sequence[tuple[int, float, float]], column: int) -> None:
    for point, low, high in sweep:
        trial, x, y = places[point]
        alphas = f"α {low:.2f}" if low == high else f"α {low:.2f} – {high:.2f}"
        figure.add_annotation(
            text=f"{trial.number}: {alphas}",
            x=x,
            y=y,
            xanchor="right",
            xshift=-8,
            yshift=-9,
            showarrow=False,
            font={"size": 11},
            bgcolor="rgba(255, 255, 255, 0.8)",
            row=1,
            col=column,
        )
