"""Spans of tagged words: their counts, and precision, recall and F1."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from leaderboard.axes.accuracy.report import Count, CountArray, rates, unseen_spans
from leaderboard.axes.accuracy.schemes import Span
from leaderboard.stats.bounded import bounded_of_sums
from leaderboard.stats.estimate import Estimate


class SpanScore(IntEnum):
    """Scores of spans: the last dimension of `rates`."""

    PRECISION = 0
    RECALL = 1
    F1 = 2


_UNDEFINED = ("0/0: no span was predicted", "0/0: there is no span", "0/0: there is no span, and none was predicted")


def span_counts(
    true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], CountArray]:
    """Return the types of span that occur, by name, and the counts of each sentence.

    A span is correct when one of the same type with the same two ends was predicted. Spans are read as by seqeval in
    strict mode (Nakayama 2018): `B-X` begins one, a following `I-X` continues it, an `I-X` after anything else belongs
    to none.

    Args:
        true: tags of the words of each sentence.
        predicted: predicted tags of the words.

    Returns:
        The types, and the counts, shape (sentences, types, 3), see `Count`.
    """
    sides = [[_spans(tags) for tags in side] for side in (true, predicted)]
    types = sorted({span.type for side in sides for spans in side for span in spans})
    index_of = {name: index for index, name in enumerate(types)}
    counts = np.zeros((len(true), len(types), len(Count)), dtype=np.intp)
    for sentence, (true_spans, predicted_spans) in enumerate(zip(*sides, strict=True)):
        for kind, spans in (
            (Count.CORRECT, true_spans & predicted_spans),
            (Count.PREDICTED, predicted_spans),
            (Count.TRUE, true_spans),
        ):
            for name, _, _ in spans:
                counts[sentence, index_of[name], kind] += 1
    return tuple(types), counts


def span_scores(counts: CountArray) -> tuple[Estimate, Estimate, Estimate]:
    """Estimate precision, recall and F1 over all spans, whatever their type; sentences are weighted at random.

    Args:
        counts: shape (sentences, types, 3), see `Count`.

    Returns:
        Each with n, the number of sentences, or *not measured* where it is 0/0.
    """
    all_types = counts.sum(axis=1, keepdims=True)
    estimates = bounded_of_sums(rates, all_types[:, 0], *unseen_spans(all_types))
    precision, recall, f1 = (
        Estimate.not_measured(undefined, n=len(counts)) if len(counts) and estimate.value is None else estimate
        for estimate, undefined in zip(estimates, _UNDEFINED, strict=True)
    )
    return precision, recall, f1


def _spans(tags: Sequence[str]) -> set[Span]:
    """Return the spans of a sentence that are well-formed in IOB2; the type follows the letter, "_" for none."""
    spans: set[Span] = set()
    start: int | None = None
    open_type = ""
    for index_of, tag in enumerate((*tags, "O")):
        letter, kind = tag[:1], tag[1:].strip("-") or "_"
        if start is not None and not (letter == "I" and kind == open_type):
            spans.add(Span(open_type, start, index_of))
            start = None
        if letter == "B":
            start, open_type = index_of, kind
    return spans
