"""The trade-off curve: which trial is best as the weight moves from one objective to the other."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from leaderboard.axes.axis import Axis
from leaderboard.colours import BLUE, INK, VERMILLION
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.scalarisation import Best, Scalarisation, alpha_sweep
from leaderboard.ranking.terms import Term
from leaderboard.reports.figures.objectives import trial_text, utility_of
from leaderboard.reports.figures.style import PALE, count, drawing, escaped, graph_objects, panels, sentence
from leaderboard.store.records import StudyMode, TrialRecord
from leaderboard.studies.goals import Goal
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ALPHAS = np.linspace(0, 1, 101)
_NAMES = {Scalarisation.WEIGHTED_SUM: "weighted sum", Scalarisation.CHEBYSHEV: "Chebyshev"}
_COLOURS = {Scalarisation.WEIGHTED_SUM: BLUE, Scalarisation.CHEBYSHEV: VERMILLION}
_PAIR = 2
Place = tuple[TrialRecord, float, float]
"""A trial and its two utilities."""


def trade_off(study: StoredStudy) -> "Figure":
    """Return the best trial at each α by the weighted sum, and by the Chebyshev distance.

    The objectives are the first two terms of the goal, or the first two axes if it has one term. The trials are those
    that satisfy every constraint; if none does, all complete ones, as the title says.
    """
    terms = terms_of(study)
    if terms is None:
        return sentence(f"No trade-off in {study.name}", "A trade-off needs two axes, and at most one was measured.")
    places = _places(study, terms)
    first, second = (str(term) for term in terms)
    if not places:
        return sentence(f"{first} against {second}: no trade-off", "No complete trial was measured on both.")
    sweeps = {each: _sweep(places, each) for each in Scalarisation}
    sizes = {each: len({point for point, _, _ in sweep}) for each, sweep in sweeps.items()}
    figure = drawing(
        f"{first} against {second}: {count(sizes[Scalarisation.WEIGHTED_SUM], 'trial')} best at some weight by the "
        f"weighted sum, {sizes[Scalarisation.CHEBYSHEV]} by Chebyshev",
        f"{study.name}, {_selection(study)}. α is the weight of {first}, 1 - α that of {second}; labels are the "
        "trial's number and the α at which it is best.",
    )
    panels(figure, _PAIR, list(_NAMES.values()), shared=True)
    for column, (scalarisation, sweep) in enumerate(sweeps.items(), start=1):
        for trace in _traces(study, places, sweep, scalarisation, first=column == 1):
            figure.add_trace(trace, row=1, col=column)
        _label(figure, places, sweep, column)
    figure.update_xaxes(title_text=escaped(utility_of(terms[0]).label))
    figure.update_yaxes(title_text=escaped(utility_of(terms[1]).label), col=1)
    return figure


def terms_of(study: StoredStudy) -> tuple[Term, Term] | None:
    """Return the two terms that are traded off: those of the goal, or the first two measured axes."""
    if len(study.goal.terms) >= _PAIR:
        return study.goal.terms[0], study.goal.terms[1]
    scored = [study.searched[each.number] for each in study.complete if each.number in study.searched]
    axes = [axis for axis in Axis if any(axis in each.axes for each in scored)]
    return (Term(axes[0]), Term(axes[1])) if len(axes) >= _PAIR else None


def _selection(study: StoredStudy) -> str:
    if study.feasible:
        return "the trials that satisfy every constraint" if study.goal.conditions else "the complete trials"
    return "all complete trials, none of which satisfies every constraint"


def _places(study: StoredStudy, terms: tuple[Term, Term]) -> list[Place]:
    goal = Goal(StudyMode.PARETO, terms)
    places = []
    for trial in study.feasible or study.complete:
        try:
            losses = goal.losses(study.searched[trial.number].rows, study.anchors)
        except (NotMeasurableError, KeyError):
            continue  # it has no place in this plane
        places.append((trial, 1 - losses[0].value, 1 - losses[1].value))
    return places


def _sweep(places: Sequence[Place], scalarisation: Scalarisation) -> list[tuple[int, float, float]]:
    """Return the best points along α with their ranges of α; of tied points, the one that stays best."""
    losses = np.array([[1 - x, 1 - y] for _, x, y in places])
    chosen: list[tuple[int, float]] = []
    for best in alpha_sweep(losses, _ALPHAS, scalarisation):
        chosen.append((_continuing_point(best, chosen, losses), best.alpha))
    runs = [(point, [alpha for _, alpha in run]) for point, run in groupby(chosen, key=lambda each: each[0])]
    return [(point, alphas[0], alphas[-1]) for point, alphas in runs]


def _continuing_point(best: Best, chosen: Sequence[tuple[int, float]], losses: np.ndarray[Any, Any]) -> int:
    """Return the previous best point if it is tied; else the one with the smallest sum of losses."""
    if chosen and chosen[-1][0] in best.points:
        return chosen[-1][0]
    return min(best.points, key=lambda point: (float(losses[point].sum()), point))


def _traces(
    study: StoredStudy,
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
        "hovertext": [trial_text(study, trial, f"{x:.3f}, {y:.3f}") for trial, x, y in places],
    }
    traces = [
        go.Scatter(**rest, mode="markers", marker={"size": 7, "color": PALE}, name="trials", showlegend=first),
        go.Scatter(
            x=[x for _, x, _ in chosen],
            y=[y for _, _, y in chosen],
            hovertext=[
                trial_text(study, places[point][0], f"best for α from {low:.2f} to {high:.2f}")
                for point, low, high in sweep
            ],
            mode="lines+markers",
            marker={"size": 10, "color": colour},
            line={"color": colour, "width": 1.5},
            name=f"best by {_NAMES[scalarisation]}",
        ),
    ]
    baseline = [each for each in places if study.baseline and each[0].number == study.baseline.number]
    if baseline:
        ((trial, x, y),) = baseline
        marker = {"symbol": "diamond-open", "size": 13, "color": INK, "line": {"width": 2}}
        name = "trial 0 (everything off)"
        traces.append(
            go.Scatter(x=[x], y=[y], mode="markers", marker=marker, name=name, hovertext=trial_text(study, trial))
        )
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
