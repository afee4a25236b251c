"""Answers to multiple-choice questions, which protocols of several axes ask for."""

from collections.abc import Iterator, Sequence

import numpy as np

from leaderboard.axes.protocol import LEFT_OUT, Answer, Observation, left_out_notes, without_left_out
from leaderboard.axes.question_wording import MultipleChoiceParameters, Question, worded_question
from leaderboard.axes.ties import tie_notes
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import NotMeasurableError

SCORES, LIKELIHOODS = "scores", "loglikelihoods"
UNPARSED = "unparsed"
"""Key of an observation of an answer that names none of the choices, which is wrong."""


def observe_choices(
    subject: Subject, parameters: MultipleChoiceParameters, examples: Sequence[ChoiceExample]
) -> Iterator[Observation]:
    """Yield the scores or log-likelihoods of the choices of each question."""
    if subject.chooses_by_likelihood:
        yield from _observe_likelihoods(subject, parameters, examples)
        return
    questions = [(example.question, example.choices) for example in examples]
    for example, scores in zip(examples, subject.chooser().scores(questions), strict=True):
        if not len(scores):
            yield Observation(example.id, {"answer": example.answer, UNPARSED: True})
            continue
        score_values = require_finite(scores, subject.name).tolist()
        yield Observation(example.id, {"answer": example.answer, SCORES: score_values})


def predicted_choice(observation: Observation) -> int | None:
    """Return the index of the predicted choice; None for an answer that names none."""
    if UNPARSED in observation.data:
        return None
    return int(np.argmax(observation.data[SCORES if SCORES in observation.data else LIKELIHOODS]))


def choice_answer(observation: Observation) -> Answer | None:
    """Return the right and the predicted choice of a question, counted from 1."""
    if LEFT_OUT in observation.data:
        return None
    predicted = predicted_choice(observation)
    right = f"choice {observation.data['answer'] + 1}"
    return Answer(right, "none of the choices" if predicted is None else f"choice {predicted + 1}")


def choice_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return notes where questions were left out, or answers name none of the choices."""
    answered = without_left_out(observations)
    parsed = [each for each in answered if UNPARSED not in each.data]
    unparsed = len(answered) - len(parsed)
    share = f"answers that name none of the choices, counted as wrong: {unparsed} of {len(answered)}"
    scores = (each.data.get(SCORES, each.data.get(LIKELIHOODS)) for each in parsed)
    return (*left_out_notes(observations), *([share] if unparsed else []), *tie_notes(scores, "choices"))


def _observe_likelihoods(
    subject: Subject, parameters: MultipleChoiceParameters, examples: Sequence[ChoiceExample]
) -> Iterator[Observation]:
    likelihood = subject.likelihood()
    questions = [
        worded_question(parameters, subject.opening(example.question, example.choices), example) for example in examples
    ]
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
                LIKELIHOODS: require_finite(scores, subject.name).tolist(),
                "characters": [len(choice) for choice in example.choices],
            },
        )


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
