"""Tasks and metrics: what every number means."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.board import address
from leaderboard.board.frames import tasks as frames
from leaderboard.board.opening import remembered, stored
from leaderboard.board.text import labels, plain, text
from leaderboard.store.records import TaskRecord

definitions = remembered(frames.tasks)
uses = remembered(frames.uses)
ROW, HEAD, MOST = 36, 38, 520


def main() -> None:
    """The catalogue of metrics, which needs no store, then the tasks of this one."""
    st.title(text("tasks.title"), anchor=False)
    metrics()
    st.divider()
    tasks()


def metrics() -> None:
    """Every metric in a table, and all that is known of one."""
    st.header(text("tasks.metrics"), anchor=False)
    left, right = st.columns([1, 1])
    words = left.text_input(text("tasks.words"), key=address.words("metrics"), icon=":material/search:")
    axes = right.multiselect(
        text("tasks.axes"),
        list(Axis),
        format_func=labels("board.axes", Axis),
        key=address.several("axes", Axis),
        placeholder=text("tasks.all"),
    )
    found = frames.metrics(axes, words)
    if found.empty:
        st.info(text("tasks.no_metric"))
        return
    grid(found.drop(columns=["source", "caveat"]), "metric", text("tasks.metrics"))
    names = found["metric"].tolist()
    name = st.selectbox(text("tasks.look"), names, key=address.choice("metric", names))
    about_metric(name)


def about_metric(name: str) -> None:
    """All that is known of a metric."""
    metric = METRICS[name]
    st.subheader(plain(name), anchor=False)
    st.markdown(plain(metric.summary))
    if metric.caveat:
        st.warning(f"**{text('tasks.caveat')}** {plain(metric.caveat)}", icon=":material/report:")
    facts(
        {
            "axis": text(f"board.axes.{metric.axis}"),
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
    """One task of the store: what is asked, on which data, and who was measured on it."""
    st.header(text("tasks.tasks"), anchor=False)
    store = stored(searches=True)
    known = definitions(store)
    if not known:
        st.info(text("tasks.no_task"))
        return
    name = st.selectbox(text("tasks.task"), list(known), key=address.choice("task", known))
    task = known[name]
    definition = task.definition
    st.markdown(plain(definition.get("description", "")))
    about_task(task)
    grid(frames.anchors(definition), "metric", text("tasks.reports"))
    st.subheader(text("tasks.data"), anchor=False)
    grid(frames.sources(definition), "split", text("tasks.data"))
    prompt(definition)
    st.subheader(text("tasks.uses"), anchor=False)
    found = uses(store, name)
    if found.empty:
        st.caption(text("tasks.unused"))
    else:
        grid(found, "subject", text("tasks.uses"))
    with st.expander(text("tasks.whole")):
        st.json(dict(definition), expanded=1)


def about_task(task: TaskRecord) -> None:
    """What identifies a task, and where it is from."""
    definition = task.definition
    facts(
        {
            "axis": text(f"board.axes.{task.axis}"),
            "protocol": f"{task.protocol} {task.protocol_version}",
            "version": f"{task.version}",
            "limit": f"{definition.get('limit') or text('tasks.no_limit')}",
            "licence": definition.get("license") or text("tasks.unknown"),
            "citation": definition.get("citation") or text("tasks.unknown"),
        }
    )


def prompt(definition: Mapping[str, Any]) -> None:
    """How a model without a trained head is asked."""
    asked = definition.get("prompt")
    if not asked:
        return
    st.subheader(text("tasks.prompt"), anchor=False)
    st.code(asked.get("template") or "", language=None, wrap_lines=True)
    if asked.get("choices"):
        st.code("\n".join(repr(each) for each in asked["choices"]), language=None, wrap_lines=True)


def facts(said: Mapping[str, str]) -> None:
    """Names and what they are, as a table of text."""
    rows = pd.DataFrame([{"what": text(f"tasks.facts.{name}"), "is": value} for name, value in said.items()])
    columns = {
        "what": st.column_config.TextColumn(text("tasks.what"), width=170),
        "is": st.column_config.TextColumn(text("tasks.is"), width="large"),
    }
    st.dataframe(rows, hide_index=True, column_config=columns, alt=text("tasks.what"))


def grid(frame: pd.DataFrame, pinned: str, alt: str) -> None:
    """A table of text with its columns named in the language of the session."""
    names = map(str, frame.columns)
    columns = {name: st.column_config.Column(text(f"tasks.columns.{name}"), pinned=name == pinned) for name in names}
    st.dataframe(
        frame,
        hide_index=True,
        column_config=columns,
        height=min(ROW * len(frame) + HEAD, MOST),
        placeholder="–",
        alt=alt,
    )


main()
