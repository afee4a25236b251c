"""Tasks and metrics: what every number means."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.board import url_state
from leaderboard.board.axis_titles import with_axis_titles
from leaderboard.board.cached_store import board_store, cached
from leaderboard.board.frames import tasks as frames
from leaderboard.board.translations import language, plain, text
from leaderboard.store.records import TaskRecord

definitions = cached(frames.tasks)
uses = cached(frames.uses)
ROW_HEIGHT, HEADER_HEIGHT, MAX_HEIGHT = 36, 38, 520


def main() -> None:
    """Show the catalogue of metrics, which needs no store, then the tasks of the store."""
    st.title(text("tasks.title"), anchor=False)
    metrics()
    st.divider()
    tasks()


def metrics() -> None:
    """Show every metric in a table, and the details of one."""
    st.header(text("tasks.metrics"), anchor=False)
    left_column, right_column = st.columns([1, 1])
    words = left_column.text_input(text("tasks.words"), key=url_state.string("metrics"), icon=":material/search:")
    axes = right_column.multiselect(
        text("tasks.axes"),
        list(Axis),
        format_func=lambda axis: axis.title_in(language()),
        key=url_state.several("axes", Axis),
        placeholder=text("tasks.all"),
    )
    matching = frames.metrics(axes, words)
    if matching.empty:
        st.info(text("tasks.no_metric"))
        return
    grid(with_axis_titles(matching.drop(columns=["source", "caveat"])), "metric", text("tasks.metrics"))
    names = matching["metric"].tolist()
    name = st.selectbox(text("tasks.look"), names, key=url_state.choice("metric", names))
    about_metric(name)


def about_metric(name: str) -> None:
    """Show the details of a metric."""
    metric = METRICS[name]
    st.subheader(plain(name), anchor=False)
    st.markdown(plain(metric.summary))
    if metric.caveat:
        st.warning(f"**{text('tasks.caveat')}** {plain(metric.caveat)}", icon=":material/report:")
    facts(
        {
            "axis": metric.axis.title_in(language()),
            "counts": text("tasks.counts_yes" if metric.headline else "tasks.counts_no", weight=f"{metric.weight:g}"),
            "unit": metric.unit,
            "better": f"{frames.direction(metric)} {text(f'tasks.better.{metric.better}')}",
            "anchors": f"{metric.worst:g} → {metric.best if metric.target is None else metric.target:g}",
            "scale": text(f"tasks.scales.{metric.scale}"),
            "minimum_n": f"{metric.minimum_n}",
            "source": metric.source,
        }
    )


def tasks() -> None:
    """Show one task of the store: its prompt, its data, and the subjects that were measured on it."""
    st.header(text("tasks.tasks"), anchor=False)
    store = board_store(searches=True)
    records = definitions(store)
    if not records:
        st.info(text("tasks.no_task"))
        return
    name = st.selectbox(text("tasks.task"), list(records), key=url_state.choice("task", records))
    task = records[name]
    definition = task.definition
    st.markdown(plain(definition.get("description", "")))
    about_task(task)
    grid(frames.anchors(definition), "metric", text("tasks.reports"))
    st.subheader(text("tasks.data"), anchor=False)
    grid(frames.sources(definition), "split", text("tasks.data"))
    prompt(definition)
    st.subheader(text("tasks.uses"), anchor=False)
    evaluations = uses(store, name)
    if evaluations.empty:
        st.caption(text("tasks.unused"))
    else:
        grid(evaluations, "subject", text("tasks.uses"))
    with st.expander(text("tasks.whole")):
        st.json(dict(definition), expanded=1)


def about_task(task: TaskRecord) -> None:
    """Show the identification and origin of a task."""
    definition = task.definition
    facts(
        {
            "axis": task.axis.title_in(language()),
            "protocol": f"{task.protocol} {task.protocol_version}",
            "version": f"{task.version}",
            "limit": f"{definition.get('limit') or text('tasks.no_limit')}",
            "licence": definition.get("license") or text("tasks.unknown"),
            "citation": definition.get("citation") or text("tasks.unknown"),
        }
    )


def prompt(definition: Mapping[str, Any]) -> None:
    """Show the prompt for a model without a trained head."""
    template = definition.get("prompt")
    if not template:
        return
    st.subheader(text("tasks.prompt"), anchor=False)
    st.code(template.get("template") or "", language=None, wrap_lines=True)
    if template.get("choices"):
        st.code("\n".join(repr(each) for each in template["choices"]), language=None, wrap_lines=True)


def facts(values: Mapping[str, str]) -> None:
    """Show names and values as a table of text."""
    rows = pd.DataFrame([{"item": text(f"tasks.facts.{name}"), "value": value} for name, value in values.items()])
    columns = {
        "item": st.column_config.TextColumn(text("tasks.item"), width=170),
        "value": st.column_config.TextColumn(text("tasks.value"), width="large"),
    }
    st.dataframe(rows, hide_index=True, column_config=columns, alt=text("tasks.item"))


def grid(frame: pd.DataFrame, pinned: str, alt: str) -> None:
    """Show a table of text with its columns named in the language of the session."""
    names = map(str, frame.columns)
    columns = {name: st.column_config.Column(text(f"tasks.columns.{name}"), pinned=name == pinned) for name in names}
    st.dataframe(
        frame,
        hide_index=True,
        column_config=columns,
        height=min(ROW_HEIGHT * len(frame) + HEADER_HEIGHT, MAX_HEIGHT),
        placeholder="–",
        alt=alt,
    )


main()
