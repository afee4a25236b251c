"""A forest plot: differences from a reference with their intervals, one panel for each unit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from leaderboard.axes.metric import Better
from leaderboard.board.figures.subject_card import Words, ends, plain_axes
from leaderboard.board.figures.themed_figure import SYMBOLS, canvas
from leaderboard.board.frames.compare import Assessment
from leaderboard.colours import BLUE, FAINT, INK, VERMILLION
from leaderboard.reports.figures.style import escaped, graph_objects, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = {Assessment.BETTER: BLUE, Assessment.WORSE: VERMILLION, Assessment.UNCLEAR: FAINT, Assessment.SAME: FAINT}
MARKS = {Assessment.BETTER: "▲", Assessment.WORSE: "▼"}
"""Marks above points, as in the legend, so that colour alone carries no meaning."""
_ARROWS = {Better.HIGHER.value: "↑", Better.LOWER.value: "↓", Better.TARGET.value: "◎"}
"""Direction of improvement, shown after the name of a metric."""
_SEPARATOR = " · "
"""Between task and metric in the name of a row, which takes two lines."""
_ROW_HEIGHT, _MARGIN, _PANEL_MARGIN = 54, 90, 52
_ABOVE = 0.7
"""Room above the first row, in rows: its mark is there."""


def forest_figure(frame: pd.DataFrame, words: Words) -> "Figure":
    """Return a forest plot: one row for each number, one symbol for each subject, filled if significant.

    Args:
        frame: from `frames.compare.differences`; rows without a value are left out.
        words: `difference`, and each of `Assessment` by its value.
    """
    go = graph_objects()
    with_value = frame[frame["value"].notna()]
    units = list(dict.fromkeys(with_value["unit"]))
    subjects = list(dict.fromkeys(with_value["subject"]))
    rows = {unit: _rows(with_value[with_value["unit"] == unit]) for unit in units}
    heights = [_ROW_HEIGHT * max(1, len(subjects) * 0.7) * len(rows[unit]) + _PANEL_MARGIN for unit in units]
    figure = canvas(int(_MARGIN + sum(heights)), legend=True)
    if not units:
        return figure
    figure.set_subplots(
        rows=len(units),
        cols=1,
        row_heights=heights,
        vertical_spacing=min(_PANEL_MARGIN / sum(heights), 0.9 / max(1, len(units) - 1)),
    )
    for panel, unit in enumerate(units, start=1):
        of_unit = with_value[with_value["unit"] == unit]
        for place, subject in enumerate(subjects):
            for assessment, colour in COLOURS.items():
                points = of_unit[(of_unit["subject"] == subject) & (of_unit["assessment"] == assessment.value)]
                if points.empty:
                    continue
                trace = _points(points, rows[unit], assessment, colour, SYMBOLS[place % len(SYMBOLS)], words=words)
                shift = (place - (len(subjects) - 1) / 2) * 0.7 / max(1, len(subjects))
                trace.y = [each + shift for each in trace.y]
                figure.add_trace(go.Scatter(trace), row=panel, col=1)
        figure.add_vline(x=0, line={"color": INK, "width": 1}, row=panel, col=1)
    plain_axes(figure)
    for panel, unit in enumerate(units, start=1):
        names = list(rows[unit])
        # On a narrow screen many ticks would be turned, into the title below them.
        title = escaped(f"{words('difference')} ({unit})")
        figure.update_xaxes(title_text=title, nticks=3, tickangle=0, row=panel, col=1)
        figure.update_yaxes(
            tickvals=list(range(len(names))),
            ticktext=[escaped(name).replace(_SEPARATOR, "<br>") for name in names],
            range=[len(names) - 0.5, -_ABOVE],
            showgrid=False,
            row=panel,
            col=1,
        )
    _legend(
        figure,
        subjects,
        words,
        [assessment for assessment in COLOURS if (with_value["assessment"] == assessment.value).any()],
    )
    return figure


def _rows(of_unit: pd.DataFrame) -> dict[str, int]:
    """Return the place of each number in a panel, by its name."""
    return {name: place for place, name in enumerate(dict.fromkeys(map(_row_name, of_unit.to_dict("records"))))}


def _row_name(row: Mapping[Any, Any]) -> str:
    return f"{row['task']}{_SEPARATOR}{row['metric']} {_ARROWS[row['better']]}"


def _points(
    points: pd.DataFrame, places: Mapping[str, int], assessment: Assessment, colour: str, symbol: str, *, words: Words
) -> Any:
    significant = assessment in {Assessment.BETTER, Assessment.WORSE}
    return graph_objects().Scatter(
        x=points["value"].tolist(),
        y=[places[_row_name(row)] for row in points.to_dict("records")],
        error_x={**ends(points["value"], points["low"], points["high"]), "color": colour},
        mode="markers+text",
        text=[MARKS.get(assessment, "")] * len(points),
        textposition="top center",
        textfont={"size": 10, "color": colour},
        marker={
            "size": 11,
            "color": colour,
            "symbol": symbol if significant else f"{symbol}-open",
            "line": {"width": 2, "color": colour},
        },
        showlegend=False,
        hovertext=[
            "<br>".join(
                [
                    escaped(f"{row['subject']}: {words(assessment.value)}"),
                    wrapped(f"{row['task']} · {row['metric']}: {row['difference']}"),
                    escaped(f"{row['first']} − {row['second']}, n = {row['n']}"),
                    wrapped(str(row["test"])),
                ]
            )
            for row in points.to_dict("records")
        ],
        hoverinfo="text",
    )


def _legend(figure: "Figure", subjects: list[str], words: Words, present: list[Assessment]) -> None:
    """Add legend entries for symbols and colours, without points."""
    go = graph_objects()
    for assessment in present:
        significant = assessment in {Assessment.BETTER, Assessment.WORSE}
        marker = {"size": 11, "color": COLOURS[assessment], "symbol": "circle" if significant else "circle-open"}
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=escaped(words(assessment.value)))
        )
    if len(subjects) > 1:
        for place, subject in enumerate(subjects):
            marker = {"size": 11, "color": INK, "symbol": SYMBOLS[place % len(SYMBOLS)]}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=escaped(subject)))
    figure.update_layout(
        margin={"b": 96}, legend={"y": 0, "yref": "container", "yanchor": "bottom", "x": 0, "xref": "container"}
    )
