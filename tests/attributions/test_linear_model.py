"""Attributions of a linear bag of embeddings are weight × input, and a planted word is found."""

import numpy as np
import pytest
import torch

from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.classifiers import UnspacedWords
from leaderboard.errors import NotMeasurableError
from tests.attributions.conftest import weights_of

WORDS = "the plot is dull but a wonderful surprise".split()
ADDITIVE = [name for name, method in attribution_methods().items() if method.additive]
SHORTCUT = "wonderful"


@pytest.mark.parametrize("name", ADDITIVE)
def test_attributions_are_weight_times_input(name, bag, classifier):
    text = TextUnits(ClassifiedText(classifier, WORDS, 1), budget=64)
    attribution = attribution_methods()[name].attribute(text, seed=0)
    assert attribution.values == pytest.approx(np.array(weights_of(bag, WORDS)), abs=2e-3)
    assert attribution.error is None or attribution.error < 2e-3


@pytest.mark.parametrize("name", attribution_methods())
def test_a_planted_word_is_ranked_first_but_by_attention(name, bag, classifier):
    (token,) = bag.tokenizer.encode(SHORTCUT, add_special_tokens=False)
    with torch.no_grad():
        bag.module.table.weight[token] = 5 * (bag.module.head.weight[1] - bag.module.head.weight[0])
    text = TextUnits(ClassifiedText(classifier, WORDS, 1), budget=64)
    values = attribution_methods()[name].attribute(text, seed=0).values
    is_found = WORDS[int(values.argmax())] == SHORTCUT
    assert is_found == (name not in {"attention", "attention_rollout"})


def test_gradients_are_those_of_log_odds_where_the_answer_is_certain(bag, classifier):
    with torch.no_grad():
        bag.module.head.weight *= 40
    gradients = ClassifiedText(classifier, WORDS).gradients().values
    assert np.abs(gradients) == pytest.approx(np.abs(weights_of(bag, WORDS)), rel=1e-2, abs=1e-2)


def test_a_text_longer_than_the_window_is_read_in_part(bag, classifier):
    words = ["dull"] * 300
    assert classifier.words_read(words) == range(bag.max_length - 2)  # [CLS] and [SEP] are no words


def test_characters_under_the_first_token_are_read(classifier):
    assert classifier.words_read(UnspacedWords("ดีมาก")) == range(5)  # one token, [UNK]


def test_a_single_word_has_the_whole_difference(bag, classifier):
    for name in ADDITIVE:
        text = TextUnits(ClassifiedText(classifier, ["dull"], 1), budget=64)
        values = attribution_methods()[name].attribute(text, seed=0).values
        assert values == pytest.approx(weights_of(bag, ["dull"]), abs=1e-4)


def test_a_classifier_of_probabilities_alone_has_no_gradients(classifier):
    class ServedClassifier:
        labels = classifier.labels
        log_probabilities = staticmethod(classifier.log_probabilities)
        token_count = staticmethod(classifier.token_count)

    text = TextUnits(ClassifiedText(ServedClassifier(), WORDS), budget=64)
    for name in ("gradient_x_input", "integrated_gradients", "attention"):
        with pytest.raises(NotMeasurableError, match=r"probabilities|not on this machine"):
            attribution_methods()[name].attribute(text, seed=0)
    assert attribution_methods()["kernel_shap"].attribute(text, seed=0).values.shape == (len(WORDS),)
