"""Style of all figures: colours for colour-blind readers, titles that state the result, escaped names."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.colours import FAINT, INK
from leaderboard.escapes import plotly

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FAINT_BLUE = "#8CBFE0"
PALE, LINE = "#C3CAD1", "#E4E7EA"
WIDTH, HEIGHT = 1000, 600
"""Pixels of a picture; a page stretches it to its window's width."""
BREAK = "<br>"
_TITLE_WIDTH, _SUBTITLE_WIDTH, _HOVER_WIDTH, _SENTENCE_WIDTH = 104, 160, 72, 76
_TITLE_LINE, _SUBTITLE_LINE, _PANEL_TITLE = 25, 17, 22


def graph_objects() -> Any:
    """Return Plotly's graph objects."""
    import plotly.graph_objects as go  # noqa: PLC0415 - slow to import

    return go


def escaped(text: str) -> str:
    """Return a name with its markup escaped: Plotly would interpret `<b>`."""
    return plotly(text)


def wrapped(text: str, width: int = _HOVER_WIDTH) -> str:
    """Return escaped text in lines of at most so many characters; a longer word stays whole."""
    return BREAK.join(map(escaped, textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)))


def drawing(title: str, note: str = "", *, height: int = HEIGHT) -> "Figure":
    """Return an empty figure.

    Args:
        title: result that the figure shows, in words.
        note: how to read the figure.
        height: height in pixels.
    """
    go = graph_objects()
    head = wrapped(_capitalized(title), _TITLE_WIDTH)
    below = wrapped(note, _SUBTITLE_WIDTH)
    top = 40 + _TITLE_LINE * _lines(head) + _SUBTITLE_LINE * (_lines(below) if below else 0)
    figure = go.Figure()
    figure.update_layout(
        template="none",
        width=None,
        height=height,
        margin={"l": 80, "r": 30, "t": top, "b": 70},
        font={"family": "Arial, Liberation Sans, DejaVu Sans, sans-serif", "size": 13, "color": INK},
        title={
            "text": head,
            "subtitle": {"text": below, "font": {"size": 12, "color": FAINT}},
            "font": {"size": 18},
            "x": 0.0,
            "xref": "container",
            "xanchor": "left",
            "pad": {"l": 20},
            "y": 1 - 26 / height,
            "yanchor": "top",
        },
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"color": INK}},
        paper_bgcolor="white",
        plot_bgcolor="white",
        legend={"orientation": "h", "y": -0.16, "x": 0, "yanchor": "top"},
    )
    _rule(figure)
    return figure


def panels(figure: "Figure", count: int, titles: Sequence[str] = (), *, shared: bool = False) -> None:
    """Split a figure into a row of several panels.

    Args:
        figure: figure from `drawing`.
        count: number of panels.
        titles: titles of the panels, not escaped.
        shared: whether all panels share the first one's vertical axis.
    """
    spacing = min(0.05 if shared else 0.09, 0.12 / count if shared else 1.0)
    names = list(map(escaped, titles)) or None
    figure.set_subplots(rows=1, cols=count, shared_yaxes=shared, subplot_titles=names, horizontal_spacing=spacing)
    figure.update_annotations(font={"size": 14})
    if titles:
        figure.layout.margin.t += _PANEL_TITLE
    _rule(figure)


def sentence(title: str, reason: str) -> "Figure":
    """Return a figure that only says why the real one cannot be drawn."""
    figure = drawing(title)
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    figure.add_annotation(
        text=wrapped(reason, _SENTENCE_WIDTH),
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"size": 16, "color": FAINT},
    )
    return figure


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 trial`, `2 trials`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _rule(figure: "Figure") -> None:
    title = {"standoff": 12, "font": {"size": 14}}
    axis = {"gridcolor": LINE, "zeroline": False, "linecolor": PALE, "showline": True, "automargin": True}
    figure.update_xaxes(**axis, title=title)
    figure.update_yaxes(**axis, title=title)


def _capitalized(title: str) -> str:
    """Return a title with a capital letter, unless it begins with a name such as `latency.ratio`."""
    first = title.partition(" ")[0].rstrip(",:")
    return title[:1].upper() + title[1:] if first.isalpha() else title


def _lines(text: str) -> int:
    return text.count(BREAK) + 1
