"""A forest plot: differences from a reference with their intervals, a panel a unit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from leaderboard.axes.metric import Better
from leaderboard.board.figures.card import Words, ends, plain_axes
from leaderboard.board.figures.dress import SYMBOLS, canvas
from leaderboard.board.frames.compare import Said
from leaderboard.reports.figures.look import BLUE, FAINT, INK, VERMILLION, escaped, graph_objects, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = {Said.BETTER: BLUE, Said.WORSE: VERMILLION, Said.UNCLEAR: FAINT, Said.SAME: FAINT}
MARKS = {Said.BETTER: "▲", Said.WORSE: "▼"}
"""Above a point, as in the legend: no meaning by colour alone."""
_ARROWS = {Better.HIGHER.value: "↑", Better.LOWER.value: "↓", Better.TARGET.value: "◎"}
"""Which way is better, behind the name of a metric."""
_ROW, _AROUND, _PANEL = 30, 90, 52


def forest_figure(frame: pd.DataFrame, words: Words) -> "Figure":
    """Each number a row, each subject a symbol; full where chance does not explain the difference, hollow where it may.

    Args:
        frame: from `frames.compare.differences`; rows without a value are left out.
        words: `difference`, and each of `Said` by its value.
    """
    go = graph_objects()
    known = frame[frame["value"].notna()]
    units = list(dict.fromkeys(known["unit"]))
    subjects = list(dict.fromkeys(known["subject"]))
    rows = {unit: _rows(known[known["unit"] == unit]) for unit in units}
    tall = [_ROW * max(1, len(subjects) * 0.7) * len(rows[unit]) + _PANEL for unit in units]
    figure = canvas(int(_AROUND + sum(tall)), legend=True)
    if not units:
        return figure
    figure.set_subplots(
        rows=len(units),
        cols=1,
        row_heights=tall,
        vertical_spacing=min(_PANEL / sum(tall), 0.9 / max(1, len(units) - 1)),
    )
    for panel, unit in enumerate(units, start=1):
        of_unit = known[known["unit"] == unit]
        for place, subject in enumerate(subjects):
            for said, colour in COLOURS.items():
                points = of_unit[(of_unit["subject"] == subject) & (of_unit["said"] == said.value)]
                if points.empty:
                    continue
                trace = _points(points, rows[unit], said, colour, SYMBOLS[place % len(SYMBOLS)], words=words)
                shift = (place - (len(subjects) - 1) / 2) * 0.7 / max(1, len(subjects))
                trace.y = [each + shift for each in trace.y]
                figure.add_trace(go.Scatter(trace), row=panel, col=1)
        figure.add_vline(x=0, line={"color": INK, "width": 1}, row=panel, col=1)
    plain_axes(figure)
    for panel, unit in enumerate(units, start=1):
        names = list(rows[unit])
        figure.update_xaxes(title_text=escaped(f"{words('difference')} ({unit})"), row=panel, col=1)
        figure.update_yaxes(
            tickvals=list(range(len(names))),
            ticktext=list(map(escaped, names)),
            range=[len(names) - 0.5, -0.5],
            showgrid=False,
            row=panel,
            col=1,
        )
    _legend(figure, subjects, words, [said for said in COLOURS if (known["said"] == said.value).any()])
    return figure


def _rows(of_unit: pd.DataFrame) -> dict[str, int]:
    """Place of each number of a panel, by its name."""
    return {name: place for place, name in enumerate(dict.fromkeys(map(_named, of_unit.to_dict("records"))))}


def _named(row: Mapping[Any, Any]) -> str:
    return f"{row['task']} · {row['metric']} {_ARROWS[row['better']]}"


def _points(
    points: pd.DataFrame, places: Mapping[str, int], said: Said, colour: str, symbol: str, *, words: Words
) -> Any:
    certain = said in {Said.BETTER, Said.WORSE}
    return graph_objects().Scatter(
        x=points["value"].tolist(),
        y=[places[_named(row)] for row in points.to_dict("records")],
        error_x={**ends(points["value"], points["low"], points["high"]), "color": colour},
        mode="markers+text",
        text=[MARKS.get(said, "")] * len(points),
        textposition="top center",
        textfont={"size": 10, "color": colour},
        marker={
            "size": 11,
            "color": colour,
            "symbol": symbol if certain else f"{symbol}-open",
            "line": {"width": 2, "color": colour},
        },
        showlegend=False,
        hovertext=[
            "<br>".join(
                [
                    escaped(f"{row['subject']}: {words(said.value)}"),
                    wrapped(f"{row['task']} · {row['metric']}: {row['difference']}"),
                    escaped(f"{row['first']} − {row['second']}, n = {row['n']}"),
                    wrapped(str(row["test"])),
                ]
            )
            for row in points.to_dict("records")
        ],
        hoverinfo="text",
    )


def _legend(figure: "Figure", subjects: list[str], words: Words, met: list[Said]) -> None:
    """What symbols and colours say: entries without points."""
    go = graph_objects()
    for said in met:
        certain = said in {Said.BETTER, Said.WORSE}
        marker = {"size": 11, "color": COLOURS[said], "symbol": "circle" if certain else "circle-open"}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=escaped(words(said.value))))
    if len(subjects) > 1:
        for place, subject in enumerate(subjects):
            marker = {"size": 11, "color": INK, "symbol": SYMBOLS[place % len(SYMBOLS)]}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=escaped(subject)))
    figure.update_layout(
        margin={"b": 96}, legend={"y": 0, "yref": "container", "yanchor": "bottom", "x": 0, "xref": "container"}
    )
