"""Text overlap: how much of a reference text a written one shares, in words (ROUGE) and in characters (chrF)."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray

CHARACTERS = 6
"""Largest length of the character sequences of chrF (Popović 2015)."""
_RECALL_WEIGHT = 4.0
"""β² of chrF2, which counts recall twice as much as precision."""
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
"""A Han or kana character, or letters and digits without anything between them."""


def words_of(text: str) -> list[str]:
    """Return the words of a text for ROUGE: lower case, letters and digits alone, without stemming.

    For ASCII these are the tokens of the package rouge-score; each Han or kana character is a word.
    """
    return _WORD.findall(text.lower())


def rouge_n(written: Sequence[str], reference: Sequence[str], n: int) -> float:
    """Return ROUGE-N: F1 of the sequences of n words that two texts share (Lin 2004); 0 where one has none."""
    ours, theirs = (Counter(zip(*(words[at:] for at in range(n)), strict=False)) for words in (written, reference))
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def rouge_l(written: Sequence[str], reference: Sequence[str]) -> float:
    """Return ROUGE-L: F1 of the longest common subsequence of the words of two texts (Lin 2004)."""
    return _f1(_longest_common(written, reference), len(written), len(reference))


def chrf_rows(written: str, references: Sequence[str]) -> FloatArray:
    """Return what a text adds to the sums of chrF, for its best reference: shape (3 · CHARACTERS,).

    For each length of character sequences (white space left out): those of the text, those of the reference, shared.
    """
    rows = np.array([_shared_characters(written, reference) for reference in references])
    best: FloatArray = rows[int(np.argmax(chrf_of_sums(rows)))]
    return best


def chrf_of_sums(sums: FloatArray) -> FloatArray:
    """Return chrF2 of sums of `chrf_rows`, 0 to 100, shape (...,).

    Precision and recall are means over the lengths that both sides have; (1 + β²) P R / (β² P + R) with β = 2 (Popović
    2015), as sacreBLEU computes it for a corpus.
    """
    ours, theirs, shared = np.moveaxis(sums.reshape(*sums.shape[:-1], CHARACTERS, 3), -1, 0)
    counted = (ours > 0) & (theirs > 0)
    lengths = np.maximum(counted.sum(axis=-1), 1)
    precision, recall = (
        np.divide(shared, side, out=np.zeros_like(shared), where=counted).sum(axis=-1) / lengths
        for side in (ours, theirs)
    )
    divisor = _RECALL_WEIGHT * precision + recall
    score: FloatArray = np.divide(
        100 * (1 + _RECALL_WEIGHT) * precision * recall, divisor, out=np.zeros_like(divisor), where=divisor > 0
    )
    return score


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0


def _longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest common subsequence, by dynamic programming over rows."""
    lengths = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for at, other in enumerate(second, start=1):
            longest = diagonal + 1 if word == other else max(lengths[at], lengths[at - 1])
            diagonal, lengths[at] = lengths[at], longest
    return lengths[-1]


def _shared_characters(written: str, reference: str) -> FloatArray:
    ours, theirs = ("".join(text.split()) for text in (written, reference))
    counts = []
    for length in range(1, CHARACTERS + 1):
        sides = [Counter(text[at : at + length] for at in range(len(text) - length + 1)) for text in (ours, theirs)]
        # A reference shorter than a sequence says nothing about it: as in sacreBLEU, neither side counts then.
        counts.append([sides[0].total() if sides[1] else 0, sides[1].total(), (sides[0] & sides[1]).total()])
    return np.array(counts, dtype=np.float64).ravel()
