"""Links between pages that keep the selected subjects."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.translations import plain, text
from leaderboard.settings import bundled_folder


def to_subject(label: str, address: str) -> None:
    """Show a link to the page of one subject (`subject_options.subject_address`)."""
    if page := _page("subject"):
        st.page_link(
            page,
            label=plain(label),
            icon=":material/id_card:",
            query_params=url_state.link(subject=address),
        )


def to_explain(subject: str, task: str, example: str) -> None:
    """Show a link to the page that explains an example of a task anew, by any method or beside another subject.

    Args:
        subject: address of the subject (`subject_options.subject_address`).
        task: name of the task.
        example: id of the example.
    """
    if page := _page("explain"):
        st.page_link(
            page,
            label=text("board.explain_example"),
            icon=":material/lightbulb:",
            query_params=url_state.link(subject=subject, source="example", task=task, example=example),
        )


def to_compare(subjects: Sequence[str]) -> None:
    """Show a link to the comparison of some subjects, by address."""
    if page := _page("compare"):
        st.page_link(
            page,
            label=text("board.compare_chosen"),
            icon=":material/compare_arrows:",
            query_params=url_state.link(subject=list(subjects)),
        )


def _page(name: str) -> Path | None:
    file = bundled_folder("app") / "pages" / f"{name}.py"
    return file if file.exists() else None
