"""Tasks about reviews, for leaderboard: the folder `tasks` holds their files, and nothing here is ever imported."""

raise ImportError("a package that brings tasks is not imported")
