"""Entry point of `python -m leaderboard`, the same program as the console script."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the working directory, where Python would look for every module first: a model may hold one

from leaderboard.entry import main

main()
