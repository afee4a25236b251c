"""Latency of answers: distribution with quantiles, and latency against the length of the text."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from leaderboard.board.figures.subject_card import Words, plain_axes
from leaderboard.board.figures.themed_figure import canvas
from leaderboard.colours import BLUE, VERMILLION
from leaderboard.quantities import quantity
from leaderboard.reports.figures.style import FAINT_BLUE, escaped, graph_objects

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MILLI = 1000
_BINS = 40


def latency_figure(timed: pd.DataFrame, quantiles: Mapping[str, float], words: Words) -> "Figure":
    """Return a histogram of latencies with the quantiles, and the latency of each answer by its tokens.

    Args:
        timed: from `frames.latencies.latencies`.
        quantiles: quantiles in seconds, from `frames.latencies.quantiles`.
        words: `milliseconds`, `answers`, `tokens`.
    """
    go = graph_objects()
    figure = canvas(400)
    figure.set_subplots(rows=1, cols=2, column_widths=[0.58, 0.42], horizontal_spacing=0.1)
    milliseconds = (timed["seconds"] * _MILLI).tolist()
    bars = go.Histogram(
        x=milliseconds,
        nbinsx=_BINS,
        marker={"color": FAINT_BLUE, "line": {"color": BLUE, "width": 1}},
        hovertemplate="%{x} ms: %{y}<extra></extra>",
    )
    figure.add_trace(bars, row=1, col=1)
    for place, (name, seconds) in enumerate(quantiles.items()):
        figure.add_vline(
            x=seconds * _MILLI,
            line={"color": VERMILLION, "width": 1.5, "dash": "dash"},
            annotation={
                "text": f"{name} {quantity(seconds, None, None, 'seconds')}",
                "font": {"size": 12},
                "yref": "y domain",
                "y": 1.0 - 0.09 * place,
                "xanchor": "left",
                "yanchor": "top",
            },
            row=1,
            col=1,
        )
    with_tokens = timed[timed["tokens"].notna()]
    points = go.Scatter(
        x=with_tokens["tokens"].tolist(),
        y=(with_tokens["seconds"] * _MILLI).tolist(),
        mode="markers",
        marker={"size": 7, "color": BLUE, "opacity": 0.7},
        hovertext=[
            f"{escaped(example)}<br>{quantity(seconds, None, None, 'seconds')}, {tokens:.0f}"
            for example, seconds, tokens in zip(
                with_tokens["example"], with_tokens["seconds"], with_tokens["tokens"], strict=True
            )
        ],
        hoverinfo="text",
    )
    figure.add_trace(points, row=1, col=2)
    plain_axes(figure)
    figure.update_xaxes(title_text=escaped(words("milliseconds")), rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text=escaped(words("answers")), row=1, col=1)
    figure.update_xaxes(title_text=escaped(words("tokens")), rangemode="tozero", row=1, col=2)
    figure.update_yaxes(title_text=escaped(words("milliseconds")), rangemode="tozero", row=1, col=2)
    return figure
