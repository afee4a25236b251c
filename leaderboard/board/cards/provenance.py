"""Provenance of a subject: model, recipe, special tokens, prompts and environments."""

import streamlit as st

from leaderboard.board.cards.selection import Card
from leaderboard.board.frames import subject as frames
from leaderboard.board.translations import text
from leaderboard.store.records import EnvironmentRecord


def show(card: Card) -> None:
    """Show everything as text that can be copied."""
    model, recipe = card.results.model, card.results.recipe
    if model.trust_remote_code:
        st.warning(text("subject.warning_code"))
    st.subheader(text("subject.origin.heading"), anchor=False)
    rows = [*frames.provenance(card.results.identity, model, recipe)]
    rows.append(("trust_remote_code", text(f"subject.origin.{'yes' if model.trust_remote_code else 'no'}")))
    if files := sorted({each.imported_from for each in card.results.evaluations if each.imported_from}):
        rows.append(("imported_from", ", ".join(files)))
    st.dataframe(
        {
            text("subject.columns.item"): [text(f"subject.origin.rows.{name}") for name, _ in rows],
            text("subject.columns.content"): [value for _, value in rows],
        },
        hide_index=True,
        height="content",
        column_config={text("subject.columns.item"): st.column_config.TextColumn(width="small")},
    )
    st.subheader(text("subject.origin.recipe"), anchor=False)
    st.code(frames.yaml_text(recipe.details), language="yaml", wrap_lines=True)
    prompts = frames.prompts(card.evaluated)
    if prompts:
        st.subheader(text("subject.origin.prompts"), anchor=False)
        for task, prompt in prompts.items():
            st.code(f"{task}\n\n{prompt}", language=None, wrap_lines=True)
    st.subheader(text("subject.origin.environments"), anchor=False)
    if not card.results.evaluations:
        st.caption(text("subject.origin.no_environment"))
    for name, details in frames.environments(_distinct(card)).items():
        st.code(f"# {name}\n{details}", language="yaml", wrap_lines=True)


def _distinct(card: Card) -> list[EnvironmentRecord]:
    return list({each.environment.identity: each.environment for each in card.results.evaluations}.values())
