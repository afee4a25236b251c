"""Gates: verdicts of gates over time, rule by rule, and the value of each rule against its bound."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from leaderboard.board import links, url_state
from leaderboard.board.cached_store import board_store, cached
from leaderboard.board.figures.trend import trend_figure
from leaderboard.board.frames import gates as frames
from leaderboard.board.subject_choice import subject_key
from leaderboard.board.subject_options import SubjectOptions, subject_address
from leaderboard.board.theme import draw
from leaderboard.board.translations import plain, text
from leaderboard.store.gates import gate_runs
from leaderboard.store.records import GateRunRecord

FIRST_COMMAND = "leaderboard gate init"
cached_runs = cached(gate_runs)


def main() -> None:
    """Show the selection of a gate and a subject, then a call and one of its rules."""
    st.title(text("gates.title"), anchor=False)
    store = board_store(searches=True)
    runs = cached_runs(store)
    if not runs:
        st.info(text("gates.none"))
        st.code(FIRST_COMMAND, language="bash", wrap_lines=True)
        return
    left_column, right_column = st.columns(2)
    gates = list(dict.fromkeys(run.gate for run in runs))
    gate = left_column.selectbox(text("gates.gate"), gates, key=url_state.choice("gate", gates))
    of_gate = [run for run in runs if run.gate == gate]
    options = SubjectOptions.single({run.subject_identity: run.subject for run in of_gate})
    subject = right_column.selectbox(
        text("gates.subject"),
        ["", *options.labels],
        format_func=lambda each: options.labels.get(each) or text("gates.every"),
        key=subject_key(options, none=True),
    )
    selected = [run for run in of_gate if subject in {"", run.subject_identity}]
    show_history(selected)
    show_trend(selected)
    show_call(selected)


def show_history(runs: Sequence[GateRunRecord]) -> None:
    """Show every call with its verdict, newest first."""
    st.subheader(text("gates.history"), anchor=False)
    st.dataframe(
        _readable(frames.runs_frame(runs)),
        hide_index=True,
        height="content" if len(runs) <= 10 else "auto",  # noqa: PLR2004 - rows that fit above the rest
        column_config={name: text(f"gates.columns.{name}") for name in frames.RUN_COLUMNS},
    )


def show_trend(runs: Sequence[GateRunRecord]) -> None:
    """Show one rule over all calls."""
    rules = frames.rules_of(runs)
    if not rules:
        return
    st.subheader(text("gates.trend"), anchor=False)
    rule = st.selectbox(text("gates.rule"), rules, key=url_state.choice("rule", rules))
    values = frames.trend(runs, rule)
    if values["value"].notna().any():
        draw(trend_figure(values, _word), "trend")
        st.caption(text("gates.trend_note"))
    else:
        st.info(text("gates.no_value"))


def show_call(runs: Sequence[GateRunRecord]) -> None:
    """Show one call, rule by rule."""
    st.subheader(text("gates.call"), anchor=False)
    calls = {f"{run.started_at:%Y%m%dT%H%M%S%f}": run for run in runs}
    chosen = st.selectbox(
        text("gates.which"),
        list(calls),
        format_func=lambda each: (
            f"{calls[each].started_at:%Y-%m-%d %H:%M:%S} · {calls[each].subject} · {_word(calls[each].verdict.value)}"
        ),
        key=url_state.choice("call", calls),
    )
    run = calls[chosen]
    st.caption(text("gates.against", baseline=plain(run.baseline)) if run.baseline else text("gates.without_baseline"))
    st.dataframe(
        _readable(frames.rules_frame(run)),
        hide_index=True,
        height="content",
        column_config={
            **{name: text(f"gates.columns.{name}") for name in frames.RULE_COLUMNS},
            "message": st.column_config.TextColumn(text("gates.columns.message"), width="large"),
        },
    )
    links.to_subject(run.subject, subject_address(run.subject, run.subject_identity))


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts and severities as text, with a mark."""
    readable = frame.assign(verdict=[_word(verdict) for verdict in frame["verdict"]])
    if "severity" in readable:
        readable["severity"] = [text(f"gates.severities.{each}") for each in readable["severity"]]
    return readable


def _word(name: str) -> str:
    return text(f"gates.words.{name}")


main()
