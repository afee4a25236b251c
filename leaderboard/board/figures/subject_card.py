"""Figures of one subject: axes, confusion matrix, calibration and history."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from leaderboard.board.figures.themed_figure import SYMBOLS, canvas
from leaderboard.colours import BLUE, FAINT, INK, SERIES
from leaderboard.quantities import quantity
from leaderboard.reports.figures.style import LINE, PALE, escaped, graph_objects, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Words = Callable[[str], str]
"""Texts of a figure by their name, in the language of the page."""
_ROW_HEIGHT, _MARGIN = 44, 70
_CELL, _MAX_LABELLED = 46, 24


def axes_figure(frame: pd.DataFrame, words: Words, names: Words, colours: Words) -> "Figure":
    """Return the utility of each axis with its bounds, 0 worst to 1 best; an axis without a value has its reason.

    Args:
        frame: from `frames.subject.axes_frame`.
        words: `utility`, `not_measured`, `withheld`.
        names: names of the axes.
        colours: colours of the axes.
    """
    figure = canvas(_MARGIN + _ROW_HEIGHT * len(frame))
    measured, missing = frame[frame["utility"].notna()], frame[frame["utility"].isna()]
    figure.add_trace(
        graph_objects().Scatter(
            x=measured["utility"].tolist(),
            y=measured.index.tolist(),
            mode="markers+text",
            text=[f"{value:.2f}" for value in measured["utility"]],
            textposition="top center",
            marker={"size": 11, "color": list(map(colours, measured["axis"]))},
            error_x=ends(measured["utility"], measured["low"], measured["high"]),
            hovertext=[
                f"{escaped(names(axis))}: {value:.3f} [{low:.3f}, {high:.3f}]"
                for axis, value, low, high in zip(
                    measured["axis"], measured["utility"], measured["low"], measured["high"], strict=True
                )
            ],
            hoverinfo="text",
        )
    )
    for place, reason, withheld in zip(missing.index, missing["reason"], missing["withheld"], strict=True):
        status = words("withheld" if withheld else "not_measured")
        figure.add_annotation(
            x=0.01,
            y=place,
            xanchor="left",
            text=wrapped(f"{status}{': ' if reason else ''}{reason}", 110),
            showarrow=False,
            align="left",
            font={"color": FAINT, "size": 12},
        )
    figure.update_xaxes(range=[-0.02, 1.04], title_text=escaped(words("utility")))
    ticks = [escaped(names(axis)) for axis in frame["axis"]]
    figure.update_yaxes(
        tickvals=list(range(len(frame))), ticktext=ticks, range=[len(frame) - 0.5, -0.7], showgrid=False
    )
    return figure


def confusion_figure(counts: pd.DataFrame, words: Words) -> "Figure":
    """Return the confusion matrix: counts of true (rows) and predicted classes, shaded by their share of the row.

    Args:
        counts: from `frames.answers.confusion`.
        words: `true`, `predicted`, `of_row`.
    """
    size = len(counts)
    shares = counts.div(counts.sum(axis=1).where(lambda total: total > 0, 1), axis=0)
    cell_counts, cell_shares = counts.to_numpy().tolist(), shares.to_numpy().tolist()
    names = [escaped(str(name)) for name in counts.index]
    figure = canvas(max(260, 110 + _CELL * size))
    labelled = size <= _MAX_LABELLED
    figure.add_trace(
        graph_objects().Heatmap(
            z=cell_shares,
            zmin=0,
            zmax=1,
            colorscale=[[0.0, "rgba(0,114,178,0.04)"], [1.0, "rgba(0,114,178,0.75)"]],
            showscale=False,
            text=[
                [f"{count}<br>{share:.0%}" for count, share in zip(of_class, in_class, strict=True)]
                for of_class, in_class in zip(cell_counts, cell_shares, strict=True)
            ],
            texttemplate="%{text}" if labelled else "",
            textfont={"color": INK, "size": 13},
            hovertext=[
                [
                    f"{escaped(words('true'))}: {true}<br>{escaped(words('predicted'))}: {predicted}<br>"
                    f"{cell_counts[i][j]} ({cell_shares[i][j]:.1%} {escaped(words('of_row'))})"
                    for j, predicted in enumerate(names)
                ]
                for i, true in enumerate(names)
            ],
            hoverinfo="text",
            xgap=2,
            ygap=2,
        )
    )
    places = {"tickvals": list(range(size)), "ticktext": names, "showgrid": False, "showline": False}
    figure.update_xaxes(**places, title_text=escaped(words("predicted")))
    figure.update_yaxes(**places, title_text=escaped(words("true")), autorange="reversed")
    return figure


def reliability_figure(bins: pd.DataFrame, words: Words) -> "Figure":
    """Return the share of correct answers by confidence with Wilson intervals, and the size of each bin.

    Args:
        bins: from `frames.answers.reliability`.
        words: `confidence`, `right`, `calibrated`, `examples`.
    """
    go = graph_objects()
    figure = canvas(430)
    figure.set_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.74, 0.26], vertical_spacing=0.04)
    line = {"color": FAINT, "width": 1.5, "dash": "dash"}
    figure.add_trace(
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, name=escaped(words("calibrated")), hoverinfo="skip"),
        row=1,
        col=1,
    )
    hover_texts = [
        f"{low:.2f} – {high:.2f}, n = {n}<br>{escaped(words('confidence'))}: {confidence:.3f}<br>"
        f"{escaped(words('right'))}: {quantity(right, right_low, right_high, '')}"
        for low, high, n, confidence, right, right_low, right_high in bins.itertuples(index=False, name=None)
    ]
    points = go.Scatter(
        x=bins["confidence"].tolist(),
        y=bins["right"].tolist(),
        error_y=ends(bins["right"], bins["right_low"], bins["right_high"]),
        mode="markers+lines",
        line={"color": BLUE, "width": 1},
        marker={"size": 9, "color": BLUE},
        name=escaped(words("right")),
        hovertext=hover_texts,
        hoverinfo="text",
    )
    figure.add_trace(points, row=1, col=1)
    bars = go.Bar(
        x=((bins["low"] + bins["high"]) / 2).tolist(),
        y=bins["n"].tolist(),
        width=(0.92 * (bins["high"] - bins["low"])).tolist(),
        marker={"color": PALE},
        text=bins["n"].tolist(),
        textposition="outside",
        textfont={"size": 10},
        constraintext="none",
        textangle=0,
        cliponaxis=False,
        hovertext=hover_texts,
        hoverinfo="text",
        showlegend=False,
    )
    figure.add_trace(bars, row=2, col=1)
    plain_axes(figure)
    figure.update_xaxes(range=[0, 1.01])
    figure.update_xaxes(title_text=escaped(words("confidence")), row=2, col=1)
    figure.update_yaxes(title_text=escaped(words("right")), range=[-0.02, 1.04], row=1, col=1)
    figure.update_yaxes(title_text=escaped(words("examples")), rangemode="tozero", row=2, col=1)
    return figure


def history_figure(frame: pd.DataFrame, words: Words) -> "Figure":
    """Return one number over time with its interval, with a colour and a symbol for each subject.

    Args:
        frame: from `frames.subject.history`, with one unit.
        words: `measured_at`, `value`.
    """
    go = graph_objects()
    figure = canvas(360, legend=True)
    measured = frame[frame["value"].notna()]
    for place, (subject, rows) in enumerate(measured.groupby("subject", sort=False)):
        colour = SERIES[place % len(SERIES)]
        figure.add_trace(
            go.Scatter(
                x=rows["at"].tolist(),
                y=rows["value"].tolist(),
                error_y={**ends(rows["value"], rows["low"], rows["high"]), "color": colour},
                mode="markers+lines",
                line={"color": colour, "width": 1, "dash": "dot"},
                marker={"size": 10, "color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)]},
                name=escaped(str(subject)),
                hovertext=[_measured(row) for row in rows.to_dict("records")],
                hoverinfo="text",
            )
        )
    unit = str(measured["unit"].iloc[0]) if len(measured) else ""
    figure.update_layout(margin={"b": 90}, legend={"y": -0.25})
    figure.update_xaxes(title_text=escaped(words("measured_at")))
    figure.update_yaxes(title_text=escaped(f"{words('value')}{f' ({unit})' if unit else ''}"))
    return figure


def _measured(row: dict[Any, Any]) -> str:
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return "<br>".join(
        [
            escaped(str(row["subject"])),
            f"{quantity(float(row['value']), low, high, row['unit'])}, n = {row['n']}",
            wrapped(f"{row['recipe']}, {row['revision']}"),
            f"{row['at']:%Y-%m-%d %H:%M} · {escaped(str(row['environment']))}",
        ]
    )


def ends(values: "pd.Series[float]", low: "pd.Series[float]", high: "pd.Series[float]") -> dict[str, Any]:
    """Return error bars to the ends of intervals; none without an interval."""
    return {
        "array": (high - values).clip(lower=0).fillna(0).tolist(),
        "arrayminus": (values - low).clip(lower=0).fillna(0).tolist(),
        "color": FAINT,
        "thickness": 1.5,
        "width": 4,
    }


def plain_axes(figure: "Figure") -> None:
    """Style the axes of panels that were added to a canvas."""
    title = {"standoff": 12, "font": {"size": 14}}
    axis = {"gridcolor": LINE, "zeroline": False, "linecolor": PALE, "showline": True, "automargin": True}
    figure.update_xaxes(**axis, title=title)
    figure.update_yaxes(**axis, title=title)
