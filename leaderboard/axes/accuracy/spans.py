"""Spans of tagged words: what they are, and how many were found."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

import numpy as np
from seqeval.scheme import IOB2, Entities

from leaderboard.axes.accuracy.report import Count, CountArray, rates, unseen_spans
from leaderboard.stats.bounded import bounded_of_sums
from leaderboard.stats.estimate import Estimate


class SpanScore(IntEnum):
    """The last dimension of `rates`."""

    PRECISION = 0
    RECALL = 1
    F1 = 2


_UNDEFINED = ("0/0: no span was predicted", "0/0: there is no span", "0/0: there is no span, and none was predicted")


def span_counts(
    true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], CountArray]:
    """The types of span that occur, in order of their names, and the counts of each sentence.

    A span is correct when one of the same type with the same two ends was predicted. Spans are read as seqeval does in
    strict mode (Nakayama 2018): `B-X` begins one, `I-X` right behind goes on with it, an `I-X` behind anything else
    belongs to none.

    Args:
        true: tags of the words of each sentence.
        predicted: the tags that were predicted for them.

    Returns:
        The types, and the counts, shape (sentences, types, 3), see `Count`.
    """
    sides = [Entities([list(tags) for tags in side], IOB2).entities for side in (true, predicted)]
    types = sorted({span.tag for side in sides for sentence in side for span in sentence})
    place = {name: index for index, name in enumerate(types)}
    counts = np.zeros((len(true), len(types), len(Count)), dtype=np.intp)
    for sentence, (there, found) in enumerate(zip(*map(_spans, sides), strict=True)):
        for kind, spans in ((Count.CORRECT, there & found), (Count.PREDICTED, found), (Count.TRUE, there)):
            for name, _, _ in spans:
                counts[sentence, place[name], kind] += 1
    return tuple(types), counts


def span_scores(counts: CountArray) -> tuple[Estimate, Estimate, Estimate]:
    """Precision, recall and F1 over all spans, whatever their type; sentences are weighted at random.

    Args:
        counts: shape (sentences, types, 3), see `Count`.

    Returns:
        Each with n, the number of sentences, or *not measured* where it is 0/0.
    """
    of_all = counts.sum(axis=1, keepdims=True)
    estimates = bounded_of_sums(rates, of_all[:, 0], *unseen_spans(of_all))
    precision, recall, f1 = (
        Estimate.not_measured(undefined, n=len(counts)) if len(counts) and estimate.value is None else estimate
        for estimate, undefined in zip(estimates, _UNDEFINED, strict=True)
    )
    return precision, recall, f1


def _spans(sentences: Iterable[Iterable[Entities]]) -> list[set[tuple[str, int, int]]]:
    return [{(span.tag, span.start, span.end) for span in sentence} for sentence in sentences]
