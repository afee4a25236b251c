"""Numbers for people, as reports show them."""

from leaderboard.quantities import UNKNOWN, quantity, rounded

__all__ = ["UNKNOWN", "quantity", "rounded"]
