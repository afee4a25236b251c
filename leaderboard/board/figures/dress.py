"""Dressed: a report's figure on a page, without a title of its own and in the colours of the page, light or dark."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leaderboard.reports.figures.look import BLUE, BREAK, FAINT, FAINT_BLUE, INK, LINE, PALE, drawing, graph_objects

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")
"""Beside each colour, for those who do not tell colours apart."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222", "#6F767D")
"""Okabe & Ito 2008, the ones that stand out on white first."""
_TOP, _PANEL = 18, 28
_CLEAR = "rgba(0,0,0,0)"
_DARK: Mapping[str, str] = {
    INK: "#E8EAED",
    FAINT: "#A7AFB8",
    PALE: "#5C6670",
    LINE: "#2C333A",
    BLUE: "#56B4E9",
    FAINT_BLUE: "#2F607F",
    "white": "#1B2027",
    "rgba(255, 255, 255, 0.8)": "rgba(14, 17, 23, 0.8)",
    # The map of effects: worse and better around a middle that is the page's own, and what is unsure in water.
    "#E9EBED": "#252B32",
    "#F3DFD1": "#3A2A20",
    "#FBFBFB": "#171C22",
    "#D3E3EE": "#1D303D",
    "#F7F7F7": "#20262D",
    "#F6D5BF": "#5A3A26",
}
"""What each colour of a light figure is on a dark page."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """A figure for a page.

    Attributes:
        title: what it found, as plain text; empty where it says nothing.
        note: how to read it, as plain text.
        figure: without either.
    """

    title: str
    note: str
    figure: "Figure"


def dressed(figure: "Figure", *, dark: bool) -> Dressed:
    """A figure in the colours of the page, its title and note taken out: a page's own text wraps and is read aloud.

    Args:
        figure: as the reports draw it; left as it is.
        dark: whether the page is.
    """
    look = figure.to_plotly_json()
    told = figure.layout.title
    height = figure.layout.height
    clothed = graph_objects().Figure(_recoloured(look) if dark else look)
    clothed.update_layout(title=None, paper_bgcolor=_CLEAR, plot_bgcolor=_CLEAR, autosize=True)
    lines = sum(bool(said) * (said.count(BREAK) + 1) for said in (told.text or "", told.subtitle.text or ""))
    freed = max(0, (figure.layout.margin.t or 0) - _TOP) if lines else 0
    panelled = [each for each in clothed.layout.annotations if each.yref == "paper" and each.y == 1]
    freed = max(0, freed - (_PANEL if panelled or clothed.layout.xaxis.side == "top" else 0))
    clothed.update_layout(
        margin={"t": (figure.layout.margin.t or 0) - freed}, height=height - freed if height else None
    )
    return Dressed(_words(told.text), _words(told.subtitle.text), clothed)


def canvas(height: int, *, legend: bool = False) -> "Figure":
    """An empty figure of a page, which has its words beside it.

    Args:
        height: in pixels.
        legend: whether it leaves room for one below.
    """
    figure = drawing("", height=height)
    figure.update_layout(
        margin={"l": 10, "r": 16, "t": 16, "b": 40}, showlegend=legend, title=None, hovermode="closest"
    )
    return figure


def _recoloured(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _recoloured(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_recoloured(each) for each in value]
    return _DARK.get(value, value) if isinstance(value, str) else value


def _words(said: str | None) -> str:
    return html.unescape((said or "").replace(BREAK, " "))
