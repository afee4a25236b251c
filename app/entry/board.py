"""The board: a read-only web page over the store; its numbers come from the same frames as the command line."""

from pathlib import Path
from typing import Any

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.translations import LANGUAGE, Language, text
from leaderboard.errors import LeaderboardError

PAGES = {
    "leaderboard": ":material/leaderboard:",
    "trade_offs": ":material/balance:",
    "subject": ":material/id_card:",
    "compare": ":material/compare_arrows:",
    "explain": ":material/lightbulb:",
    "search": ":material/travel_explore:",
    "gates": ":material/rule:",
    "tasks": ":material/menu_book:",
}
# Streamlit leaves a third of a small window empty; tables need the width.
MARGINS = "<style>.stMainBlockContainer {padding: 4.5rem 2.5rem 3rem}</style>"
# Not next to this file: Streamlit runs pages in a folder `pages` next to its script without that script.
FOLDER = Path(__file__).parents[1] / "pages"


def page(name: str, **more: Any) -> st.Page:
    """Return a page by the name of its file."""
    return st.Page(FOLDER / f"{name}.py", title=text(f"board.pages.{name}"), icon=PAGES[name], **more)


def main() -> None:
    """Show the page of the URL, or an error in the request or the store."""
    key = url_state.choice(LANGUAGE, Language, stays=True)
    # An emoji, since a material icon of a tab is fetched from elsewhere; a board requests nothing from other machines.
    st.set_page_config(page_title=text("board.name"), page_icon="📊", layout="wide", initial_sidebar_state=250)
    st.html(MARGINS)
    first, *other_names = PAGES
    # Streamlit serves its first page under `/` alone; its name must work, too.
    by_name = page(first, url_path=first, visibility="hidden")
    pages = [page(first, url_path="first", default=True), *(page(name, url_path=name) for name in other_names)]
    chosen = st.navigation([*pages, by_name], position="top")
    with st.sidebar:
        st.radio(text("board.language"), list(Language), format_func=lambda each: each.label, horizontal=True, key=key)
    try:
        chosen.run()
    except LeaderboardError as error:
        st.error(text("board.refused"))
        st.code(str(error), language=None, wrap_lines=True)


main()
