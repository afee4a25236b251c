"""Shared parts of the board's pages; the pages themselves are in `app/pages/`.

How a page is written (`app/pages/NAME.py`, run by `app/entry/board.py`, which sets the window up):

    import streamlit as st

    from leaderboard.board import url_state
    from leaderboard.board.frames import NAME as frames      # pure functions: store in, frame out; no streamlit
    from leaderboard.board.cached_store import cached, board_store
    from leaderboard.board.translations import labels, plain, text

    estimates = cached(frames.estimates)                 # read again only after the store has changed

    def main() -> None:
        st.title(text("NAME.title"))                         # leaderboard/board/strings/NAME.yaml: title: {en:, zh:}
        store = board_store()                                # read-only; without a store the page stops with a
        message task = st.selectbox(text("NAME.task"), tasks, key=url_state.choice("task", tasks))
        st.dataframe(estimates(store, task))                 # cells are text; in Markdown write plain(name)

    main()

The title in the navigation is `board.pages.NAME`, in `strings/board.yaml`. Whatever people choose goes through
`url_state`, so that the URL contains it. What `cached` functions return is shared: copy it before changing it.
"""
