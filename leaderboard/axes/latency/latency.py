"""Latency: the protocol that times the class of one text at a time."""

from typing import ClassVar

from leaderboard.axes.latency.answer_latency import AnswerLatency, LatencyParameters, SingleAnswers
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample


class Latency(AnswerLatency[LatencyParameters, TextExample]):
    """Protocol that times one answer at a time, from text to class, interleaved with a fixed reference workload."""

    version: ClassVar[int] = 3
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = LatencyParameters

    def single_answers(self, subject: Subject) -> SingleAnswers[TextExample]:
        """Return how the subject classifies one text."""
        classifier = subject.classifier()
        return SingleAnswers(
            compute=lambda example: classifier.answer(example.content),
            token_count=lambda example: classifier.token_count(example.content),
        )
