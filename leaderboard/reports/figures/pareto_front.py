"""The Pareto front: how one objective trades off against another."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from leaderboard.colours import BLUE, FAINT, INK, ORANGE
from leaderboard.reports.figures.best_so_far import best_so_far
from leaderboard.reports.figures.objectives import Objective, losses_of, nothing_complete, objectives, trial_text
from leaderboard.reports.figures.style import FAINT_BLUE, PALE, count, drawing, escaped, graph_objects, panels, sentence
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MAX_NUMBERED = 15
"""Largest number of trial numbers that are drawn without overlap."""
Pair = tuple[int, int]


def pareto_front(study: StoredStudy) -> "Figure":
    """Return two objectives as a plane, three as its three planes; one objective over trials."""
    plotted = objectives(study.goal)
    if len(plotted) == 1:
        return best_so_far(study)
    if not study.complete:
        return sentence(f"No front of {study.name} yet", nothing_complete(study))
    figure = drawing(_title(study), _note(study))
    pairs = list(combinations(range(len(plotted)), 2))
    if len(pairs) > 1:
        panels(figure, len(pairs))
    for place, pair in enumerate(pairs, start=1):
        of_panel = {"row": 1, "col": place} if len(pairs) > 1 else {}
        for trace in _traces(study, plotted, pair, stepped=len(pairs) == 1):
            figure.add_trace(trace.update(showlegend=place == 1), **of_panel)
        figure.update_xaxes(title_text=escaped(plotted[pair[0]].label), **of_panel)
        figure.update_yaxes(title_text=escaped(plotted[pair[1]].label), **of_panel)
    return figure


def _title(study: StoredStudy) -> str:
    *first, last = (str(term) for term in study.goal.terms)
    against = f"{', '.join(first)} {'against' if len(first) == 1 else 'and'} {last}"
    trials_text = count(len(study.trials), "trial")
    if not study.feasible:
        return f"{against}: {trials_text}, and none satisfies every constraint"
    return f"{against}: {trials_text}, {len(study.front)} on the front"


def _note(study: StoredStudy) -> str:
    notes = [f"{study.name}. Crosses are 95 % intervals on the search portion."]
    if any(losses_of(study, each, held_out=True) for each in study.trials):
        notes.append("Hollow: the same trials on held-out data, which played no part in selection.")
    if study.nearest_miss:
        notes.append(f"Nearest miss: trial {study.nearest_miss.number}.")
    return " ".join(notes)


def _traces(study: StoredStudy, plotted: Sequence[Objective], pair: Pair, *, stepped: bool) -> list[Any]:
    """Return the traces of a panel, the palest first; empty ones are left out."""
    panel = _Panel(study, plotted, pair)
    of_front = {each.number for each in study.front}
    stopped = [each for each in study.trials if each.state is TrialState.PRUNED and losses_of(study, each)]
    broken = [each for each in study.complete if not each.feasible and each is not study.baseline]
    rest = [each for each in study.feasible if each.number not in of_front and each is not study.baseline]
    scored = [each for each in study.trials if losses_of(study, each, held_out=True)]
    return [
        *panel.points(stopped, "stopped early (fewer examples)", {"symbol": "x-thin", "size": 7, "line": _thin(PALE)}),
        *panel.points(broken, "breaks a constraint", {"symbol": "circle-open", "size": 8, "color": PALE}),
        *panel.points(rest, "dominated", {"size": 7, "color": FAINT_BLUE}),
        *panel.steps(study.front if stepped else ()),
        *panel.falls(scored),
        *panel.points(study.front, "front", {"size": 10, "color": BLUE}, crosses=True, numbered=stepped),
        *panel.points([study.baseline], "trial 0 (everything off)", _BASELINE, crosses=True),
        *panel.points(scored, "finalists, held-out data", _HELD_OUT, held_out=True),
    ]


def _thin(colour: str) -> dict[str, Any]:
    return {"width": 1.5, "color": colour}


_BASELINE = {"symbol": "diamond", "size": 13, "color": INK}
_HELD_OUT = {"symbol": "circle-open", "size": 12, "color": ORANGE, "line": {"width": 2}}


class _Panel:
    """One plane of two objectives."""

    def __init__(self, study: StoredStudy, plotted: Sequence[Objective], pair: Pair) -> None:
        self._go = graph_objects()
        self._study = study
        self._plotted = plotted
        self._pair = pair

    def points(
        self,
        trials: Sequence[TrialRecord | None],
        name: str,
        marker: dict[str, Any],
        *,
        crosses: bool = False,
        numbered: bool = False,
        held_out: bool = False,
    ) -> list[Any]:
        present = [each for each in trials if each is not None]
        if not present:
            return []
        x, y = self._values(present, 0, held_out=held_out), self._values(present, 1, held_out=held_out)
        with_numbers = numbered and len(present) <= _MAX_NUMBERED
        trace = self._go.Scatter(
            x=x,
            y=y,
            mode="markers+text" if with_numbers else "markers",
            text=[str(each.number) for each in present] if with_numbers else None,
            textposition="top right",
            textfont={"color": BLUE, "size": 12},
            name=name,
            marker=marker,
            hovertext=[self._hover_text(each, held_out=held_out) for each in present],
            hoverinfo="text",
        )
        if crosses:
            trace.update(error_x=self._errors(present, 0, x), error_y=self._errors(present, 1, y))
        return [trace]

    def steps(self, front: Sequence[TrialRecord]) -> list[Any]:
        """Return the border of what the front dominates; higher is better on both axes."""
        if not front:
            return []
        ends = sorted(zip(self._values(front, 0), self._values(front, 1), strict=True))
        line = {"color": BLUE, "width": 1.5, "shape": "vh"}
        x, y = zip(*ends, strict=True)
        return [self._go.Scatter(x=x, y=y, mode="lines", line=line, name="Pareto front", hoverinfo="skip")]

    def falls(self, scored: Sequence[TrialRecord]) -> list[Any]:
        """Return lines from the scores of finalists on the search portion to those on held-out data."""
        if not scored:
            return []
        places = [
            [
                end
                for pair in zip(self._values(scored, side), self._values(scored, side, held_out=True), strict=True)
                for end in (*pair, None)
            ]
            for side in (0, 1)
        ]
        line = {"color": ORANGE, "width": 1.5, "dash": "dot"}
        x, y = places
        return [
            self._go.Scatter(x=x, y=y, mode="lines", line=line, name="from search to held-out data", hoverinfo="skip")
        ]

    def _values(self, trials: Sequence[TrialRecord], side: int, *, held_out: bool = False) -> list[float]:
        index = self._pair[side]
        plotted = self._plotted[index]
        return [plotted.value(losses_of(self._study, each, held_out=held_out)[index].value) for each in trials]

    def _errors(self, trials: Sequence[TrialRecord], side: int, values: Sequence[float]) -> dict[str, Any]:
        index = self._pair[side]
        ends = [self._plotted[index].ends(losses_of(self._study, each)[index]) for each in trials]
        return {
            "array": [max(0.0, high - value) for value, (_, high) in zip(values, ends, strict=True)],
            "arrayminus": [max(0.0, value - low) for value, (low, _) in zip(values, ends, strict=True)],
            "color": FAINT,
            "thickness": 1,
            "width": 0,
        }

    def _hover_text(self, trial: TrialRecord, *, held_out: bool) -> str:
        lines = []
        for objective, loss in zip(self._plotted, losses_of(self._study, trial, held_out=held_out), strict=True):
            low, high = objective.ends(loss)
            lines.append(f"{objective.name}: {objective.value(loss.value):.3f} [{low:.3f}, {high:.3f}]")
        return trial_text(self._study, trial, *(["on held-out data"] if held_out else []), *lines)
