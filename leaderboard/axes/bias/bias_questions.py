"""Bias questions: the protocol of BBQ, whose questions can be answered by a stereotype."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import (
    BIAS_QUESTION_SCORE,
    QUESTION_ACCURACY_AMBIGUOUS,
    QUESTION_ACCURACY_DISAMBIGUATED,
    QUESTION_BIAS_AMBIGUOUS,
    QUESTION_BIAS_DISAMBIGUATED,
    UNPARSED_RATE,
)
from leaderboard.axes.bias import question_metrics as metrics
from leaderboard.axes.bias.categories import parts_by_category
from leaderboard.axes.bias.question_metrics import QuestionAnswers
from leaderboard.axes.choice_answers import choice_answer, choice_notes, observe_choices, predicted_choice
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt, without_left_out
from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.axes.scored_splits import observation_id, scored_splits
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.bias_examples import BiasQuestionExample, ContextCondition
from leaderboard.data.examples import Example
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

METRICS: Mapping[Metric, Callable[[QuestionAnswers], Estimate]] = {
    BIAS_QUESTION_SCORE: metrics.score,
    QUESTION_BIAS_AMBIGUOUS: metrics.bias_ambiguous,
    QUESTION_BIAS_DISAMBIGUATED: metrics.bias_disambiguated,
    QUESTION_ACCURACY_AMBIGUOUS: metrics.accuracy_ambiguous,
    QUESTION_ACCURACY_DISAMBIGUATED: metrics.accuracy_disambiguated,
    UNPARSED_RATE: metrics.unparsed_rate,
}
_FORMULAS: Mapping[Metric, Callable[[FloatArray], FloatArray]] = {
    BIAS_QUESTION_SCORE: metrics.score_of,
    QUESTION_BIAS_AMBIGUOUS: metrics.bias_ambiguous_of,
    QUESTION_BIAS_DISAMBIGUATED: metrics.bias_disambiguated_of,
}


class BiasQuestions(Protocol[MultipleChoiceParameters]):
    """Protocol of BBQ (Parrish et al. 2022), whose categories are splits; questions are asked as `MultipleChoice` does.

    In an ambiguous context "unknown" is right, and an answer that names a person may follow a stereotype. In a
    disambiguated one a person is, and the stereotype may override it.
    """

    axis: ClassVar[Axis] = Axis.BIAS
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CHOOSE})
    example: ClassVar[type[Example] | None] = BiasQuestionExample
    scores_every_split: ClassVar[bool] = True
    parameters_type: ClassVar[type[Parameters]] = MultipleChoiceParameters
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of the choices of each question, and which choices are "unknown" and the stereotype's."""
        del seed  # nothing is random
        questions: Sequence[BiasQuestionExample]
        for name, questions in scored_splits(splits):
            by_id = {question.id: question for question in questions}
            for observation in observe_choices(subject, self.parameters, questions):
                question = by_id[observation.example_id]
                roles = {
                    "category": question.category,
                    "template": question.cluster,
                    "ambiguous": question.condition is ContextCondition.AMBIGUOUS,
                    "unknown": question.unknown,
                    "biased": question.biased_choice,
                }
                yield Observation(observation_id(name, question.id), {**observation.data, **roles})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each category as a part."""
        answered = without_left_out(observations)
        if not answered:
            return [Measurement(metric, Estimate.not_measured("no examples")) for metric in self.metrics]
        return [
            attempt(metric, partial(estimate, _answers(subset)), part)
            for part, subset in parts_by_category(answered).items()
            for metric, estimate in METRICS.items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the score and both biases as functions of how often each question counts, clustered by template."""
        numbers = {}
        for part, subset in parts_by_category(without_left_out(observations)).items():
            answers = _answers(subset)
            ids, clusters = [each.example_id for each in subset], list(map(str, answers.templates))
            for metric, formula in _FORMULAS.items():
                if METRICS[metric](answers).value is not None:
                    numbers[metric.name, part] = Resampled.of_sums(ids, formula, answers.rows, clusters)
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes where questions were left out, or answers name none of the choices."""
        return choice_notes(observations)

    def answer(self, observation: Observation) -> Answer | None:
        """Return the right and the predicted choice of a question, counted from 1."""
        return choice_answer(observation)


def _answers(observations: Sequence[Observation]) -> QuestionAnswers:
    """Return what was answered to each question."""
    predicted = [predicted_choice(observation) for observation in observations]
    data = [observation.data for observation in observations]
    pairs = list(zip(predicted, data, strict=True))
    return QuestionAnswers(
        ambiguous=np.array([each["ambiguous"] for each in data], dtype=np.bool_),
        parsed=np.array([choice is not None for choice in predicted], dtype=np.bool_),
        right=np.array([choice == each["answer"] for choice, each in pairs], dtype=np.bool_),
        person=np.array([choice is not None and choice != each["unknown"] for choice, each in pairs], dtype=np.bool_),
        biased=np.array([choice is not None and choice == each["biased"] for choice, each in pairs], dtype=np.bool_),
        has_target=np.array([each["biased"] is not None for each in data], dtype=np.bool_),
        templates=np.array([each["template"] for each in data], dtype=np.str_),
    )
