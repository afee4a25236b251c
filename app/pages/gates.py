"""Gates: what gates said over time, rule by rule, and how each rule's value went against its bound."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from leaderboard.board import address, links
from leaderboard.board.drawn import draw
from leaderboard.board.figures.trend import trend_figure
from leaderboard.board.frames import gates as frames
from leaderboard.board.opening import remembered, stored
from leaderboard.board.text import plain, text
from leaderboard.store.gates import gate_runs
from leaderboard.store.records import GateRunRecord

FIRST = "leaderboard gate init"
EVERY = ""  # in place of a subject: all of them
known_runs = remembered(gate_runs)


def main() -> None:
    """Choose a gate and a subject, then a call and a rule of it."""
    st.title(text("gates.title"), anchor=False)
    store = stored(searches=True)
    runs = known_runs(store)
    if not runs:
        st.info(text("gates.none"))
        st.code(FIRST, language="bash", wrap_lines=True)
        return
    left, right = st.columns(2)
    gates = list(dict.fromkeys(run.gate for run in runs))
    gate = left.selectbox(text("gates.gate"), gates, key=address.choice("gate", gates))
    of_gate = [run for run in runs if run.gate == gate]
    subjects = [EVERY, *dict.fromkeys(run.subject for run in of_gate)]
    subject = right.selectbox(
        text("gates.subject"),
        subjects,
        format_func=lambda each: each or text("gates.every"),
        key=address.choice("subject", subjects, EVERY),
    )
    shown = [run for run in of_gate if subject in {EVERY, run.subject}]
    show_history(shown)
    show_trend(shown)
    show_call(shown)


def show_history(runs: Sequence[GateRunRecord]) -> None:
    """Every call with its verdict, newest first."""
    st.subheader(text("gates.history"), anchor=False)
    st.dataframe(
        _told(frames.runs_frame(runs)),
        hide_index=True,
        height="content" if len(runs) <= 10 else "auto",  # noqa: PLR2004 - rows that fit above the rest
        column_config={name: text(f"gates.columns.{name}") for name in frames.RUN_COLUMNS},
    )


def show_trend(runs: Sequence[GateRunRecord]) -> None:
    """One rule over all calls."""
    rules = frames.rules_of(runs)
    if not rules:
        return
    st.subheader(text("gates.trend"), anchor=False)
    rule = st.selectbox(text("gates.rule"), rules, key=address.choice("rule", rules))
    found = frames.trend(runs, rule)
    if found["value"].notna().any():
        draw(trend_figure(found, _word), "trend")
        st.caption(text("gates.trend_note"))
    else:
        st.info(text("gates.no_value"))


def show_call(runs: Sequence[GateRunRecord]) -> None:
    """One call, rule by rule."""
    st.subheader(text("gates.call"), anchor=False)
    calls = {f"{run.started_at:%Y%m%dT%H%M%S%f}": run for run in runs}
    chosen = st.selectbox(
        text("gates.which"),
        list(calls),
        format_func=lambda each: (
            f"{calls[each].started_at:%Y-%m-%d %H:%M:%S} · {calls[each].subject} · {_word(calls[each].verdict.value)}"
        ),
        key=address.choice("call", calls),
    )
    run = calls[chosen]
    st.caption(text("gates.against", baseline=plain(run.baseline)) if run.baseline else text("gates.without_baseline"))
    st.dataframe(
        _told(frames.rules_frame(run)),
        hide_index=True,
        height="content",
        column_config={
            **{name: text(f"gates.columns.{name}") for name in frames.RULE_COLUMNS},
            "message": st.column_config.TextColumn(text("gates.columns.message"), width="large"),
        },
    )
    links.to_subject(run.subject)


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """Verdicts and severities in words, with a mark."""
    said = frame.assign(verdict=[_word(verdict) for verdict in frame["verdict"]])
    if "severity" in said:
        said["severity"] = [text(f"gates.severities.{each}") for each in said["severity"]]
    return said


def _word(name: str) -> str:
    return text(f"gates.words.{name}")


main()
