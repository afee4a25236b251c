import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.privacy.pretraining import loss, min_k, min_k_plus_plus, zlib_ratio
from leaderboard.errors import NotMeasurableError

NONE = np.empty(0)
logprobs = st.lists(st.floats(-30, 0), min_size=1, max_size=40).map(np.array)
shares = st.floats(0.01, 1)


def test_loss_is_the_mean_log_probability():
    assert loss(np.array([-1.0, -2.0, -6.0])) == -3.0


def test_zlib_divides_by_the_compressed_bytes():
    text = "over and over and over and over and over"
    assert len(zlib.compress(text.encode())) < len(text)
    assert zlib_ratio(np.array([-1.0, -3.0]), text) == -2.0 / len(zlib.compress(text.encode()))


def test_a_repetitive_text_scores_lower_under_zlib_than_a_varied_one_of_the_same_likelihood():
    assert zlib_ratio(np.array([-1.0]), "ab" * 20) < zlib_ratio(
        np.array([-1.0]), "The quick brown fox jumps over a dog."
    )


def test_min_k_is_the_mean_of_the_least_likely_fifth():
    scores = np.array([-1, -9, -2, -3, -1, -1, -7, -1, -1, -1], dtype=np.float64)
    assert min_k(scores) == -8.0


def test_min_k_rounds_the_share_down():
    assert min_k(np.array([-1.0, -5.0, -2.0, -3.0, -4.0, -1.0, -1.0, -1.0, -1.0]), share=0.3) == -4.5


def test_min_k_of_a_short_text_is_its_least_likely_token():
    assert min_k(np.array([-1.0, -4.0]), share=0.2) == -4.0


def test_min_k_of_all_tokens_is_the_loss():
    scores = np.array([-1.0, -4.0, -2.0])
    assert min_k(scores, share=1.0) == pytest.approx(loss(scores))


@given(logprobs, shares)
def test_min_k_lies_between_the_least_likely_token_and_the_mean(scores, share):
    assert scores.min() - 1e-9 <= min_k(scores, share) <= loss(scores) + 1e-9


def test_min_k_plus_plus_by_hand():
    # (-3 + 1) / 2 = -1, (-1 + 2) / 1 = 1, (-5 + 1) / 4 = -1: two thirds of three tokens are the two lowest
    scores = np.array([-3.0, -1.0, -5.0])
    assert min_k_plus_plus(scores, np.array([-1.0, -2.0, -1.0]), np.array([4.0, 1.0, 16.0]), share=0.67) == -1.0


def test_min_k_plus_plus_takes_the_lowest_standing_not_the_least_likely_token():
    # the likelier token stands lower against what else could have come: (-1 + 0.5) / 0.1 = -5, (-4 + 4) / 1 = 0
    assert min_k_plus_plus(np.array([-1.0, -4.0]), np.array([-0.5, -4.0]), np.array([0.01, 1.0]), share=0.5) == -5.0


def test_without_variance_a_token_stands_at_the_mean():
    # uniform over two tokens, and certain of one
    scores = np.array([np.log(0.5), 0.0])
    assert min_k_plus_plus(scores, scores, np.zeros(2), share=1.0) == 0.0


@pytest.mark.parametrize(
    "score",
    [loss, min_k, lambda none: zlib_ratio(none, ""), lambda none: min_k_plus_plus(none, none, none)],
    ids=["loss", "min_k", "zlib_ratio", "min_k_plus_plus"],
)
def test_a_text_without_tokens_has_no_score(score):
    with pytest.raises(NotMeasurableError, match="without tokens"):
        score(NONE)
