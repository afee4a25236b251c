"""What a backend gets for the two methods that it has to write."""

import numpy as np
import pytest

from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model


class Letters(Likelihood):
    """Every letter of a continuation is as likely as 1 in 26."""

    def token_scores(self, requests, *, work="scoring", remember=True):
        return [
            TokenScores(np.full(len(text), -np.log(26), np.float32), np.zeros(len(text), np.bool_))
            for _, text in requests
        ]

    def token_counts(self, requests):
        return [len(context) + len(text) for context, text in requests]


def test_the_likelihood_of_a_continuation_is_the_sum_of_its_tokens():
    assert Letters().loglikelihoods([("a", "bc"), ("", "d")]) == pytest.approx([-2 * np.log(26), -np.log(26)])


def test_each_question_gets_a_score_for_each_of_its_choices():
    first, second = Letters().choices([("a", ["b", "cd"]), ("e", ["f", "gh", "ijk"])])
    assert first / -np.log(26) == pytest.approx([1, 2])
    assert second / -np.log(26) == pytest.approx([1, 2, 3])
    assert Letters().choices([]) == []


def test_what_a_backend_does_not_know_is_unknown():
    assert (Letters().longest, Letters().prompt_length("a b")) == (None, None)
    with pytest.raises(NotMeasurableError, match="no log-likelihood of whole texts"):
        Letters().whole_texts(["a b"])


def test_a_model_on_this_machine_sums_its_tokens_too(causal):
    likelihood = local_model(causal).likelihood()
    requests = [("The film was", " good"), ("The film", " was a wonderful surprise")]
    sums = [score.logprobs.sum(dtype=np.float64) for score in likelihood.token_scores(requests)]
    assert likelihood.loglikelihoods(requests) == pytest.approx(sums)
    assert likelihood.token_counts(requests) == [
        len(causal.tokenizer.encode(context + text)) for context, text in requests
    ]
