"""What the pages of the board share; see `app/pages/` for the pages themselves.

How a page is written (`app/pages/NAME.py`, run by `app/entry/board.py`, which sets the window up):

    import streamlit as st

    from leaderboard.board import address
    from leaderboard.board.frames import NAME as frames      # pure functions: store in, frame out; no streamlit
    from leaderboard.board.opening import remembered, stored
    from leaderboard.board.text import labels, plain, text

    estimates = remembered(frames.estimates)                 # read again only after the store changed

    def main() -> None:
        st.title(text("NAME.title"))                         # leaderboard/board/strings/NAME.yaml: title: {en:, zh:}
        store = stored()                                     # read-only; where there is none the page stops and says so
        task = st.selectbox(text("NAME.task"), tasks, key=address.choice("task", tasks))
        st.dataframe(estimates(store, task))                 # cells are text; in Markdown write plain(name)

    main()

The title in the navigation is `board.pages.NAME`, in `strings/board.yaml`. Whatever people choose goes through
`address`, so that it stands in the URL. What comes from `remembered` is shared by all: copy it before changing it.
"""
