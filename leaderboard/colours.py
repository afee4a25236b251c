"""Colours of figures and pages: distinct for colour-blind readers, on a light and on a dark page."""

import re

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
"""Okabe & Ito 2008, without their yellow, which is too faint on white."""
INK, FAINT = "#222222", "#6F767D"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, INK, FAINT)
"""Colours of lines and points of several subjects, those with the most contrast on white first."""
BROWN, VIOLET = "#75602E", "#8837D7"
FREE = ("#5E656C", "#779D50", "#D823BF", "#915210", "#A8348A", "#94962B")
"""Colours of axes that plug-ins bring and that declare none.

Chosen so that any two of them and of the six axes differ (CIE 1976) for all readers, with a colour-vision deficiency or
not (Machado, Oliveira & Fernandes 2009).
"""
LIGHT_PAGE, DARK_PAGE = "#FFFFFF", "#0E1117"
"""Backgrounds of the board."""
_LINEAR_BELOW = 0.04045
LEAST_CONTRAST = 3.0
"""Contrast of a graphical object with its background (WCAG 2.2, criterion 1.4.11)."""


def checked_colour(colour: str) -> str:
    """Return a colour that is legible on both pages.

    Raises:
        ValueError: for another form than `#RRGGBB`, or for less contrast than `LEAST_CONTRAST` with a page.
    """
    if not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
        raise ValueError(f"{colour[:40]!r} is not a colour: write #RRGGBB, for instance {VIOLET}")
    for name, page in (("light", LIGHT_PAGE), ("dark", DARK_PAGE)):
        if contrast(colour, page) < LEAST_CONTRAST:
            raise ValueError(
                f"colour {colour} has a contrast of {contrast(colour, page):.1f}:1 with the {name} page, "
                f"and needs {LEAST_CONTRAST:g}:1; choose one that is neither very light nor very dark"
            )
    return colour


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 (the same) to 21 (black and white), by WCAG 2.2.

    Args:
        first: a colour as `#RRGGBB`.
        second: another one.
    """
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 (black) to 1 (white)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
