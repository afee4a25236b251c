"""The map of effects: which lever moves which axis, against trial 0."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leaderboard.axes.metric import Axis
from leaderboard.reports.figures.look import FAINT, count, drawing, escaped, graph_objects, sentence, wrapped
from leaderboard.stats.estimate import Estimate
from leaderboard.studies.effects import Effects, effects, said
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ROW, _AROUND = 36, 190
Cell = tuple[int, int, Estimate]
"""Row, column, what is known."""


def levers(found: StoredStudy) -> "Figure":
    """A row a setting, a column an axis: the difference of utility that the setting makes, with its 95 % interval.

    Cells whose interval holds 0 are pale; those that were not measured are grey, with a dash, and tell why.
    """
    known = effects(found)
    cells = [
        (row, column, known.estimates[axis][row])
        for column, axis in enumerate(known.axes)
        for row in range(len(known.settings))
    ]
    if not known.axes:
        return sentence(f"No effects of levers in {found.name}", "Trial 0, which effects are against, is not complete.")
    if not any(each.value is not None for _, _, each in cells):
        reasons = dict.fromkeys(each.reason for _, _, each in cells)
        reason = "; ".join(reasons) or f"no lever was turned in {count(known.trials, 'complete trial')}"
        return sentence(f"No effects of levers in {found.name}", f"Not measured: {reason}.")
    order = _order(known)
    cells = [(order.index(row), column, each) for row, column, each in cells]
    figure = drawing(_title(cells), _note(found, known), height=_AROUND + _ROW * len(order))
    for trace in _traces(known, order, cells):
        figure.add_trace(trace)
    ticks = [escaped(known.settings[row].text) for row in order]
    figure.update_yaxes(tickvals=list(range(len(order))), ticktext=ticks, autorange="reversed", showgrid=False)
    names = [escaped(axis.value) for axis in known.axes]
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names, side="top", showgrid=False)
    figure.update_layout(margin={"t": figure.layout.margin.t + 25, "b": 30})
    return figure


def clear(estimate: Estimate) -> bool:
    """Whether its interval leaves 0 out."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low > 0 or estimate.high < 0


@dataclass(frozen=True, slots=True)
class _Shade:
    """How the cells of one kind look.

    Attributes:
        holds: whether a cell is of this kind.
        scale: of its colour, from worse to better.
        ink: of its numbers; None for whichever of black and white is read best.
    """

    holds: Callable[[Estimate], bool]
    scale: Sequence[tuple[float, str]]
    ink: str | None = None


# Vermillion is worse and blue is better, which the colour-blind tell apart; the same in water where it is unsure.
_SHADES = (
    _Shade(lambda each: each.value is None, ((0.0, "#E9EBED"), (1.0, "#E9EBED")), FAINT),
    _Shade(
        lambda each: each.value is not None and not clear(each),
        ((0.0, "#F3DFD1"), (0.5, "#FBFBFB"), (1.0, "#D3E3EE")),
        FAINT,
    ),
    _Shade(clear, ((0.0, "#B84A00"), (0.25, "#E58A4E"), (0.5, "#F7F7F7"), (0.75, "#5AA2D0"), (1.0, "#005A91"))),
)
_BAR = {
    "title": {"text": "difference<br>of utility<br>(higher<br>is better)<br>", "font": {"size": 12}},
    "thickness": 12,
    "lenmode": "pixels",
    "len": 330,
    "y": 1,
    "yanchor": "top",
    "tickformat": "+.2f",
}


def _title(cells: Sequence[Cell]) -> str:
    told = [each for _, _, each in cells if clear(each)]
    measured = sum(each.value is not None for _, _, each in cells)
    better = sum((each.value or 0.0) > 0 for each in told)
    if not told:
        return f"What each setting does to each axis: none of {measured} effects is told from 0"
    return (
        f"What each setting does to each axis: {better} of {measured} effects are better than trial 0, "
        f"{len(told) - better} worse"
    )


def _note(found: StoredStudy, known: Effects) -> str:
    return (
        f"{found.name}. Difference of utility that each setting makes by itself, and its 95 % interval, from "
        f"{count(known.trials, 'complete trial')}: additive model with partial pooling. Pale: the interval holds 0. "
        "Grey: not measured. Trials that were stopped early are not among them, so a setting that gets trials stopped "
        "looks better than it is."
    )


def _order(known: Effects) -> list[int]:
    """Rows, the levers with the largest clear effects first; the settings of a lever stay together."""
    strength: dict[str, tuple[bool, float]] = {}
    for row, setting in enumerate(known.settings):
        for axis in known.axes:
            each = known.estimates[axis][row]
            found = clear(each), abs(each.value or 0.0)
            strength[setting.lever] = max(strength.get(setting.lever, (False, 0.0)), found)
    names = [setting.lever for setting in known.settings]
    return sorted(range(len(names)), key=lambda row: (*(-float(s) for s in strength[names[row]]), names[row], row))


def _traces(known: Effects, order: Sequence[int], cells: Sequence[Cell]) -> list[Any]:
    kinds = [(shade, [each for each in cells if shade.holds(each[2])]) for shade in _SHADES]
    traces = [_map(known, order, shade, of_kind) for shade, of_kind in kinds if of_kind]
    largest = max(abs(each.value) for _, _, each in cells if each.value is not None) or 1.0
    for trace in traces:
        trace.update(zmin=-largest, zmax=largest, showscale=False)
    return [*traces[:-1], traces[-1].update(showscale=True, colorbar=_BAR)]


def _map(known: Effects, order: Sequence[int], shade: _Shade, cells: Sequence[Cell]) -> Any:
    """The cells of one kind; all others are left open."""
    rows, columns = range(len(order)), range(len(known.axes))
    by_place = {(row, column): each for row, column, each in cells}

    def table(fill: str | None, of: Callable[[int, int, Estimate], float | str]) -> list[list[float | str | None]]:
        return [[of(i, j, by_place[i, j]) if (i, j) in by_place else fill for j in columns] for i in rows]

    return graph_objects().Heatmap(
        z=table(None, lambda _row, _column, each: each.value or 0.0),
        x=list(columns),
        y=list(rows),
        text=table("", lambda _row, _column, each: _written(each)),
        texttemplate="%{text}",
        textfont={"size": 11, **({"color": shade.ink} if shade.ink else {})},
        hovertext=table("", lambda row, column, each: _hover(known, order[row], known.axes[column], each)),
        hoverinfo="text",
        hoverongaps=False,
        colorscale=shade.scale,
        xgap=2,
        ygap=2,
    )


def _written(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    value, low, high = (
        f"{each:+.3f}".replace("-0.000", "0.000").replace("+0.000", "0.000").replace("-", "−")
        for each in (estimate.value, estimate.low or 0.0, estimate.high or 0.0)
    )
    return f"{value}<br>[{low}, {high}]"


def _hover(known: Effects, row: int, axis: Axis, estimate: Estimate) -> str:
    setting = known.settings[row]
    head = f"{escaped(setting.text)} (off: {escaped(said(setting.off))}) on {escaped(axis.value)}"
    if estimate.value is None:
        return f"{head}<br>not measured: {wrapped(estimate.reason)}"
    return (
        f"{head}<br>{estimate.value:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}] of utility"
        f"<br>turned in {estimate.n} of {count(known.trials, 'complete trial')}<br>{escaped(estimate.method)}"
    )
