import numpy as np
import pytest

from leaderboard.axes.explainability.deletions import Deletions
from leaderboard.axes.explainability.explainers import EXPLAINERS, Explainer
from leaderboard.errors import NotMeasurableError


def sigmoid(logit):
    return 1 / (1 + np.exp(-logit))


def test_deleting_a_word_asks_about_the_others(additive):
    text = Deletions(additive({"fine": 2.0, "dull": -1.0, "a": 0.0}), ["fine", "a", "dull"])
    assert text.label == 1
    assert text.whole == pytest.approx(sigmoid(1.0))
    assert text.drops([0b001, 0b100, 0b101]) == pytest.approx(sigmoid(1.0) - sigmoid(np.array([-1.0, 2.0, 0.0])))
    assert text.classifier.calls == [["fine a dull"], ["a dull", "fine a", "a"]]


def test_nothing_is_asked_twice(additive):
    text = Deletions(additive({"fine": 2.0, "dull": -1.0}), ["fine", "dull"])
    first = text.drops([0b01, 0b10, 0b01])
    assert text.drops([0b01, 0b10, 0b01]) == pytest.approx(first)
    assert text.drops([0]) == 0
    assert text.classifier.calls == [["fine dull"], ["dull", "fine"]]


def test_the_class_explained_is_the_one_that_was_said(additive):
    text = Deletions(additive({"dull": -3.0, "film": 0.0}), ["dull", "film"])
    assert text.label == 0
    assert text.whole == pytest.approx(sigmoid(3.0))


def test_an_answer_that_is_not_a_number_is_not_measurable(additive):
    classifier = additive({})
    classifier.log_probabilities = lambda texts: np.full((len(texts), 2), np.nan)
    with pytest.raises(NotMeasurableError, match="not finite numbers"):
        Deletions(classifier, ["odd"])


def test_occlusion_is_the_fall_without_each_word(additive):
    text = Deletions(additive({"fine": 2.0, "dull": -1.0}), ["fine", "dull"])
    scores = EXPLAINERS[Explainer.OCCLUSION](text, np.random.default_rng(0))
    assert scores == pytest.approx([sigmoid(1.0) - sigmoid(-1.0), sigmoid(1.0) - sigmoid(2.0)])


def test_gradient_x_input_is_asked_for_the_class_that_was_said(additive):
    text = Deletions(additive({"dull": -3.0, "fine": 1.0}), ["dull", "fine"])
    assert EXPLAINERS[Explainer.GRADIENT_X_INPUT](text, np.random.default_rng(0)).tolist() == [3.0, -1.0]


def test_random_attribution_is_that_of_its_seed(additive):
    text = Deletions(additive({"a": 1.0, "b": 1.0}), ["a", "b"])
    draws = [EXPLAINERS[Explainer.RANDOM](text, np.random.default_rng(seed)).tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_a_gradient_that_is_not_a_number_is_not_measurable(additive):
    text = Deletions(additive({"a": 1.0, "b": float("inf")}), ["a", "b"])
    with pytest.raises(NotMeasurableError, match="gradient of the subject gave 1 of 2 scores"):
        EXPLAINERS[Explainer.GRADIENT_X_INPUT](text, np.random.default_rng(0))
