"""Figures of the page Trade-offs: how one measure trades off against another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from leaderboard.board.figures.themed_figure import SYMBOLS, canvas
from leaderboard.colours import BLUE, FAINT, INK, SERIES
from leaderboard.reports.figures.style import BREAK, FAINT_BLUE, escaped, graph_objects

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MAX_CROSSES = 60
"""With more points than this, only the front and chosen subjects have intervals."""
_MAX_LABELLED = 12
_SMALLEST, _LARGEST = 8.0, 30.0
_SCALE = "Cividis"
"""A colour scale for colour-blind readers (Nuñez, Anderton & Renslow 2018)."""
_DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Texts of the figures in the language of the page, not escaped."""

    x: str
    y: str
    third: str = ""
    front: str
    border: str
    dominated: str
    chosen: str


def scatter(
    points: pd.DataFrame,
    border: pd.DataFrame,
    words: Words,
    *,
    chosen: Sequence[str] = (),
    sized: bool = False,
    log_x: bool = False,
) -> "Figure":
    """Return subjects by two measures, with their intervals and the front.

    Args:
        points: frame from `frames.trade_offs.points`.
        border: border of the front from `frames.trade_offs.border`.
        words: names of the axes and of what is drawn.
        chosen: subjects to mark with a ring.
        sized: whether the third measure is the size of a point, not its colour.
        log_x: whether the x axis is logarithmic; its values are positive then.
    """
    go = graph_objects()
    figure = canvas(560, legend=True)
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"})
    crossed = points if len(points) <= MAX_CROSSES else points[points["front"] | points.index.isin(list(chosen))]
    figure.add_trace(_crosses(crossed))
    if len(border):
        line = {"color": BLUE, "width": 1.5}
        figure.add_trace(go.Scatter(x=border["x"], y=border["y"], mode="lines", line=line, name=words.border))
    third = None
    if words.third and points["third"].notna().any():
        third = _Third(float(points["third"].min()), float(points["third"].max()), words.third, sized)
    for on_front in (False, True):
        if (points["front"] == on_front).any():
            figure.add_trace(_points(points, on_front, words, third, log_x=log_x))
    ringed = points[points.index.isin(list(chosen))]
    if len(ringed):
        ring = {"symbol": "circle-open", "size": 22, "color": INK, "line": {"width": 2}}
        figure.add_trace(
            go.Scatter(x=ringed["x"], y=ringed["y"], mode="markers", marker=ring, name=words.chosen, hoverinfo="skip")
        )
    figure.update_xaxes(title_text=escaped(words.x), type="log" if log_x else "linear")
    figure.update_yaxes(title_text=escaped(words.y))
    return figure


def parallel(profiles: pd.DataFrame, names: Mapping[str, str], utility: str) -> "Figure":
    """Return chosen subjects as lines over the six axes, with their intervals; unmeasured axes break a line.

    Args:
        profiles: frame from `frames.trade_offs.profiles`.
        names: names of the axes on the page.
        utility: title of the vertical axis.
    """
    go = graph_objects()
    figure = canvas(440, legend=True)
    figure.update_layout(legend={"orientation": "h", "y": -0.12, "x": 0, "yanchor": "top"})
    for place, (subject, rows) in enumerate(profiles.groupby("subject", sort=False)):
        colour = SERIES[place % len(SERIES)]
        figure.add_trace(
            go.Scatter(
                x=[escaped(names[axis]) for axis in rows["axis"]],
                y=rows["value"],
                error_y=_error(rows["value"], rows["low"], rows["high"], colour),
                mode="lines+markers",
                connectgaps=False,
                name=escaped(str(subject)),
                marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 10, "color": colour},
                line={"color": colour, "width": 2, "dash": _DASHES[place % len(_DASHES)]},
            )
        )
    figure.update_yaxes(range=[-0.03, 1.03], title_text=escaped(utility))
    return figure


def _points(points: pd.DataFrame, on_front: bool, words: Words, third: "_Third | None", *, log_x: bool) -> Any:
    """Return the points of the front, or the others."""
    part = points[points["front"] == on_front]
    marker: dict[str, Any] = {
        "symbol": "diamond" if on_front else "circle",
        "size": 12 if on_front else 8,
        "color": BLUE if on_front else FAINT_BLUE,
        "line": {"width": 1, "color": INK if on_front else FAINT},
    }
    first, last = points["x"].min(), points["x"].max()
    middle = (first * last) ** 0.5 if log_x else (first + last) / 2  # names point to where there is room
    labelled = on_front and len(part) <= _MAX_LABELLED
    return graph_objects().Scatter(
        x=part["x"],
        y=part["y"],
        mode="markers+text" if labelled else "markers",
        text=[escaped(subject) for subject in part.index] if labelled else None,
        textposition=["top right" if across < middle else "top left" for across in part["x"]],
        cliponaxis=False,
        textfont={"color": INK, "size": 12},
        name=words.front if on_front else words.dominated,
        marker=marker | (third.marker(part["third"]) if third else {}),
        hovertext=[
            _hover_text(str(subject), row, words)
            for subject, row in zip(part.index, part.to_dict("records"), strict=True)
        ],
        hoverinfo="text",
        customdata=[[subject] for subject in part.index],
    )


@dataclass(frozen=True, slots=True)
class _Third:
    """How a third measure is shown: as colour, or as size."""

    low: float
    high: float
    name: str
    sized: bool

    def marker(self, values: pd.Series) -> dict[str, Any]:
        if self.sized:
            span = self.high - self.low or 1.0
            share = ((values - self.low) / span).fillna(0.0)
            return {"size": (_SMALLEST + share * (_LARGEST - _SMALLEST)).tolist(), "opacity": 0.75}
        bar = {"title": {"text": escaped(self.name), "side": "right"}, "thickness": 14, "outlinewidth": 0}
        scale = {"colorscale": _SCALE, "cmin": self.low, "cmax": self.high, "colorbar": bar, "showscale": True}
        return {"color": values.tolist(), **scale}


def _crosses(points: pd.DataFrame) -> Any:
    """Return the intervals, below the points."""
    return graph_objects().Scatter(
        x=points["x"],
        y=points["y"],
        mode="markers",
        marker={"size": 0.1, "color": FAINT},
        error_x=_error(points["x"], points["x_low"], points["x_high"], FAINT),
        error_y=_error(points["y"], points["y_low"], points["y_high"], FAINT),
        hoverinfo="skip",
        showlegend=False,
    )


def _error(value: pd.Series, low: pd.Series, high: pd.Series, colour: str) -> dict[str, Any]:
    return {
        "array": (high - value).clip(lower=0).tolist(),
        "arrayminus": (value - low).clip(lower=0).tolist(),
        "color": colour,
        "thickness": 1,
        "width": 0,
    }


def _hover_text(subject: str, row: Mapping[Any, Any], words: Words) -> str:
    lines = [
        escaped(subject),
        f"{escaped(words.x)}: {row['x']:.4g} [{row['x_low']:.4g}, {row['x_high']:.4g}]",
        f"{escaped(words.y)}: {row['y']:.4g} [{row['y_low']:.4g}, {row['y_high']:.4g}]",
    ]
    if words.third and not pd.isna(row["third"]):
        lines.append(f"{escaped(words.third)}: {row['third']:.4g}")
    return BREAK.join(lines)
