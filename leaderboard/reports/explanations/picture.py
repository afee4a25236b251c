"""Explanations as a picture, drawn by matplotlib."""

import io
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from leaderboard.colours import FAINT, INK
from leaderboard.evaluation.explanation import Explanation
from leaderboard.reports.explanations.shades import background, foreground, strengths
from leaderboard.reports.explanations.terminal_text import details, heading
from leaderboard.visible_text import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMN_INCHES = 6.4
_LINE_INCHES = 0.32
_DPI = 150
_SIZE, _SMALL = 11, 8
_CHINESE_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC")
_LINE_CHARACTERS = 62
"""Characters of a line of words; those of other scripts count twice."""
_DETAIL_CHARACTERS = 88


def explanations_png(explanations: Sequence[Explanation]) -> bytes:
    """Return a PNG with explanations side by side."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    lines = [_lines(each) for each in explanations]
    notes = [_wrapped(details(each)) for each in explanations]
    height = max(2 + len(a) + 0.7 * len(b) for a, b in zip(lines, notes, strict=True))
    figure = Figure(figsize=(_COLUMN_INCHES * len(explanations), _LINE_INCHES * (height + 1.5)), dpi=_DPI)
    canvas = FigureCanvasAgg(figure)
    for number, explanation in enumerate(explanations):
        axes = figure.add_axes((number / len(explanations), 0, 1 / len(explanations), 1))
        axes.set_axis_off()
        axes.set(xlim=(0, _COLUMN_INCHES), ylim=(_LINE_INCHES * (height + 1.5), 0))
        renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
        _draw(axes, renderer, explanation, lines[number], notes[number])
    target = io.BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def _draw(axes: "Axes", renderer: Any, explanation: Explanation, lines: list[list[int]], notes: list[str]) -> None:
    shares = strengths(explanation.values)
    left, top = 0.3, _LINE_INCHES
    _write(axes, left, top, _cut(heading(explanation), 60), size=_SIZE, color=INK, weight="bold")
    for line in lines:
        top, at = top + _LINE_INCHES, left
        for index in line:
            colour = background(shares[index])
            box = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": "none"}
            unit = _cut(explanation.units[index], _LINE_CHARACTERS)
            drawn = _write(axes, at, top, unit, size=_SIZE, color=foreground(colour), bbox=box)
            pixels = drawn.get_window_extent(renderer)
            at = axes.transData.inverted().transform((pixels.x1, pixels.y0))[0]
            at += 0.1 if explanation.separator else 0.04
    for line_of_notes in notes:
        top += 0.7 * _LINE_INCHES if line_of_notes is not notes[0] else 1.2 * _LINE_INCHES
        _write(axes, left, top, line_of_notes, size=_SMALL, color=FAINT)


def _write(axes: "Axes", x: float, y: float, text: str, **style: Any) -> Any:
    return axes.text(x, y, text, va="center", parse_math=False, fontfamily=_fonts(), **style)


@cache
def _fonts() -> list[str]:
    """Return the installed fonts in the order in which they are looked for; the first comes with matplotlib."""
    from matplotlib.font_manager import get_font_names  # noqa: PLC0415 - slow to import

    installed = set(get_font_names())
    return ["DejaVu Sans", *(name for name in _CHINESE_FONTS if name in installed)]


def _lines(explanation: Explanation) -> list[list[int]]:
    """Return the units of each line."""
    lines, width = [list[int]()], 0
    for index, unit in enumerate(explanation.units):
        length = min(_LINE_CHARACTERS, sum(1 if ord(each) < 0x2E80 else 2 for each in unit)) + 1  # noqa: PLR2004 - CJK
        if lines[-1] and width + length > _LINE_CHARACTERS:
            lines.append([])
            width = 0
        lines[-1].append(index)
        width += length
    return lines


def _wrapped(texts: Sequence[str]) -> list[str]:
    import textwrap  # noqa: PLC0415 - only for pictures

    return [line for each in texts for line in textwrap.wrap(one_line(each, 400), _DETAIL_CHARACTERS)]


def _cut(text: str, longest: int) -> str:
    text = one_line(text, 10_000)
    return text if len(text) <= longest else text[: longest - 1] + "…"
