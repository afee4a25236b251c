"""Importance of each lever for each axis, and how much of it chance would give."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.axes.axis import Axis
from leaderboard.colours import BLUE, INK
from leaderboard.reports.figures.style import PALE, drawing, escaped, graph_objects, panels, sentence, wrapped
from leaderboard.studies.importance import Importances, importances
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ROW_HEIGHT, _MARGIN, _MIN_HEIGHT = 21, 190, 420
"""Pixels of a lever's row, of the margins, and of the smallest figure."""
_NARROW = 16
"""Characters of a line in a column."""


def importance(study: StoredStudy) -> "Figure":
    """Return a column of bars for each axis; what does not exceed chance is pale."""
    by_axis = importances(study)
    if not any(each.shares for each in by_axis.values()):
        reasons = dict.fromkeys(each.reason for each in by_axis.values())
        return sentence(
            f"No importance of levers in {study.name}", "; ".join(reasons) or "No complete trial was measured."
        )
    levers = ordered(by_axis)
    figure = drawing(
        _title(by_axis, levers), _note(study, by_axis), height=max(_MIN_HEIGHT, _MARGIN + _ROW_HEIGHT * len(levers))
    )
    panels(figure, len(by_axis), [axis.value for axis in by_axis], shared=True)
    for column, on_axis in enumerate(by_axis.values(), start=1):
        if on_axis.shares:
            figure.add_trace(_bars(on_axis, levers), row=1, col=column)
            figure.add_vline(x=on_axis.chance, line={"color": INK, "width": 1, "dash": "dot"}, row=1, col=column)
        else:
            _withhold(figure, on_axis.reason, column)
    largest = max(max(each.chance, *each.shares.values()) for each in by_axis.values() if each.shares)
    figure.update_xaxes(range=[0, 1.05 * largest], tickformat=".0%", tickvals=[0, _round(largest)], tickangle=0)
    places = list(range(len(levers)))
    ends = [len(levers) - 0.5, -0.5]
    figure.update_yaxes(range=ends, showgrid=False, tickvals=places, ticktext=list(map(escaped, levers)))
    figure.update_layout(showlegend=False, bargap=0.3)
    return figure


def ordered(by_axis: Mapping[Axis, Importances]) -> list[str]:
    """Return the levers, those first that matter most for some axis."""
    largest_share: dict[str, float] = {}
    for on_axis in by_axis.values():
        for lever, share in on_axis.shares.items():
            largest_share[lever] = max(largest_share.get(lever, 0.0), share)
    return sorted(largest_share, key=lambda name: (-largest_share[name], name))


def _title(by_axis: Mapping[Axis, Importances], levers: Sequence[str]) -> str:
    significant = [name for name in levers if any(on_axis.exceeds_chance(name) for on_axis in by_axis.values())]
    if not significant:
        return f"None of {len(levers)} levers explains more of any axis than chance would"
    return f"{len(significant)} of {len(levers)} levers explain more of some axis than chance would"


def _note(study: StoredStudy, by_axis: Mapping[Axis, Importances]) -> str:
    trials = max(each.trials for each in by_axis.values())
    return (
        f"{study.name}. Share of the variance that a lever explains by itself, in {trials} complete trials "
        "(functional ANOVA): it shows what matters, not in which direction. Pale: not above the "
        "95 % quantile of levers without effect (dotted)."
    )


def _bars(on_axis: Importances, levers: Sequence[str]) -> Any:
    shares = [on_axis.shares[name] for name in levers]
    return graph_objects().Bar(
        x=shares,
        y=list(range(len(levers))),
        orientation="h",
        marker={"color": [BLUE if on_axis.exceeds_chance(name) else PALE for name in levers]},
        hovertext=[
            f"{escaped(name)}: {share:.1%} of the variance<br>by chance up to {on_axis.chance:.1%}"
            for name, share in zip(levers, shares, strict=True)
        ],
        hoverinfo="text",
    )


def _round(largest: float) -> float:
    """Return the roundest share that is well within the axis."""
    return next((step for step in (0.5, 0.2, 0.1, 0.05) if step < 0.8 * largest), 0.02)


def _withhold(figure: "Figure", reason: str, column: int) -> None:
    number = "" if column == 1 else str(column)
    figure.add_annotation(
        text=wrapped(reason, _NARROW), x=0.5, y=0.5, xref=f"x{number} domain", yref="paper", showarrow=False
    )
