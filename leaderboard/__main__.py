"""`python -m leaderboard`: the same program as the console script."""

from leaderboard.entry import main

main()
