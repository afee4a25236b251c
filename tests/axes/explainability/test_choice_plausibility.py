"""Plausibility of explanations of the right answer to a question."""

import numpy as np
import pytest

from leaderboard.axes.explainability.choice_plausibility import (
    ChoiceClassifier,
    ChoicePlausibility,
    ChoicePlausibilityParameters,
)
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RationaleChoiceExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel, local_model

QUESTION = "tell me where the whale lives today please"
CHOICES = ("in the sea", "in the sky", "in a tree")


class WhaleChooser:
    """Chooses the first answer where the question has a whale, and no choice where it is silent."""

    def scores(self, questions):
        return [
            np.array([3.0 * ("whale" in question), 0.0, 0.5]) if question != "silence" else np.array([])
            for question, _ in questions
        ]

    def token_count(self, question, choices):
        return 1 + len(question.split()) * len(choices)


def question(number=0, marked=("whale",), answer=0):
    spans = tuple((QUESTION.index(word), QUESTION.index(word) + len(word)) for word in marked)
    return RationaleChoiceExample(id=f"q{number}", question=QUESTION, choices=CHOICES, answer=answer, rationale=spans)


def estimates(subject, examples, **parameters):
    protocol = ChoicePlausibility(ChoicePlausibilityParameters(**parameters))
    observations = list(protocol.observe(subject, {"test": examples}, seed=0))
    return {(each.metric.name, each.part): each.estimate for each in protocol.estimate(observations)}, observations


def test_words_that_decide_and_are_marked_come_first():
    subject = Subject(NamedModel(), chooses_with=WhaleChooser())
    results, (first, *_) = estimates(subject, [question(number) for number in range(8)])
    assert results["rationale_average_precision", "occlusion"].value == pytest.approx(1.0)
    assert results["plausibility", ""].value == pytest.approx(1.0)
    assert (first.data["label"], first.data["predicted_label"]) == ("in the sea", "in the sea")
    scores = first.data["explanations"]["occlusion"]["scores"]
    assert scores[4] == pytest.approx(3.0, rel=1e-4)
    assert np.delete(scores, 4) == pytest.approx(np.zeros(7), abs=1e-6)


def test_the_right_answer_is_explained_where_another_is_chosen():
    subject = Subject(NamedModel(), chooses_with=WhaleChooser())
    _, (first, *_) = estimates(subject, [question(number, answer=1) for number in range(2)])
    assert first.data["label"] == "in the sky"
    assert first.data["explanations"]["occlusion"]["scores"][4] < 0


def test_log_likelihoods_in_the_wording_of_the_task_are_the_probabilities(causal):
    subject = Subject(local_model(causal), beginning="Solve. ")
    parameters = ChoicePlausibilityParameters(template="Question: {{ question }}\nAnswer:")
    answers = ChoiceClassifier(subject, parameters, CHOICES).log_probabilities([QUESTION])
    context = f"Solve. Question: {QUESTION}\nAnswer:"
    (scores,) = subject.likelihood().choices([(context, [f" {choice}" for choice in CHOICES])])
    assert answers[0] == pytest.approx(scores - np.logaddexp.reduce(scores), abs=1e-5)


def test_gradients_and_silent_answers_are_not_measured():
    subject = Subject(NamedModel(), chooses_with=WhaleChooser())
    results, _ = estimates(subject, [question()], methods=("gradient_x_input",))
    assert results["rationale_auprc", "gradient_x_input"].value is None
    with pytest.raises(NotMeasurableError, match="none of the choices"):
        ChoiceClassifier(subject, ChoicePlausibilityParameters(), CHOICES).log_probabilities(["silence"])


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="unknown attribution method 'magic'"):
        ChoicePlausibilityParameters(methods=("magic",))
