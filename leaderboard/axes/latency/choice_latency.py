"""Choice latency: the protocol that times the answer to one multiple-choice question at a time."""

from typing import ClassVar

from leaderboard.axes.latency.answer_latency import AnswerLatency, LatencyParameters, SingleAnswers
from leaderboard.axes.protocol import Parameters
from leaderboard.axes.question_wording import MultipleChoiceParameters, Question, worded_question
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example


class ChoiceLatencyParameters(MultipleChoiceParameters, LatencyParameters):
    """Wording of the questions, and number of samples and of warm-up answers."""


class ChoiceLatency(AnswerLatency[ChoiceLatencyParameters, ChoiceExample]):
    """Protocol that times one question at a time with all of its choices, asked as `MultipleChoice` asks it."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CHOOSE})
    example: ClassVar[type[Example] | None] = ChoiceExample
    parameters_type: ClassVar[type[Parameters]] = ChoiceLatencyParameters

    def single_answers(self, subject: Subject) -> SingleAnswers[ChoiceExample]:
        """Return how the subject answers one question: by its head, or by the log-likelihood of each choice."""
        if not subject.chooses_by_likelihood:
            chooser = subject.chooser()
            return SingleAnswers(
                compute=lambda example: chooser.answer(example.question, example.choices),
                token_count=lambda example: chooser.token_count(example.question, example.choices),
            )
        likelihood = subject.likelihood()

        def question(example: ChoiceExample) -> Question:
            return worded_question(self.parameters, subject.opening(example.question, example.choices), example)

        def longest(example: ChoiceExample) -> int:
            context, choices = question(example)
            return max(likelihood.token_counts([(context, choice) for choice in choices]))

        return SingleAnswers(
            compute=lambda example: likelihood.choices([question(example)], remember=False),
            token_count=longest,
        )
