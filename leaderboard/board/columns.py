"""Columns of the page Leaderboard, in the language of the session."""

from collections.abc import Mapping
from enum import StrEnum

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from leaderboard.axes.axis import Axis
from leaderboard.board.translations import language, plain, text
from leaderboard.ranking.methods.method import Method

CELL_WIDTH = 106
"""Pixels of a value with its interval; six of them and the score fit a page of 1,440."""


class View(StrEnum):
    """How the six axes are shown."""

    BARS = "bars"
    INTERVALS = "intervals"
    RAW = "raw"


def columns_of(
    method: Method, view: View, headline: tuple[str, str] | None, raw: Mapping[Axis, tuple[str, str]]
) -> dict[str, ColumnConfig]:
    """Return the columns to show, in order; widths are pixels.

    Args:
        method: ranking method, which determines what scores are.
        view: bars, bars with intervals, or measured values.
        headline: the (task, metric) of the column `headline`.
        raw: the (task, metric) of each column `AXIS_raw`.
    """
    return {
        "rank": st.column_config.NumberColumn("#", width=40, pinned=True, help=text("leaderboard.help.rank")),
        "subject": st.column_config.TextColumn(text("leaderboard.subject"), width=240, pinned=True),
        **_score(method, view),
        **{name: column for axis in Axis for name, column in _axis(axis, view, raw).items()},
        **_headline(headline),
        "note": st.column_config.TextColumn(text("leaderboard.note"), width=220, help=text("leaderboard.help.note")),
        "axes_measured": st.column_config.TextColumn(
            text("leaderboard.measured"), width=64, help=text("leaderboard.help.measured")
        ),
        "layer": st.column_config.TextColumn(text("leaderboard.layer"), width=48, help=text("leaderboard.help.layer")),
        "model": st.column_config.TextColumn(text("leaderboard.model"), width=150),
        "recipe": st.column_config.TextColumn(text("leaderboard.recipe"), width=100),
        "capability": st.column_config.TextColumn(text("leaderboard.capability"), width=90),
        "size": st.column_config.NumberColumn(
            text("leaderboard.size"), format="compact", width=70, help=text("leaderboard.help.size")
        ),
        "device": st.column_config.TextColumn(text("leaderboard.device"), width=70),
    }


def _score(method: Method, view: View) -> dict[str, ColumnConfig]:
    """Return the column of the score, with its bounds and the ranks that they allow if the method has bounds."""
    name, help_text = text("leaderboard.score"), text(f"leaderboard.methods.{method}.reading")
    if method is Method.PARETO:
        return {}
    if not method.independent:
        return {"score": st.column_config.NumberColumn(name, format="%.2f", width=84, help=help_text)}
    ranks = st.column_config.TextColumn(text("leaderboard.ranks"), width=52, help=text("leaderboard.help.ranks"))
    if view is View.INTERVALS:
        cell = st.column_config.TextColumn(name, width=CELL_WIDTH, help=text("leaderboard.help.bounds"))
        return {"rank_range": ranks, "score_cell": cell}
    bounds = st.column_config.TextColumn(text("leaderboard.bounds"), width=76, help=text("leaderboard.help.bounds"))
    return {"rank_range": ranks, "score": _bar(name, 84, help_text), "score_interval": bounds}


def _axis(axis: Axis, view: View, raw: Mapping[Axis, tuple[str, str]]) -> dict[str, ColumnConfig]:
    name = axis.title_in(language())
    if view is View.RAW:
        if axis not in raw:
            return {}
        task, metric = raw[axis]
        help_text = text("leaderboard.help.raw", metric=plain(metric), task=plain(task))
        return {f"{axis}_raw": st.column_config.TextColumn(name, width=150, help=help_text)}
    if view is View.BARS:
        return {axis.value: _bar(name, 100, text("leaderboard.help.axis"), axis.colour)}
    help_text = text("leaderboard.help.interval", axis=name)
    return {f"{axis}_cell": st.column_config.TextColumn(name, width=CELL_WIDTH, help=help_text)}


def _headline(headline: tuple[str, str] | None) -> dict[str, ColumnConfig]:
    if headline is None:
        return {}
    task, metric = headline
    help_text = text("leaderboard.help.raw", metric=plain(metric), task=plain(task))
    return {
        "headline": st.column_config.NumberColumn(f"{task} · {metric}", format="%.4g", width=110, help=help_text),
        "headline_text": st.column_config.TextColumn(text("leaderboard.interval"), width=150),
    }


def _bar(name: str, width: int, help_text: str, colour: str | None = None) -> ColumnConfig:
    return st.column_config.ProgressColumn(
        name, min_value=0.0, max_value=1.0, format="%.2f", width=width, help=help_text, color=colour
    )
