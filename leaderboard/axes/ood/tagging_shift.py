"""Tagging shift: the protocol that tags sentences of several distributions."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from leaderboard.axes.accuracy.spans import SpanScore, span_counts, span_scores
from leaderboard.axes.accuracy.tagging import (
    spans_resampled,
    split_notes,
    tag_sentences,
    tag_sides,
    tagging_notes,
    tags_answer,
)
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import OOD_SPAN_DROP, OOD_SPAN_F1
from leaderboard.axes.ood.distributions import Distributions
from leaderboard.axes.protocol import Answer, Observation
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TaggedExample
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class TaggingShift(Distributions[TaggedExample]):
    """Protocol in which the same subject tags every split; spans are compared, whatever their scheme."""

    version: ClassVar[int] = 2  # 1 read every scheme as IOB2, in which the spans of others vanish
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})
    example: ClassVar[type[Example] | None] = TaggedExample
    metrics: ClassVar[tuple[Metric, ...]] = (OOD_SPAN_F1, OOD_SPAN_DROP)
    score: ClassVar[Metric] = OOD_SPAN_F1
    drop: ClassVar[Metric] = OOD_SPAN_DROP

    def ask(self, subject: Subject, examples: Sequence[TaggedExample]) -> Iterator[Observation]:
        """Yield the tags of one distribution."""
        return tag_sentences(subject.tagger(), examples)

    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """Estimate span F1 on one distribution."""
        _, counts = span_counts(*tag_sides(observations))
        _, _, f1 = span_scores(counts)
        return f1

    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """Return span F1 on one distribution as a function of how often each sentence counts."""
        return spans_resampled(observations, SpanScore.F1)

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on schemes, words without a token and sentences tagged in parts."""
        return (*tagging_notes(observations), *split_notes(observations))

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted tags of a sentence."""
        return tags_answer(observation)
