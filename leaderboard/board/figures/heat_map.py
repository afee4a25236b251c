"""Heat maps of texts: the score of each word as a number and an underline as well as a colour."""

import html
from collections.abc import Sequence

from leaderboard.board.frames.attributions import WordScore

_FOR, _AGAINST = (0, 114, 178), (213, 94, 0)
_MAX_OPACITY = 0.55
"""Opacity of the strongest word: letters stay readable on it, on a light page and on a dark one."""
_WORD = "display:inline-block;margin:2px 3px;padding:2px 5px 1px;border-radius:4px;text-align:center;line-height:1.3;"
_NUMBER = "display:block;font-size:0.72em;opacity:0.85;font-variant-numeric:tabular-nums;"


def heat_map(words: Sequence[WordScore], label: str) -> str:
    """Return a text as HTML without scripts: every word and label is escaped.

    A word that supports the class has a solid underline, one that speaks against it a dotted one; its rank and its
    share of the strongest score are below.

    Args:
        words: from `frames.attributions.word_scores`.
        label: description for screen readers.
    """
    spans = "".join(map(_span, words))
    return f'<div role="img" aria-label="{html.escape(label)}" style="line-height:2.6">{spans}</div>'


def _span(word: WordScore) -> str:
    supports = word.share >= 0
    red, green, blue = _FOR if supports else _AGAINST
    line = "solid" if supports else "dotted"
    style = (
        f"{_WORD}background:rgba({red},{green},{blue},{abs(word.share) * _MAX_OPACITY:.2f});"
        f"border-bottom:3px {line} rgb({red},{green},{blue});"
    )
    number = f"{word.share:+.2f}".replace("-", "−")
    return (
        f'<span style="{style}" title="{html.escape(f"{word.score:+.4g}")}">{html.escape(word.word)}'
        f'<span style="{_NUMBER}">{word.rank} · {number}</span></span>'
    )
