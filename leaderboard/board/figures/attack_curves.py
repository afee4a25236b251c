"""Attack curves: ROC curves of membership attacks with both rates on logarithmic axes."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from leaderboard.board.figures.subject_card import Words, ends, plain_axes
from leaderboard.board.figures.themed_figure import SYMBOLS, canvas
from leaderboard.board.frames.attack_curves import ONE_PERCENT
from leaderboard.colours import FAINT, SERIES
from leaderboard.quantities import quantity
from leaderboard.reports.figures.style import escaped, graph_objects

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_FLOOR = 1e-3
"""Lowest rate on the axes, where rates below it and 0 are drawn."""


def attack_curves_figure(curves: pd.DataFrame, words: Words) -> "Figure":
    """Return the curve of each attack with 95 % intervals, beside that of chance and a mark at 1 %.

    Logarithmic axes show an attack that is certain of a few examples, which an AUC hides (Carlini et al. 2022).

    Args:
        curves: from `frames.attack_curves.attack_curves`, of one task.
        words: `fpr`, `tpr`, `chance`.
    """
    go = graph_objects()
    figure = canvas(430, legend=True)
    figure.add_trace(
        go.Scatter(
            x=[_FLOOR, 1],
            y=[_FLOOR, 1],
            mode="lines",
            line={"color": FAINT, "width": 1.5, "dash": "dash"},
            name=escaped(words("chance")),
            hoverinfo="skip",
        )
    )
    for place, (attack, points) in enumerate(curves.groupby("attack", sort=True)):
        colour, heights = SERIES[place % len(SERIES)], points["tpr"].clip(lower=_FLOOR)
        figure.add_trace(
            go.Scatter(
                x=points["fpr"].tolist(),
                y=heights.tolist(),
                error_y={**ends(heights, points["low"].clip(lower=_FLOOR), points["high"]), "color": colour},
                mode="markers+lines",
                line={"color": colour, "width": 1},
                marker={"size": 8, "color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)]},
                name=escaped(str(attack)),
                hovertext=[
                    f"{escaped(str(attack))}<br>{escaped(words('fpr'))}: {fpr:g}<br>"
                    f"{escaped(words('tpr'))}: {quantity(tpr, low, high, '')}"
                    for fpr, tpr, low, high in zip(
                        *(points[name].tolist() for name in ("fpr", "tpr", "low", "high")), strict=True
                    )
                ],
                hoverinfo="text",
            )
        )
    plain_axes(figure)
    figure.add_vline(x=ONE_PERCENT, line={"color": FAINT, "width": 1, "dash": "dot"})
    ticks = {"type": "log", "range": [math.log10(_FLOOR), 0.02], "tickvals": [0.001, 0.01, 0.1, 1]}
    figure.update_xaxes(**ticks, title_text=escaped(words("fpr")))
    figure.update_yaxes(**ticks, title_text=escaped(words("tpr")))
    figure.update_layout(margin={"b": 100}, legend={"y": -0.25})
    return figure
