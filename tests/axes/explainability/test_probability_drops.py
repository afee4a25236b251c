import numpy as np
import pytest

from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability.probability_drops import ProbabilityDrops
from leaderboard.errors import NotMeasurableError


def sigmoid(logit):
    return 1 / (1 + np.exp(-logit))


def drops(classifier, text):
    return ProbabilityDrops(TextUnits(ClassifiedText(classifier, text.split()), budget=64))


def test_deleting_a_word_classifies_the_text_of_the_others(additive):
    classifier = additive({"fine": 2.0, "dull": -1.0, "a": 0.0})
    text = drops(classifier, "fine a dull")
    assert text.whole == pytest.approx(sigmoid(1.0))
    assert text([0b001, 0b100, 0b101]) == pytest.approx(sigmoid(1.0) - sigmoid(np.array([-1.0, 2.0, 0.0])))
    assert classifier.calls[-1] == ["a dull", "fine a", "a"]


def test_no_set_is_classified_twice(additive):
    classifier = additive({"fine": 2.0, "dull": -1.0})
    text = drops(classifier, "fine dull")
    first = text([0b01, 0b10, 0b01])
    calls = len(classifier.calls)
    assert text([0b01, 0b10, 0b01]) == pytest.approx(first)
    assert text([0]) == pytest.approx(0.0)
    assert len(classifier.calls) == calls


def test_the_explained_class_is_the_predicted_one(additive):
    assert drops(additive({"dull": -3.0, "film": 0.0}), "dull film").whole == pytest.approx(sigmoid(3.0))


def test_an_answer_that_is_not_a_number_is_not_measurable(additive):
    classifier = additive({})
    classifier.log_probabilities = lambda texts: np.full((len(texts), 2), np.nan)
    with pytest.raises(NotMeasurableError, match="not finite numbers"):
        drops(classifier, "odd text")([0b01])


def test_a_probability_of_exactly_one_is_a_number(additive):
    classifier = additive({})
    classifier.log_probabilities = lambda texts: np.array([[-np.inf, 0.0]] * len(texts))
    text = drops(classifier, "sure thing")
    assert (text.whole, text([0b01]).tolist()) == (1.0, [0.0])
