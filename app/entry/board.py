"""The board: a web page over the store. Read-only; every number comes from frames that the command line uses too."""

from pathlib import Path
from typing import Any

import streamlit as st

from leaderboard.board import address
from leaderboard.board.text import LANGUAGE, Language, text
from leaderboard.errors import LeaderboardError

PAGES = {
    "leaderboard": ":material/leaderboard:",
    "trade_offs": ":material/balance:",
    "subject": ":material/id_card:",
    "compare": ":material/compare_arrows:",
    "search": ":material/travel_explore:",
    "gates": ":material/rule:",
    "tasks": ":material/menu_book:",
}
# Streamlit leaves a third of a small window empty; tables need the width.
MARGINS = "<style>.stMainBlockContainer {padding: 4.5rem 2.5rem 3rem}</style>"
# Not beside this file: Streamlit runs what lies in a folder `pages` beside its script without that script.
FOLDER = Path(__file__).parents[1] / "pages"


def page(name: str, **more: Any) -> st.Page:
    """A page by the name of its file."""
    return st.Page(FOLDER / f"{name}.py", title=text(f"board.pages.{name}"), icon=PAGES[name], **more)


def main() -> None:
    """Show the page that the address names; what is wrong with the request or the store is told on it."""
    key = address.choice(LANGUAGE, Language, stays=True)
    # An emoji, since a material icon of a tab is fetched from elsewhere; nothing of a board leaves the machine.
    st.set_page_config(page_title=text("board.name"), page_icon="📊", layout="wide", initial_sidebar_state=250)
    st.html(MARGINS)
    first, *others = PAGES
    # Streamlit knows its first page by `/` alone; who types its name must not be told that there is none.
    by_name = page(first, url_path=first, visibility="hidden")
    pages = [page(first, url_path="first", default=True), *(page(name, url_path=name) for name in others)]
    chosen = st.navigation([*pages, by_name], position="top")
    with st.sidebar:
        st.radio(text("board.language"), list(Language), format_func=lambda each: each.label, horizontal=True, key=key)
    try:
        chosen.run()
    except LeaderboardError as error:
        st.error(text("board.refused"))
        st.code(str(error), language=None, wrap_lines=True)


main()
