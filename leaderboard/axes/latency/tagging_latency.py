"""Tagging latency: the protocol that times the tags of one sentence at a time."""

from typing import ClassVar

from leaderboard.axes.latency.answer_latency import AnswerLatency, LatencyParameters, SingleAnswers
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TaggedExample


class TaggingLatency(AnswerLatency[LatencyParameters, TaggedExample]):
    """Protocol that times one sentence at a time, from words to tags, as `Latency` times texts."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})
    example: ClassVar[type[Example] | None] = TaggedExample
    parameters_type: ClassVar[type[Parameters]] = LatencyParameters

    def single_answers(self, subject: Subject) -> SingleAnswers[TaggedExample]:
        """Return how the subject tags one sentence."""
        tagger = subject.tagger()
        return SingleAnswers(
            compute=lambda example: tagger.answer(example.words),
            token_count=lambda example: tagger.token_count(example.words),
        )
