"""Shades of attributions: blue for words that speak for a class, vermillion for those against it."""

from leaderboard.arrays import FloatArray
from leaderboard.colours import BLUE, INK, LIGHT_PAGE, VERMILLION, contrast


def strengths(values: FloatArray) -> list[float]:
    """Return values divided by the largest magnitude, between -1 and 1; zeros where all are 0."""
    largest = float(abs(values).max(initial=0.0))
    return [float(value) / largest if largest > 0 else 0.0 for value in values]


def background(strength: float) -> str:
    """Return the colour behind a word: white at 0, blue at 1, vermillion at -1."""
    full = BLUE if strength > 0 else VERMILLION
    share = min(1.0, abs(strength))
    parts = [
        round(int(LIGHT_PAGE[at : at + 2], 16) * (1 - share) + int(full[at : at + 2], 16) * share) for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def foreground(colour: str) -> str:
    """Return the colour of letters on a background: dark or white, the one with more contrast."""
    return max((INK, LIGHT_PAGE), key=lambda letters: contrast(letters, colour))
