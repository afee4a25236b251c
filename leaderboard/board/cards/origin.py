"""Where a subject comes from: its model, its recipe, the tokens and prompts around its texts, its environments."""

import streamlit as st

from leaderboard.board.cards.asked import Card
from leaderboard.board.frames import subject as frames
from leaderboard.board.text import text
from leaderboard.store.records import EnvironmentRecord


def show(card: Card) -> None:
    """Everything as text, to be read and copied."""
    model, recipe = card.results.model, card.results.recipe
    if model.trust_remote_code:
        st.warning(text("subject.warning_code"))
    st.subheader(text("subject.origin.heading"), anchor=False)
    rows = [*frames.provenance(card.results.identity, model, recipe)]
    rows.append(("trust_remote_code", text(f"subject.origin.{'yes' if model.trust_remote_code else 'no'}")))
    st.dataframe(
        {
            text("subject.columns.what"): [text(f"subject.origin.rows.{name}") for name, _ in rows],
            text("subject.columns.said"): [said for _, said in rows],
        },
        hide_index=True,
        height="content",
        column_config={text("subject.columns.what"): st.column_config.TextColumn(width="small")},
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
