"""Columns of the page Leaderboard, in the language of the session."""

from collections.abc import Mapping
from enum import StrEnum

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from leaderboard.axes.axis import Axis
from leaderboard.board.translations import language, plain, text
from leaderboard.ranking.accuracy_scaling import PROPORTIONAL
from leaderboard.ranking.methods.method import Method


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
        "subject": st.column_config.TextColumn(text("leaderboard.subject"), width=190, pinned=True),
        "layer": st.column_config.TextColumn(text("leaderboard.layer"), width=48, help=text("leaderboard.help.layer")),
        **_score(method),
        **{name: column for axis in Axis for name, column in _axis(axis, view, raw).items()},
        **_headline(headline),
        "note": st.column_config.TextColumn(text("leaderboard.note"), width=220, help=text("leaderboard.help.note")),
        "axes_measured": st.column_config.TextColumn(
            text("leaderboard.measured"), width=64, help=text("leaderboard.help.measured")
        ),
        "model": st.column_config.TextColumn(text("leaderboard.model"), width=150),
        "recipe": st.column_config.TextColumn(text("leaderboard.recipe"), width=100),
        "capability": st.column_config.TextColumn(text("leaderboard.capability"), width=90),
        "size": st.column_config.NumberColumn(
            text("leaderboard.size"), format="compact", width=70, help=text("leaderboard.help.size")
        ),
        "device": st.column_config.TextColumn(text("leaderboard.device"), width=70),
    }


def _score(method: Method) -> dict[str, ColumnConfig]:
    """Return the column of the score, and of its bounds if the method has them."""
    name, help_text = text("leaderboard.score"), text(f"leaderboard.methods.{method}.reading")
    if method is Method.PARETO:
        return {}
    if not method.independent:
        return {"score": st.column_config.NumberColumn(name, format="%.2f", width=84, help=help_text)}
    bounds = st.column_config.TextColumn(text("leaderboard.bounds"), width=66, help=text("leaderboard.help.bounds"))
    return {"score": _bar(name, 84, help_text), "score_interval": bounds}


def _axis(axis: Axis, view: View, raw: Mapping[Axis, tuple[str, str]]) -> dict[str, ColumnConfig]:
    name = axis.title_in(language())
    if view is View.RAW:
        if axis not in raw:
            return {}
        task, metric = raw[axis]
        help_text = text("leaderboard.help.raw", metric=plain(metric), task=plain(task))
        return {f"{axis}_raw": st.column_config.TextColumn(name, width=150, help=help_text)}
    bar = {axis.value: _bar(name, 100, text("leaderboard.help.axis"), axis.colour)}
    if view is View.BARS:
        return bar
    # Those that are multiplied by accuracy have the value before it, in brackets.
    width = 104 if axis in PROPORTIONAL else 66
    interval = st.column_config.TextColumn(
        text("leaderboard.interval"), width=width, help=text("leaderboard.help.interval", axis=name)
    )
    return {**bar, f"{axis}_interval": interval}


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
