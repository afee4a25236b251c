import numpy as np
import pytest

from leaderboard.axes.accuracy.reference_likelihood import (
    ORDERS,
    coherences,
    other_orders,
    perplexity_of_sums,
    token_sums,
)
from leaderboard.axes.accuracy.sentences import sentences_of
from leaderboard.backends.likelihood import Likelihood, TokenScores

STORY = ["One came.", "Two came.", "Three came.", "Four came."]
NUMBERS = {"One": 1, "Two": 2, "Three": 3, "Four": 4}


class Ordered(Likelihood):
    """A model that knows how to count: a number costs a nat for each larger one before it, each word half a nat."""

    def token_scores(self, requests, *, work="scoring", remember=True):
        return [self._score(text.split()) for _, text in requests]

    def token_counts(self, requests):
        return [len(text.split()) for _, text in requests]

    def _score(self, words):
        numbers = [NUMBERS.get(word, 0) for word in words]
        behind = [sum(each > number for each in numbers[:at]) * (number > 0) for at, number in enumerate(numbers)]
        costs = 0.5 + np.array(behind)
        return TokenScores(-costs.astype(np.float32), np.zeros(len(words), dtype=bool))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("Hi", ["Hi"]),
        ('Dr. A. Smith paid $3.50. "Did he?" Yes', ["Dr. A. Smith paid $3.50.", '"Did he?"', "Yes"]),
        ("你好。今天很好！", ["你好。", "今天很好！"]),
        ("one\n\n- two", ["one", "- two"]),
        ("It is St.", ["It is St."]),
        ("... !", []),
    ],
)
def test_sentences_by_hand(text, sentences):
    assert sentences_of(text) == sentences


def test_perplexity_is_over_the_tokens_of_all_texts():
    sums = token_sums(Ordered(), ["a b c", " ", "d"])
    assert sums == [(pytest.approx(-1.5), 3), (0.0, 0), (pytest.approx(-0.5), 1)]
    assert perplexity_of_sums(np.sum(sums, axis=0)[None])[0] == pytest.approx(np.exp(0.5))


def test_a_text_in_order_is_coherent_and_one_against_it_is_not():
    forward, backward, single, repeated = coherences(
        Ordered(), [" ".join(STORY), " ".join(STORY[::-1]), STORY[0], " ".join([STORY[0]] * 3)], seed=0
    )
    assert (forward, backward, single, repeated) == (1.0, 0.0, None, 0.5)


def test_ties_count_half():
    assert coherences(Ordered(), ["A came. B came."], seed=0) == [0.5]


def test_sentences_in_random_order_are_at_chance():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.permutation(STORY)) for _ in range(400)]
    assert np.mean(coherences(Ordered(), texts, seed=1)) == pytest.approx(0.5, abs=0.05)


def test_other_orders_differ_and_are_bounded():
    orders = other_orders(STORY, np.random.default_rng(0))
    assert len({tuple(order) for order in orders} - {tuple(STORY)}) == len(orders) == ORDERS
    assert other_orders(["a", "b"], np.random.default_rng(0)) == [["b", "a"]]
    assert other_orders(["a", "a"], np.random.default_rng(0)) == []


def test_the_orders_of_a_text_do_not_depend_on_other_texts():
    text = " ".join([*STORY[::2], *STORY[1::2]])
    alone = coherences(Ordered(), [text], seed=3)
    assert coherences(Ordered(), [" ".join(STORY), text], seed=3)[1:] == alone
