"""Multiple choice: the protocol that scores the choices of questions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.accuracy import ACCURACY, ACCURACY_NORM
from leaderboard.axes.axis import Axis
from leaderboard.axes.choice_answers import (
    LIKELIHOODS,
    SCORES,
    UNPARSED,
    choice_answer,
    choice_notes,
    observe_choices,
    predicted_choice,
)
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt, without_left_out
from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled


class MultipleChoice(Protocol[MultipleChoiceParameters]):
    """Protocol in which the choice with the largest score is the answer.

    A head that was trained to choose scores each question and choice as they are; a chat that names a letter may name
    none, which is wrong. Any other subject gives the
    log-likelihood of each choice after the question in the task's wording (as lm-evaluation-harness). The normalised
    accuracy divides it by the length of the choice; the scores of a head are not sums over a choice and are not
    divided, so that its normalised accuracy is its accuracy, and all subjects of a task are ranked by one metric.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CHOOSE})
    example: ClassVar[type[Example] | None] = ChoiceExample
    parameters_type: ClassVar[type[Parameters]] = MultipleChoiceParameters
    metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, ACCURACY_NORM)
    mean_metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, ACCURACY_NORM)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores or log-likelihoods of the choices of each question."""
        del seed  # nothing is random
        yield from observe_choices(subject, self.parameters, splits["test"])

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate both accuracies; ties go to the first choice."""
        observations = without_left_out(observations)
        return [
            attempt(ACCURACY, lambda: _share(correct_choices(observations))),
            attempt(ACCURACY_NORM, lambda: _share(_correct_normalised(observations))),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return both accuracies as functions of how often each question counts."""
        observations = without_left_out(observations)
        ids = [observation.example_id for observation in observations]
        answers = {ACCURACY.name: correct_choices(observations), ACCURACY_NORM.name: _correct_normalised(observations)}
        return {(name, ""): Resampled.mean(ids, correct) for name, correct in answers.items() if ids}

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes where questions were left out, or answers name none of the choices."""
        return choice_notes(observations)

    def answer(self, observation: Observation) -> Answer | None:
        """Return the right and the predicted choice of a question, counted from 1."""
        return choice_answer(observation)


def correct_choices(observations: Sequence[Observation]) -> list[bool]:
    """Return whether each prediction by the scores is correct."""
    return [predicted_choice(observation) == observation.data["answer"] for observation in observations]


def _correct_normalised(observations: Sequence[Observation]) -> list[bool]:
    """Return whether each prediction by log-likelihood per character is correct; by the scores for a head."""
    if any(SCORES in observation.data or UNPARSED in observation.data for observation in observations):
        return correct_choices(observations)
    normalised = (
        np.divide(observation.data[LIKELIHOODS], observation.data["characters"]) for observation in observations
    )
    return [
        bool(np.argmax(values) == observation.data["answer"])
        for values, observation in zip(normalised, observations, strict=True)
    ]


def _share(correct: Sequence[bool]) -> Estimate:
    return proportion(sum(correct), len(correct))
