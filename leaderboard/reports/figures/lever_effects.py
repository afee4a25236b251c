"""Map of effects: which lever changes which axis, compared with trial 0."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leaderboard.axes.axis import Axis
from leaderboard.colours import FAINT
from leaderboard.reports.figures.style import count, drawing, escaped, graph_objects, sentence, wrapped
from leaderboard.stats.estimate import Estimate
from leaderboard.studies.effects import Effects, effects, format_value
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ROW_HEIGHT, _MARGIN = 36, 190
Cell = tuple[int, int, Estimate]
"""Row, column, and the estimate."""


def levers(study: StoredStudy) -> "Figure":
    """Return a map of settings by axes: the difference of utility that a setting makes, with its 95 % interval.

    Cells whose interval includes 0 are pale; those that were not measured are grey with a dash, and explain why.
    """
    study_effects = effects(study)
    cells = [
        (row, column, study_effects.estimates[axis][row])
        for column, axis in enumerate(study_effects.axes)
        for row in range(len(study_effects.settings))
    ]
    if not study_effects.axes:
        return sentence(f"No effects of levers in {study.name}", "Trial 0, which effects are against, is not complete.")
    if not any(each.value is not None for _, _, each in cells):
        reasons = dict.fromkeys(each.reason for _, _, each in cells)
        reason = "; ".join(reasons) or f"no lever was turned in {count(study_effects.trials, 'complete trial')}"
        return sentence(f"No effects of levers in {study.name}", f"Not measured: {reason}.")
    order = _order(study_effects)
    cells = [(order.index(row), column, each) for row, column, each in cells]
    figure = drawing(_title(cells), _note(study, study_effects), height=_MARGIN + _ROW_HEIGHT * len(order))
    for trace in _traces(study_effects, order, cells):
        figure.add_trace(trace)
    ticks = [escaped(study_effects.settings[row].text) for row in order]
    figure.update_yaxes(tickvals=list(range(len(order))), ticktext=ticks, autorange="reversed", showgrid=False)
    names = [escaped(axis.value) for axis in study_effects.axes]
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names, side="top", showgrid=False)
    figure.update_layout(margin={"t": figure.layout.margin.t + 25, "b": 30})
    return figure


def clear(estimate: Estimate) -> bool:
    """Return whether the interval of an effect excludes 0."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low > 0 or estimate.high < 0


@dataclass(frozen=True, slots=True)
class _Shade:
    """Colours of the cells of one kind.

    Attributes:
        holds: whether a cell is of this kind.
        scale: colour scale, from worse to better.
        ink: colour of the numbers; None for black or white, whichever is more legible.
    """

    holds: Callable[[Estimate], bool]
    scale: Sequence[tuple[float, str]]
    ink: str | None = None


# Vermillion is worse and blue is better, distinct for colour-blind readers; pale versions where it is unsure.
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
    significant = [each for _, _, each in cells if clear(each)]
    measured = sum(each.value is not None for _, _, each in cells)
    better = sum((each.value or 0.0) > 0 for each in significant)
    if not significant:
        return f"What each setting does to each axis: none of {measured} effects is significant"
    return (
        f"What each setting does to each axis: {better} of {measured} effects are better than trial 0, "
        f"{len(significant) - better} worse"
    )


def _note(study: StoredStudy, study_effects: Effects) -> str:
    return (
        f"{study.name}. Difference of utility that each setting makes by itself, and its 95 % interval, from "
        f"{count(study_effects.trials, 'complete trial')}: additive model with partial pooling. Pale: the interval "
        "includes 0. Grey: not measured. Trials that were stopped early are not included, so a setting that causes "
        "early stops looks better than it is."
    )


def _order(study_effects: Effects) -> list[int]:
    """Return the rows, levers with the largest clear effects first; the settings of a lever stay together."""
    strength: dict[str, tuple[bool, float]] = {}
    for row, setting in enumerate(study_effects.settings):
        for axis in study_effects.axes:
            each = study_effects.estimates[axis][row]
            effect_strength = clear(each), abs(each.value or 0.0)
            strength[setting.lever] = max(strength.get(setting.lever, (False, 0.0)), effect_strength)
    names = [setting.lever for setting in study_effects.settings]
    return sorted(range(len(names)), key=lambda row: (*(-float(s) for s in strength[names[row]]), names[row], row))


def _traces(study_effects: Effects, order: Sequence[int], cells: Sequence[Cell]) -> list[Any]:
    kinds = [(shade, [each for each in cells if shade.holds(each[2])]) for shade in _SHADES]
    traces = [_map(study_effects, order, shade, of_kind) for shade, of_kind in kinds if of_kind]
    largest = max(abs(each.value) for _, _, each in cells if each.value is not None) or 1.0
    for trace in traces:
        trace.update(zmin=-largest, zmax=largest, showscale=False)
    return [*traces[:-1], traces[-1].update(showscale=True, colorbar=_BAR)]


def _map(study_effects: Effects, order: Sequence[int], shade: _Shade, cells: Sequence[Cell]) -> Any:
    """Return the cells of one kind; all others are left open."""
    rows, columns = range(len(order)), range(len(study_effects.axes))
    by_place = {(row, column): each for row, column, each in cells}

    def table(fill: str | None, of: Callable[[int, int, Estimate], float | str]) -> list[list[float | str | None]]:
        return [[of(i, j, by_place[i, j]) if (i, j) in by_place else fill for j in columns] for i in rows]

    return graph_objects().Heatmap(
        z=table(None, lambda _row, _column, each: each.value or 0.0),
        x=list(columns),
        y=list(rows),
        text=table("", lambda _row, _column, each: _cell_text(each)),
        texttemplate="%{text}",
        textfont={"size": 11, **({"color": shade.ink} if shade.ink else {})},
        hovertext=table(
            "", lambda row, column, each: _hover(study_effects, order[row], study_effects.axes[column], each)
        ),
        hoverinfo="text",
        hoverongaps=False,
        colorscale=shade.scale,
        xgap=2,
        ygap=2,
    )


def _cell_text(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    value, low, high = (
        f"{each:+.3f}".replace("-0.000", "0.000").replace("+0.000", "0.000").replace("-", "−")
        for each in (estimate.value, estimate.low or 0.0, estimate.high or 0.0)
    )
    return f"{value}<br>[{low}, {high}]"


def _hover(study_effects: Effects, row: int, axis: Axis, estimate: Estimate) -> str:
    setting = study_effects.settings[row]
    head = f"{escaped(setting.text)} (off: {escaped(format_value(setting.off))}) on {escaped(axis.value)}"
    if estimate.value is None:
        return f"{head}<br>not measured: {wrapped(estimate.reason)}"
    return (
        f"{head}<br>{estimate.value:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}] of utility"
        f"<br>turned in {estimate.n} of {count(study_effects.trials, 'complete trial')}<br>{escaped(estimate.method)}"
    )
