"""Explanations as one HTML page, without scripts and without anything from elsewhere."""

from collections.abc import Sequence

from leaderboard.escapes import html_text
from leaderboard.evaluation.explanation import Explanation
from leaderboard.reports.explanations.shades import background, foreground, strengths
from leaderboard.reports.explanations.terminal_text import details, heading

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Explanation</title></head>
<body style="margin:2em auto;max-width:70em;padding:0 1em;background:#FFFFFF">
{body}
</body></html>
"""
_STYLE = "font:16px/1.9 system-ui,sans-serif;color:#222222;flex:1 1 22em;min-width:0"


def explanations_page(explanations: Sequence[Explanation]) -> str:
    """Return a page with explanations side by side."""
    return _PAGE.format(body=explanations_html(explanations))


def explanations_html(explanations: Sequence[Explanation]) -> str:
    """Return explanations side by side as a part of a page; every text in it is escaped."""
    sections = "".join(map(_section, explanations))
    return f'<div style="display:flex;flex-wrap:wrap;gap:2.5em">{sections}</div>'


def _section(explanation: Explanation) -> str:
    words = explanation.separator.join(
        _unit(unit, value, share)
        for unit, value, share in zip(explanation.units, explanation.values, strengths(explanation.values), strict=True)
    )
    lines = "".join(f"<li>{html_text(each)}</li>" for each in details(explanation))
    return (
        f'<section style="{_STYLE}"><h2 style="font-size:1.1em">{html_text(heading(explanation))}</h2>'
        f'<p style="overflow-wrap:anywhere">{words}</p>'
        '<p style="font-size:.8em">'
        f'<span style="{_shade(1.0)}">for {html_text(explanation.label)}</span> '
        f'<span style="{_shade(-1.0)}">against it</span></p>'
        f'<ul style="font-size:.8em;color:#5E656C;padding-left:1.2em;line-height:1.5">{lines}</ul></section>'
    )


def _unit(unit: str, value: float, share: float) -> str:
    return f'<span style="{_shade(share)}" title="{value:+.4f}">{html_text(unit)}</span>'


def _shade(share: float) -> str:
    colour = background(share)
    return f"background:{colour};color:{foreground(colour)};border-radius:.25em;padding:.1em .25em"
