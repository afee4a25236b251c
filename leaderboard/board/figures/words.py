"""Heat-maps of texts: each word with what it speaks for, told by a number and a line under it as well as by colour."""

import html
from collections.abc import Sequence

from leaderboard.board.frames.attributions import WordScore

_FOR, _AGAINST = (0, 114, 178), (213, 94, 0)
_DEEPEST = 0.55
"""Opacity of the strongest word: letters stay readable on it, on a light page and on a dark one."""
_WORD = "display:inline-block;margin:2px 3px;padding:2px 5px 1px;border-radius:4px;text-align:center;line-height:1.3;"
_NUMBER = "display:block;font-size:0.72em;opacity:0.85;font-variant-numeric:tabular-nums;"


def heat_map(words: Sequence[WordScore], told: str) -> str:
    """A text as HTML in which nothing runs: every word and label is escaped.

    A word that speaks for the class has a solid line under it, one that speaks against it a dotted one; below stands
    its rank and its share of the strongest score.

    Args:
        words: from `frames.attributions.word_scores`.
        told: what it is, for those who have it read to them.
    """
    spans = "".join(map(_span, words))
    return f'<div role="img" aria-label="{html.escape(told)}" style="line-height:2.6">{spans}</div>'


def _span(word: WordScore) -> str:
    supports = word.share >= 0
    red, green, blue = _FOR if supports else _AGAINST
    line = "solid" if supports else "dotted"
    style = (
        f"{_WORD}background:rgba({red},{green},{blue},{abs(word.share) * _DEEPEST:.2f});"
        f"border-bottom:3px {line} rgb({red},{green},{blue});"
    )
    number = f"{word.share:+.2f}".replace("-", "−")
    return (
        f'<span style="{style}" title="{html.escape(f"{word.score:+.4g}")}">{html.escape(word.word)}'
        f'<span style="{_NUMBER}">{word.rank} · {number}</span></span>'
    )
