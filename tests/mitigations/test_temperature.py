from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import log_softmax

from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.temperature.scaling import (
    MAXIMUM,
    MINIMUM,
    TemperedClassifier,
    TemperedTagger,
    fit_temperature,
    temper,
)


def log_loss(log_probabilities, truth):
    return -log_probabilities[np.arange(len(truth)), truth].mean()


@st.composite
def answers(draw):
    n, classes = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    logits = draw(arrays.arrays(np.float64, (n, classes), elements=st.floats(-30, 30)))
    truth = draw(arrays.arrays(np.intp, n, elements=st.integers(0, classes - 1)))
    return log_softmax(logits, axis=1), truth


@given(answers())
def test_fitted_answers_are_never_worse_than_those_as_they_were(answers_and_truth):
    log_probabilities, truth = answers_and_truth
    temperature = fit_temperature(log_probabilities, truth)
    assert MINIMUM <= temperature <= MAXIMUM
    assert log_loss(temper(log_probabilities, temperature), truth) <= log_loss(temper(log_probabilities, 1.0), truth)


@given(answers(), st.floats(MINIMUM, MAXIMUM))
def test_tempering_keeps_the_likeliest_class_and_makes_probabilities(answers_and_truth, temperature):
    log_probabilities, _ = answers_and_truth
    tempered = temper(log_probabilities, temperature)
    assert np.exp(tempered).sum(axis=1) == pytest.approx(1)
    best = log_probabilities.argmax(axis=1)
    assert tempered[np.arange(len(best)), best] == pytest.approx(tempered.max(axis=1))


@given(answers())
def test_a_temperature_of_one_changes_nothing(answers_and_truth):
    log_probabilities, _ = answers_and_truth
    assert temper(log_probabilities, 1.0) == pytest.approx(log_probabilities, abs=1e-12)


def test_the_temperature_of_three_right_of_four_at_odds_of_nine_is_two():
    # 75 % are right, so the best odds are 3 = 9^(1/2).
    log_probabilities = np.log([[0.9, 0.1]] * 4)
    assert fit_temperature(log_probabilities, np.array([0, 0, 0, 1])) == pytest.approx(2, abs=1e-3)


def test_the_temperature_that_logits_were_multiplied_with_is_found():
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 3))
    truth = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    assert fit_temperature(log_softmax(4 * logits, axis=1), truth) == pytest.approx(4, rel=0.05)


def test_answers_that_are_all_right_get_the_minimum():
    assert fit_temperature(np.log([[0.6, 0.4], [0.3, 0.7]]), np.array([0, 1])) == MINIMUM


def test_answers_that_are_all_wrong_get_the_maximum():
    assert fit_temperature(np.log([[0.6, 0.4], [0.3, 0.7]]), np.array([1, 0])) == MAXIMUM


@pytest.mark.parametrize("log_probabilities", [np.zeros((3, 1)), np.log(np.full((3, 4), 0.25))])
def test_where_no_temperature_changes_anything_it_is_one(log_probabilities):
    assert fit_temperature(log_probabilities, np.zeros(3, dtype=np.intp)) == 1.0


def test_one_example_is_enough():
    assert fit_temperature(np.log([[0.9, 0.1]]), np.array([1])) == MAXIMUM


def test_without_examples_there_is_no_temperature():
    with pytest.raises(NotMeasurableError, match="no examples"):
        fit_temperature(np.empty((0, 2)), np.empty(0, dtype=np.intp))


@pytest.mark.parametrize("broken", [np.nan, -np.inf])
def test_answers_that_are_not_numbers_are_refused(broken):
    with pytest.raises(NotMeasurableError, match="not finite"):
        fit_temperature(np.array([[0.0, broken]]), np.array([0]))


@dataclass
class Linear:
    """A classifier of the sum of its words' embeddings: small enough for autograd to check."""

    weight: torch.Tensor
    labels = ("a", "b", "c")
    temperature: float = 1.0

    def _embeddings(self, words):
        return torch.stack([torch.tensor([len(word), word.count("e")], dtype=torch.float64) for word in words])

    def _logits(self, embeddings):
        return torch.tanh(embeddings.sum(0)) @ self.weight / self.temperature

    def log_probabilities(self, texts):
        return np.array([self.answer(text) for text in texts])

    def answer(self, text):
        return self._logits(self._embeddings(text.split())).log_softmax(0).numpy()

    def word_gradients(self, words, label):
        embeddings = self._embeddings(words).requires_grad_()
        (gradient,) = torch.autograd.grad(self._logits(embeddings).log_softmax(0)[label], embeddings)
        return (gradient * embeddings).sum(-1).detach().numpy()

    def token_count(self, text):
        return len(text.split())


@pytest.fixture
def linear():
    return Linear(torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.0, -1.0]], dtype=torch.float64))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_gradients_are_those_of_the_tempered_log_probability(linear, temperature):
    words = ["a", "e", "be"]
    tempered = TemperedClassifier(linear, temperature)
    divided = Linear(linear.weight, temperature)
    for label in range(3):
        expected = divided.word_gradients(words, label)
        assert np.abs(expected).max() > 1e-4
        assert tempered.word_gradients(words, label) == pytest.approx(expected, abs=1e-12)


def test_a_tempered_classifier_answers_as_logits_divided_by_the_temperature(linear):
    tempered, divided = TemperedClassifier(linear, 3.0), Linear(linear.weight, 3.0)
    texts = ["one e", "tree", "be a"]
    assert tempered.log_probabilities(texts) == pytest.approx(divided.log_probabilities(texts))
    assert tempered.answer("tree") == pytest.approx(divided.answer("tree"))
    assert (tempered.labels, tempered.token_count("a b c")) == (linear.labels, 3)


def test_a_tempered_tagger_tempers_each_word():
    class Fixed:
        labels = ("O", "B")

        def log_probabilities(self, sentences):
            return [np.log(np.full((len(words), 2), [0.9, 0.1])) for words in sentences]

    one, none = TemperedTagger(Fixed(), 2.0).log_probabilities([["Ada", "wrote"], []])
    assert np.exp(one) == pytest.approx(np.full((2, 2), [0.75, 0.25]))
    assert none.shape == (0, 2)
    assert TemperedTagger(Fixed(), 2.0).labels == ("O", "B")
