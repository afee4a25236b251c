"""Figures of the reports on a page: without a title of their own and in the colours of the page."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leaderboard.colours import BLUE, FAINT, INK, SKY
from leaderboard.reports.figures.style import BREAK, FAINT_BLUE, LINE, PALE, drawing, graph_objects

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")
"""Symbols next to each colour, for colour-blind readers."""
_TOP, _PANEL = 18, 28
_CLEAR = "rgba(0,0,0,0)"
_DARK: Mapping[str, str] = {
    INK: "#E8EAED",
    FAINT: "#A7AFB8",
    PALE: "#5C6670",
    LINE: "#2C333A",
    BLUE: SKY,
    FAINT_BLUE: "#2F607F",
    "white": "#1B2027",
    "rgba(255, 255, 255, 0.8)": "rgba(14, 17, 23, 0.8)",
    # The map of effects: worse and better around the page's own background, and pale versions where it is unsure.
    "#E9EBED": "#252B32",
    "#F3DFD1": "#3A2A20",
    "#FBFBFB": "#171C22",
    "#D3E3EE": "#1D303D",
    "#F7F7F7": "#20262D",
    "#F6D5BF": "#5A3A26",
}
"""Colours of a light figure with their counterparts on a dark page."""


@dataclass(frozen=True, slots=True)
class ThemedFigure:
    """A figure for a page, with its title and note as text.

    Attributes:
        title: title as plain text; may be empty.
        note: how to read the figure, as plain text.
        figure: figure without title and note.
    """

    title: str
    note: str
    figure: "Figure"


def themed(figure: "Figure", *, dark: bool) -> ThemedFigure:
    """Return a figure in the colours of the page, with title and note taken out as text.

    Args:
        figure: figure of the reports; it is not changed.
        dark: whether the page is dark.
    """
    layout = figure.to_plotly_json()
    title = figure.layout.title
    height = figure.layout.height
    themed_figure = graph_objects().Figure(_recoloured(layout) if dark else layout)
    themed_figure.update_layout(title=None, paper_bgcolor=_CLEAR, plot_bgcolor=_CLEAR, autosize=True)
    lines = sum(
        bool(title_text) * (title_text.count(BREAK) + 1) for title_text in (title.text or "", title.subtitle.text or "")
    )
    removed_height = max(0, (figure.layout.margin.t or 0) - _TOP) if lines else 0
    panel_titles = [each for each in themed_figure.layout.annotations if each.yref == "paper" and each.y == 1]
    removed_height = max(
        0, removed_height - (_PANEL if panel_titles or themed_figure.layout.xaxis.side == "top" else 0)
    )
    themed_figure.update_layout(
        margin={"t": (figure.layout.margin.t or 0) - removed_height}, height=height - removed_height if height else None
    )
    return ThemedFigure(_words(title.text), _words(title.subtitle.text), themed_figure)


def canvas(height: int, *, legend: bool = False) -> "Figure":
    """Return an empty figure for a page, which shows the title outside of the figure.

    Args:
        height: height in pixels.
        legend: whether to leave room for a legend below.
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


def _words(figure_text: str | None) -> str:
    return html.unescape((figure_text or "").replace(BREAK, " "))
