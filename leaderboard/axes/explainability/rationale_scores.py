"""Rationale scores: agreement of the attributions of one text with the words that people marked (ERASER)."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray

BoolArray = npt.NDArray[np.bool_]

_IOU = 0.5


def average_precision(marked: BoolArray, scores: FloatArray) -> float:
    """Return the average precision of the marked words, the mean over all orders of equal scores.

    AP = 1/k Σ precision at the rank of each of k marked words. Sparse attributions have many ties: one that is equal
    everywhere scores as a random order does. Without ties it is `sklearn.metrics.average_precision_score`. Source:
    McSherry & Najork 2008.

    Args:
        marked: shape (words,), at least one is true.
        scores: shape (words,), larger is ranked first.
    """
    total, rank, hits = 0.0, 0, 0
    for value in np.unique(scores)[::-1]:
        tied = marked[scores == value]
        size, inside = len(tied), int(tied.sum())
        if inside:
            places = np.arange(size)
            # At each place of the group: how likely it is marked, and how many are by then if it is.
            before = hits + 1 + (places * (inside - 1) / (size - 1) if size > 1 else places)
            total += inside / size * float((before / (rank + places + 1)).sum())
        rank, hits = rank + size, hits + inside
    return total / hits


def chance_average_precision(words: int, marked: int) -> float:
    """Return the mean average precision over all orders of the words (Bestgen 2015).

    1/n (H + (k - 1)/(n - 1) (n - H)) for k marked of n words, with H = 1 + 1/2 + … + 1/n.
    """
    if words == 1:
        return 1.0
    harmonic = float((1 / np.arange(1, words + 1)).sum())
    return (harmonic + (marked - 1) / (words - 1) * (words - harmonic)) / words


def worst_average_precision(words: int, marked: int) -> float:
    """Return the average precision of an order with all marked words last."""
    hits = np.arange(1, marked + 1)
    return float((hits / (words - marked + hits)).mean())


def auprc(marked: BoolArray, scores: FloatArray) -> float:
    """Return the area under the precision-recall curve by trapezoids, which ERASER's `metrics.py` computes.

    Points are those of `sklearn.metrics.precision_recall_curve`: one for each different score, and precision 1 at
    recall 0. Shapes as in `average_precision`.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(marked[order])[ends]
    precision = np.concatenate([[1.0], hits / (ends + 1)])
    recall = np.concatenate([[0.0], hits / hits[-1]])
    return float(np.trapezoid(precision, recall))


def top_words(scores: FloatArray, count: int, rng: np.random.Generator) -> BoolArray:
    """Return the words ranked first, shape (words,); words of equal scores are drawn at random."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.lexsort((rng.random(len(scores)), -scores))[:count]] = True
    return chosen


def token_f1(marked: BoolArray, chosen: BoolArray) -> float:
    """Return the F1 of the chosen words against the marked ones: 2 |both| / (|chosen| + |marked|)."""
    return float(2 * (marked & chosen).sum() / (marked.sum() + chosen.sum()))


class SpanMatches(NamedTuple):
    """Precision and recall of the spans of one text, each a run of adjacent words."""

    precision: float
    recall: float


def span_matches(marked: BoolArray, chosen: BoolArray) -> SpanMatches:
    """Return the shares of chosen spans that match a marked one, and of these among the marked ones.

    A chosen span matches where |both| / |either| is .5 or more for some marked span (`partial_match_score` of ERASER).
    """
    truth, predicted = list(_runs(marked)), list(_runs(chosen))
    matches = sum(any(_iou(one, other) >= _IOU for other in truth) for one in predicted)
    return SpanMatches(matches / len(predicted) if predicted else 0.0, matches / len(truth) if truth else 0.0)


def _runs(words: BoolArray) -> Iterable[range]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], words, [False]]).astype(np.int8)))
    return (range(start, end) for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _iou(one: range, other: range) -> float:
    both = max(0, min(one.stop, other.stop) - max(one.start, other.start))
    return both / (len(one) + len(other) - both)
