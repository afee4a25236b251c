"""Importance of each lever for each axis, and how much of it chance would give."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.axes.metric import Axis
from leaderboard.reports.figures.look import BLUE, INK, PALE, drawing, escaped, graph_objects, panels, sentence, wrapped
from leaderboard.studies.importance import Importances, importances
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ROW, _AROUND, _LEAST = 21, 190, 420
"""Pixels of a lever, of what stands around them, and of the figure at least."""
_NARROW = 16
"""Characters of a line in a column."""


def importance(found: StoredStudy) -> "Figure":
    """A column of bars an axis; what is no more than chance gives is pale."""
    known = importances(found)
    if not any(each.shares for each in known.values()):
        reasons = dict.fromkeys(each.reason for each in known.values())
        return sentence(
            f"No importance of levers in {found.name}", "; ".join(reasons) or "No complete trial was measured."
        )
    levers = ordered(known)
    figure = drawing(_title(known, levers), _note(found, known), height=max(_LEAST, _AROUND + _ROW * len(levers)))
    panels(figure, len(known), [axis.value for axis in known], shared=True)
    for column, on_axis in enumerate(known.values(), start=1):
        if on_axis.shares:
            figure.add_trace(_bars(on_axis, levers), row=1, col=column)
            figure.add_vline(x=on_axis.chance, line={"color": INK, "width": 1, "dash": "dot"}, row=1, col=column)
        else:
            _withhold(figure, on_axis.reason, column)
    largest = max(max(each.chance, *each.shares.values()) for each in known.values() if each.shares)
    figure.update_xaxes(range=[0, 1.05 * largest], tickformat=".0%", tickvals=[0, _round(largest)], tickangle=0)
    places = list(range(len(levers)))
    ends = [len(levers) - 0.5, -0.5]
    figure.update_yaxes(range=ends, showgrid=False, tickvals=places, ticktext=list(map(escaped, levers)))
    figure.update_layout(showlegend=False, bargap=0.3)
    return figure


def ordered(known: Mapping[Axis, Importances]) -> list[str]:
    """The levers, those first that matter most for some axis."""
    most: dict[str, float] = {}
    for on_axis in known.values():
        for lever, share in on_axis.shares.items():
            most[lever] = max(most.get(lever, 0.0), share)
    return sorted(most, key=lambda name: (-most[name], name))


def _title(known: Mapping[Axis, Importances], levers: Sequence[str]) -> str:
    told = [name for name in levers if any(on_axis.told(name) for on_axis in known.values())]
    if not told:
        return f"None of {len(levers)} levers explains more of any axis than chance would"
    return f"{len(told)} of {len(levers)} levers explain more of some axis than chance would"


def _note(found: StoredStudy, known: Mapping[Axis, Importances]) -> str:
    trials = max(each.trials for each in known.values())
    return (
        f"{found.name}. Share of the variance that a lever explains by itself, in {trials} complete trials "
        "(functional ANOVA): what matters, not in which direction. Pale: no more than 95 % of levers have that play no "
        "part (dotted)."
    )


def _bars(known: Importances, levers: Sequence[str]) -> Any:
    shares = [known.shares[name] for name in levers]
    return graph_objects().Bar(
        x=shares,
        y=list(range(len(levers))),
        orientation="h",
        marker={"color": [BLUE if known.told(name) else PALE for name in levers]},
        hovertext=[
            f"{escaped(name)}: {share:.1%} of the variance<br>by chance up to {known.chance:.1%}"
            for name, share in zip(levers, shares, strict=True)
        ],
        hoverinfo="text",
    )


def _round(largest: float) -> float:
    """The roundest share that is well within the axis."""
    return next((step for step in (0.5, 0.2, 0.1, 0.05) if step < 0.8 * largest), 0.02)


def _withhold(figure: "Figure", reason: str, column: int) -> None:
    number = "" if column == 1 else str(column)
    figure.add_annotation(
        text=wrapped(reason, _NARROW), x=0.5, y=0.5, xref=f"x{number} domain", yref="paper", showarrow=False
    )
