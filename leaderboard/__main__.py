"""`python -m leaderboard`: the same program as the console script."""

from leaderboard.cli.main import main

main()
