"""The Pareto front: what can be had of one objective for what of another."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from leaderboard.reports.figures.best_so_far import best_so_far
from leaderboard.reports.figures.look import (
    BLUE,
    FAINT,
    FAINT_BLUE,
    INK,
    ORANGE,
    PALE,
    count,
    drawing,
    escaped,
    graph_objects,
    panels,
    sentence,
)
from leaderboard.reports.figures.objectives import Objective, losses_of, nothing_complete, objectives, told
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MOST_NUMBERED = 15
"""More trial numbers than this lie on each other."""
Pair = tuple[int, int]


def pareto_front(found: StoredStudy) -> "Figure":
    """Two objectives as a plane, three as its three planes; one objective over trials."""
    shown = objectives(found.goal)
    if len(shown) == 1:
        return best_so_far(found)
    if not found.complete:
        return sentence(f"No front of {found.name} yet", nothing_complete(found))
    figure = drawing(_title(found), _note(found))
    pairs = list(combinations(range(len(shown)), 2))
    if len(pairs) > 1:
        panels(figure, len(pairs))
    for place, pair in enumerate(pairs, start=1):
        of_panel = {"row": 1, "col": place} if len(pairs) > 1 else {}
        for trace in _traces(found, shown, pair, stepped=len(pairs) == 1):
            figure.add_trace(trace.update(showlegend=place == 1), **of_panel)
        figure.update_xaxes(title_text=escaped(shown[pair[0]].label), **of_panel)
        figure.update_yaxes(title_text=escaped(shown[pair[1]].label), **of_panel)
    return figure


def _title(found: StoredStudy) -> str:
    *first, last = (str(term) for term in found.goal.terms)
    against = f"{', '.join(first)} {'against' if len(first) == 1 else 'and'} {last}"
    told_trials = count(len(found.trials), "trial")
    if not found.feasible:
        return f"{against}: {told_trials}, and none keeps to every constraint"
    return f"{against}: {told_trials}, {len(found.front)} on the front"


def _note(found: StoredStudy) -> str:
    notes = [f"{found.name}. Crosses are 95 % intervals on the search portion."]
    if any(losses_of(found, each, held_out=True) for each in found.trials):
        notes.append("Hollow: the same trials on what was held out, which no trial was chosen by.")
    if found.nearest_miss:
        notes.append(f"Nearest to keeping to all: trial {found.nearest_miss.number}.")
    return " ".join(notes)


def _traces(found: StoredStudy, shown: Sequence[Objective], pair: Pair, *, stepped: bool) -> list[Any]:
    """From the palest to what matters most. One that is empty is left out."""
    panel = _Panel(found, shown, pair)
    of_front = {each.number for each in found.front}
    stopped = [each for each in found.trials if each.state is TrialState.PRUNED and losses_of(found, each)]
    broken = [each for each in found.complete if not each.feasible and each is not found.baseline]
    rest = [each for each in found.feasible if each.number not in of_front and each is not found.baseline]
    scored = [each for each in found.trials if losses_of(found, each, held_out=True)]
    return [
        *panel.points(stopped, "stopped early (fewer examples)", {"symbol": "x-thin", "size": 7, "line": _thin(PALE)}),
        *panel.points(broken, "breaks a constraint", {"symbol": "circle-open", "size": 8, "color": PALE}),
        *panel.points(rest, "dominated", {"size": 7, "color": FAINT_BLUE}),
        *panel.steps(found.front if stepped else ()),
        *panel.falls(scored),
        *panel.points(found.front, "front", {"size": 10, "color": BLUE}, crosses=True, numbered=stepped),
        *panel.points([found.baseline], "trial 0 (everything off)", _BASELINE, crosses=True),
        *panel.points(scored, "finalists, held out", _HELD_OUT, held_out=True),
    ]


def _thin(colour: str) -> dict[str, Any]:
    return {"width": 1.5, "color": colour}


_BASELINE = {"symbol": "diamond", "size": 13, "color": INK}
_HELD_OUT = {"symbol": "circle-open", "size": 12, "color": ORANGE, "line": {"width": 2}}


class _Panel:
    """One plane of two objectives."""

    def __init__(self, found: StoredStudy, shown: Sequence[Objective], pair: Pair) -> None:
        self._go = graph_objects()
        self._found = found
        self._shown = shown
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
        known = [each for each in trials if each is not None]
        if not known:
            return []
        x, y = self._values(known, 0, held_out=held_out), self._values(known, 1, held_out=held_out)
        written = numbered and len(known) <= _MOST_NUMBERED
        trace = self._go.Scatter(
            x=x,
            y=y,
            mode="markers+text" if written else "markers",
            text=[str(each.number) for each in known] if written else None,
            textposition="top right",
            textfont={"color": BLUE, "size": 12},
            name=name,
            marker=marker,
            hovertext=[self._told(each, held_out=held_out) for each in known],
            hoverinfo="text",
        )
        if crosses:
            trace.update(error_x=self._errors(known, 0, x), error_y=self._errors(known, 1, y))
        return [trace]

    def steps(self, front: Sequence[TrialRecord]) -> list[Any]:
        """The border of what the front dominates; higher is better on both axes."""
        if not front:
            return []
        ends = sorted(zip(self._values(front, 0), self._values(front, 1), strict=True))
        line = {"color": BLUE, "width": 1.5, "shape": "vh"}
        x, y = zip(*ends, strict=True)
        return [self._go.Scatter(x=x, y=y, mode="lines", line=line, name="border of the front", hoverinfo="skip")]

    def falls(self, scored: Sequence[TrialRecord]) -> list[Any]:
        """From what a finalist scored on the search portion to what it scored on what was held out."""
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
        return [self._go.Scatter(x=x, y=y, mode="lines", line=line, name="from search to held out", hoverinfo="skip")]

    def _values(self, trials: Sequence[TrialRecord], side: int, *, held_out: bool = False) -> list[float]:
        index = self._pair[side]
        shown = self._shown[index]
        return [shown.value(losses_of(self._found, each, held_out=held_out)[index].value) for each in trials]

    def _errors(self, trials: Sequence[TrialRecord], side: int, values: Sequence[float]) -> dict[str, Any]:
        index = self._pair[side]
        ends = [self._shown[index].ends(losses_of(self._found, each)[index]) for each in trials]
        return {
            "array": [max(0.0, high - value) for value, (_, high) in zip(values, ends, strict=True)],
            "arrayminus": [max(0.0, value - low) for value, (low, _) in zip(values, ends, strict=True)],
            "color": FAINT,
            "thickness": 1,
            "width": 0,
        }

    def _told(self, trial: TrialRecord, *, held_out: bool) -> str:
        lines = []
        for objective, loss in zip(self._shown, losses_of(self._found, trial, held_out=held_out), strict=True):
            low, high = objective.ends(loss)
            lines.append(f"{objective.name}: {objective.value(loss.value):.3f} [{low:.3f}, {high:.3f}]")
        return told(self._found, trial, *(["on what was held out"] if held_out else []), *lines)
