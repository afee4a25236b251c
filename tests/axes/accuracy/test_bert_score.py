from typing import NamedTuple

import numpy as np
import pytest

from leaderboard.axes.accuracy.bert_score import bert_score, bert_scores
from leaderboard.errors import NotMeasurableError


class States(NamedTuple):
    """Hidden states that are read off letters, with a special token at either end."""

    layers: int = 2
    special: int = 2

    def token_count(self, text):
        return len(text) + self.special

    def of_tokens(self, texts, *, layer, work):
        vectors = {"a": [1, 0, 0], "b": [0, 1, 0], "c": [1, 1, 0]}
        return [np.array([[0, 0, 1], *(vectors[letter] for letter in text), [0, 0, 2]]) for text in texts]


def test_bert_score_by_hand():
    # a meets a (1); c meets a (1 / √2). Of the reference, a meets a (1).
    root = 1 / np.sqrt(2)
    precision, recall, f1 = bert_scores(States(), -1, ["ac"], [["a"]])[0]
    assert (precision, recall) == (pytest.approx((1 + root) / 2), pytest.approx(1))
    assert f1 == pytest.approx(2 * precision / (precision + 1))


def test_the_best_reference_counts_and_empty_texts_have_none():
    scores = bert_scores(States(), 1, ["ab", "", "a"], [["c", "ba"], ["a"], [""]])
    assert scores[0] == pytest.approx((1, 1, 1))
    assert scores[1:] == [(0.0, 0.0, 0.0)] * 2


def test_bert_score_is_the_formula_of_its_authors_package():
    """`greedy_cos_idf` of bert-score 0.3.13, written out: special tokens have the weight 0."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        ours, theirs = (rng.normal(size=(rng.integers(3, 9), 5)) for _ in range(2))
        cosines = np.array([[a @ b / np.sqrt(a @ a * (b @ b)) for b in theirs] for a in ours])
        weights = [np.r_[0, np.ones(len(each) - 2), 0] / (len(each) - 2) for each in (ours, theirs)]
        p, r = cosines.max(axis=1) @ weights[0], cosines.max(axis=0) @ weights[1]
        f1 = 2 * p * r / (p + r) if p + r > 0 else 0
        assert bert_score(ours, theirs) == pytest.approx((p, r, f1))


@pytest.mark.parametrize(
    ("states", "layer", "reason"), [(States(), 3, "layers 0 to 2"), (States(special=0), -1, "special token")]
)
def test_an_encoder_that_does_not_fit_is_refused(states, layer, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        bert_scores(states, layer, ["a"], [["b"]])
