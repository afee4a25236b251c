import numpy as np
import pytest
import torch
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.group_thresholds.thresholds import (
    OTHER,
    GroupedClassifier,
    Parity,
    fit_thresholds,
    with_group_thresholds,
)
from leaderboard.recipes.probe import Probe
from leaderboard.testing.models import NamedModel
from leaderboard.training.preparation import Lesson


def groups(n=200, seed=0, shift=1.5):
    """Two groups of equal base rates, one of which gets higher odds whatever is true."""
    rng = np.random.default_rng(seed)
    text_groups = np.array(["female", "male"])[np.arange(n) % 2]
    truth = rng.integers(0, 2, n)
    odds = rng.normal(size=n) + 2 * truth - 1 + np.where(text_groups == "male", shift, 0)
    return odds, truth.astype(np.intp), text_groups


def decided(odds, text_groups, thresholds):
    return (odds > [thresholds[group] for group in text_groups]).astype(int)


def test_equalized_odds_bring_the_rates_of_groups_together():
    odds, truth, text_groups = groups()
    thresholds = fit_thresholds(odds, truth, text_groups.tolist(), Parity.EQUALIZED_ODDS)
    before = equalized_odds_difference(truth, (odds > 0).astype(int), sensitive_features=text_groups)
    after = equalized_odds_difference(truth, decided(odds, text_groups, thresholds), sensitive_features=text_groups)
    assert before > 0.3
    assert after < before / 2


@settings(max_examples=6)
@given(st.integers(0, 1000), st.floats(-3, 3))
def test_demographic_parity_makes_positive_rates_alike_up_to_one_text(seed, shift):
    odds, truth, text_groups = groups(seed=seed, shift=shift)
    thresholds = fit_thresholds(odds, truth, text_groups.tolist(), Parity.DEMOGRAPHIC_PARITY)
    after = demographic_parity_difference(truth, decided(odds, text_groups, thresholds), sensitive_features=text_groups)
    assert after <= 1 / 100 + 1e-9


def test_where_all_groups_are_too_small_they_are_counted():
    odds, truth, text_groups = groups(100)
    text_groups = np.where(np.arange(100) < 38, text_groups, "")
    with pytest.raises(NotMeasurableError, match=r"two groups with 20 texts .* no group 62, female 19, male 19"):
        fit_thresholds(odds, truth, text_groups.tolist(), Parity.EQUALIZED_ODDS)


def test_a_group_of_one_class_joins_the_rest():
    odds, truth, text_groups = groups(200)
    text_groups = np.where(np.arange(200) < 100, text_groups, "")
    truth = np.where(text_groups == "male", 1, truth)
    assert fit_thresholds(odds, truth, text_groups.tolist(), Parity.DEMOGRAPHIC_PARITY).keys() == {"female", OTHER}


def test_without_texts_there_is_nothing_to_fit():
    with pytest.raises(NotMeasurableError, match="its texts name: none"):
        fit_thresholds(np.zeros(0), np.zeros(0, dtype=np.intp), [], Parity.EQUALIZED_ODDS)


def test_odds_that_are_no_numbers_fit_nothing():
    odds, truth, text_groups = groups()
    odds[3] = np.inf
    with pytest.raises(NotMeasurableError, match="not finite"):
        fit_thresholds(odds, truth, text_groups.tolist(), Parity.EQUALIZED_ODDS)


class Linear:
    """Log-odds that a smooth function of word embeddings gives, so that gradients can be checked."""

    labels = ("negative", "positive")

    def logits(self, words, scale):
        features = torch.tensor([[len(word) / 5.0, word.count("e") + 0.5] for word in words]) * scale[:, None]
        return torch.tanh(features.sum(0)) @ torch.tensor([[0.5, -1.0], [-0.25, 2.0]])

    def log_probabilities(self, texts):
        return np.array([self.answer(text) for text in texts]).reshape(-1, 2)

    def answer(self, text):
        words = text.split()
        return self.logits(words, torch.ones(len(words))).log_softmax(0).double().numpy()

    def word_gradients(self, words, label):
        scale = torch.ones(len(words), requires_grad=True)
        self.logits(words, scale).log_softmax(0)[label].backward()
        return scale.grad.double().numpy()

    def token_count(self, text):
        return len(text.split())


GROUPED = GroupedClassifier(Linear(), {"female": 0.7, "": -0.2})


@pytest.mark.parametrize(("text", "threshold"), [("she slept here", 0.7), ("he slept here", -0.2), ("rain fell", -0.2)])
def test_odds_are_counted_from_the_threshold_of_the_group(text, threshold):
    (before,), (after,) = Linear().log_probabilities([text]), GROUPED.log_probabilities([text])
    assert after[1] - after[0] == pytest.approx(before[1] - before[0] - threshold)
    assert np.exp(after).sum() == pytest.approx(1)
    assert GROUPED.answer(text) == pytest.approx(after)


def test_without_a_threshold_for_the_rest_it_is_left_alone():
    assert GroupedClassifier(Linear(), {"female": 1.0}).answer("rain fell") == pytest.approx(
        Linear().answer("rain fell")
    )


def test_gradients_are_those_of_the_shifted_probabilities():
    words, step = "she slept here".split(), 1e-3

    def shifted(scale):
        odds = float(torch.diff(Linear().logits(words, scale))) - 0.7
        return -np.logaddexp(0, -odds)

    expected = []
    for place in range(3):
        one, other = torch.ones(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
        one[place], other[place] = 1 + step, 1 - step
        expected.append((shifted(one.float()) - shifted(other.float())) / (2 * step))
    assert GROUPED.word_gradients(words, 1) == pytest.approx(expected, abs=2e-3)


def test_no_texts_have_no_answers():
    assert GROUPED.log_probabilities([]).shape == (0, 2)
    assert (GROUPED.labels, GROUPED.token_count("a b")) == (("negative", "positive"), 2)


def test_a_subject_that_does_not_classify_gets_no_thresholds(praise):
    with pytest.raises(NotMeasurableError, match="some model has none"):
        with_group_thresholds(Subject(NamedModel()), Parity.EQUALIZED_ODDS, praise)


def test_three_classes_get_no_thresholds(praise):
    three = Linear()
    three.labels = ("negative", "neutral", "positive")
    with pytest.raises(NotMeasurableError, match="a classifier of two classes; some model has 3"):
        with_group_thresholds(Subject(NamedModel(), three), Parity.EQUALIZED_ODDS, praise)


def test_a_recipe_with_thresholds_answers_by_group(praise, encoder, preparing):
    def people(n):
        return [
            TextExample(id=str(i), text=f"{'He' if i % 2 else 'She'} said film {i} was {review}.", label=int(i % 4 < 2))
            for i in range(n)
            for review in [("a great story" if (i % 4 < 2) ^ (i % 7 == 0) else "dull acting")]
        ]

    lesson = Lesson(praise.task, praise.digest, {**praise.splits, "search": people(80)})
    plain, fair = (
        Probe(c=1.0, group_thresholds=parity).prepare(preparing(encoder, lesson.task, lesson.splits))
        for parity in ("none", "demographic_parity")
    )
    texts = [example.text for example in lesson.splits["search"]]
    positive = fair.classifier().log_probabilities(texts).argmax(1)
    assert abs(positive[0::2].mean() - positive[1::2].mean()) <= 1 / 40 + 1e-9
    assert not np.allclose(fair.classifier().log_probabilities(texts), plain.classifier().log_probabilities(texts))
