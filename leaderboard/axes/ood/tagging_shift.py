"""Shift of tagged sentences: does the subject still find the spans when the sentences come from elsewhere?"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from leaderboard.axes.accuracy.spans import SpanScore, span_counts, span_scores
from leaderboard.axes.accuracy.tagging import divided, sides, spans_resampled, tag, tagged, tagging_notes
from leaderboard.axes.catalogue import OOD_SPAN_DROP, OOD_SPAN_F1
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood.distributions import Distributions
from leaderboard.axes.protocol import Answer, Observation
from leaderboard.data.examples import Example, TaggedExample
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class TaggingShift(Distributions[TaggedExample]):
    """The same prepared subject tags every split; spans are compared, whatever scheme they are in."""

    version: ClassVar[int] = 2  # 1 read every scheme as IOB2, in which the spans of others vanish
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})
    example: ClassVar[type[Example] | None] = TaggedExample
    metrics: ClassVar[tuple[Metric, ...]] = (OOD_SPAN_F1, OOD_SPAN_DROP)
    score: ClassVar[Metric] = OOD_SPAN_F1
    drop: ClassVar[Metric] = OOD_SPAN_DROP

    def ask(self, subject: Subject, examples: Sequence[TaggedExample]) -> Iterator[Observation]:
        """See `Distributions.ask`."""
        return tag(subject.tag(), examples)

    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """Span F1."""
        _, counts = span_counts(*sides(observations))
        _, _, f1 = span_scores(counts)
        return f1

    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """See `Distributions.resample`."""
        return spans_resampled(observations, SpanScore.F1)

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`."""
        return (*tagging_notes(observations), *divided(observations))

    def answer(self, seen: Observation) -> Answer | None:
        """See `Protocol.answer`."""
        return tagged(seen)
