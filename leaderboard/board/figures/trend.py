"""Trend of a gate's rule: its value with the interval and its bound, call by call."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from leaderboard.board.figures.subject_card import Words, ends
from leaderboard.board.figures.themed_figure import canvas
from leaderboard.colours import BLUE, FAINT, INK, ORANGE, VERMILLION
from leaderboard.quantities import quantity
from leaderboard.reports.figures.style import escaped, graph_objects, wrapped
from leaderboard.store.records import Verdict

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MARKS = {
    Verdict.PASS: ("circle", BLUE),
    Verdict.FAIL: ("x", VERMILLION),
    Verdict.INCONCLUSIVE: ("diamond-open", ORANGE),
}
"""Symbol and colour of each verdict."""


def trend_figure(frame: pd.DataFrame, words: Words) -> "Figure":
    """Return the value of a rule over its calls; the symbol is the verdict, the dashed line is the bound.

    Args:
        frame: from `frames.gates.trend`.
        words: `call`, `value`, `bound`, and each verdict by its value.
    """
    go = graph_objects()
    figure = canvas(400, legend=True)
    places = pd.Series(range(1, len(frame) + 1), index=frame.index)
    bounded = frame["bound"].notna()
    figure.add_trace(
        go.Scatter(
            x=places[bounded].tolist(),
            y=frame["bound"][bounded].tolist(),
            mode="lines+markers",
            line={"color": INK, "width": 1.5, "dash": "dash"},
            marker={"symbol": "line-ew-open", "size": 14, "color": INK},
            name=escaped(words("bound")),
            hoverinfo="skip",
        )
    )
    measured = frame["value"].notna()
    line = {"color": FAINT, "width": 1}
    values = go.Scatter(
        x=places[measured].tolist(), y=frame["value"][measured].tolist(), mode="lines", line=line, showlegend=False
    )
    figure.add_trace(values.update(hoverinfo="skip"))
    for verdict, (symbol, colour) in MARKS.items():
        rows = frame[measured & (frame["verdict"] == verdict.value)]
        if rows.empty:
            continue
        figure.add_trace(
            go.Scatter(
                x=places[rows.index].tolist(),
                y=rows["value"].tolist(),
                error_y={**ends(rows["value"], rows["low"], rows["high"]), "color": colour},
                mode="markers",
                marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 2, "color": colour}},
                name=escaped(words(verdict.value)),
                hovertext=[_hover_text(row, words) for row in rows.to_dict("records")],
                hoverinfo="text",
            )
        )
    unit = next(iter(frame["unit"]), "")
    ticks = [f"{at:%Y-%m-%d}<br>{at:%H:%M}" for at in frame["at"]]
    figure.update_layout(margin={"b": 100}, legend={"y": -0.3})
    tick_places = places.tolist()[:: max(1, len(places) // 12)]
    figure.update_xaxes(
        title_text=escaped(words("call")),
        tickvals=tick_places,
        ticktext=[ticks[place - 1] for place in tick_places],
        range=[0.5, len(frame) + 0.5],
    )
    figure.update_yaxes(title_text=escaped(f"{words('value')}{f' ({unit})' if unit else ''}"))
    return figure


def _hover_text(row: Mapping[Any, Any], words: Words) -> str:
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    value = quantity(float(row["value"]), low, high, str(row["unit"]))
    return "<br>".join(
        [
            escaped(str(row["subject"])),
            escaped(f"{words(str(row['verdict']))}: {value}, n = {row['n']}"),
            wrapped(str(row["message"])),
            f"{row['at']:%Y-%m-%d %H:%M}",
        ]
    )
