"""Multiple choice: the protocol that scores the choices of questions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.accuracy import ACCURACY, ACCURACY_NORM
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import (
    LEFT_OUT,
    Answer,
    Measurement,
    Observation,
    Parameters,
    Protocol,
    attempt,
    left_out_notes,
    without_left_out,
)
from leaderboard.axes.question_wording import MultipleChoiceParameters, Question, worded_question
from leaderboard.axes.ties import tie_notes
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled

_SCORES, _LIKELIHOODS = "scores", "loglikelihoods"
_UNPARSED = "unparsed"
"""Key of an observation of an answer that names none of the choices, which is wrong."""


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
        examples: Sequence[ChoiceExample] = splits["test"]
        if subject.chooses_by_likelihood:
            yield from self._observe_likelihoods(subject, examples)
            return
        questions = [(example.question, example.choices) for example in examples]
        for example, scores in zip(examples, subject.chooser().scores(questions), strict=True):
            if not len(scores):
                yield Observation(example.id, {"answer": example.answer, _UNPARSED: True})
                continue
            score_values = require_finite(scores, subject.name).tolist()
            yield Observation(example.id, {"answer": example.answer, _SCORES: score_values})

    def _observe_likelihoods(self, subject: Subject, examples: Sequence[ChoiceExample]) -> Iterator[Observation]:
        likelihood = subject.likelihood()
        questions = [worded_question(self.parameters, subject.beginning, example) for example in examples]
        scored: Sequence[int] = range(len(questions))
        try:
            answers = iter(likelihood.choices(questions))
        except NotMeasurableError:
            scored = _scorable(likelihood, questions)
            answers = iter(likelihood.choices([questions[index] for index in scored]))
        for index, example in enumerate(examples):
            if index not in scored:
                yield Observation(example.id, {LEFT_OUT: "a choice adds no token to its question"})
                continue
            scores = next(answers)
            yield Observation(
                example.id,
                {
                    "answer": example.answer,
                    _LIKELIHOODS: require_finite(scores, subject.name).tolist(),
                    "characters": [len(choice) for choice in example.choices],
                },
            )

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
        answered = without_left_out(observations)
        parsed = [each for each in answered if _UNPARSED not in each.data]
        unparsed = len(answered) - len(parsed)
        share = f"answers that name none of the choices, counted as wrong: {unparsed} of {len(answered)}"
        scores = (each.data.get(_SCORES, each.data.get(_LIKELIHOODS)) for each in parsed)
        return (*left_out_notes(observations), *([share] if unparsed else []), *tie_notes(scores, "choices"))

    def answer(self, observation: Observation) -> Answer | None:
        """Return the right and the predicted choice of a question, counted from 1."""
        if LEFT_OUT in observation.data:
            return None
        predicted = _predicted_choice(observation)
        right = f"choice {observation.data['answer'] + 1}"
        return Answer(right, "none of the choices" if predicted is None else f"choice {predicted + 1}")


def _scorable(likelihood: Likelihood, questions: Sequence[Question]) -> Sequence[int]:
    """Return the indices of the questions whose choices all have tokens of their own.

    Raises:
        NotMeasurableError: when there is none.
    """
    scorable, reason = [], NotMeasurableError("no examples")
    for index, (context, choices) in enumerate(questions):
        try:
            likelihood.token_counts([(context, choice) for choice in choices])
        except NotMeasurableError as error:
            reason = error
        else:
            scorable.append(index)
    if not scorable:
        raise reason
    return scorable


def _predicted_choice(observation: Observation) -> int | None:
    """Return the index of the predicted choice; None for an answer that names none."""
    if _UNPARSED in observation.data:
        return None
    return int(np.argmax(observation.data[_SCORES if _SCORES in observation.data else _LIKELIHOODS]))


def correct_choices(observations: Sequence[Observation]) -> list[bool]:
    """Return whether each prediction by the scores is correct."""
    return [_predicted_choice(observation) == observation.data["answer"] for observation in observations]


def _correct_normalised(observations: Sequence[Observation]) -> list[bool]:
    """Return whether each prediction by log-likelihood per character is correct; by the scores for a head."""
    if any(_SCORES in observation.data or _UNPARSED in observation.data for observation in observations):
        return correct_choices(observations)
    normalised = (
        np.divide(observation.data[_LIKELIHOODS], observation.data["characters"]) for observation in observations
    )
    return [
        bool(np.argmax(values) == observation.data["answer"])
        for values, observation in zip(normalised, observations, strict=True)
    ]


def _share(correct: Sequence[bool]) -> Estimate:
    return proportion(sum(correct), len(correct))
