import math

import pytest

from leaderboard.axes.accuracy.minimal_pairs import MinimalPairs, MinimalPairsParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.masked_likelihood import MaskedScore
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import MinimalPairExample
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

PROTOCOL = MinimalPairs(MinimalPairsParameters())
SENTENCES = [
    ("The films are dull.", "The films is dull."),
    ("She was kind.", "She were kind."),
    ("He slept.", "He slept him."),
]


def pairs(phenomenon, start=0):
    return [
        MinimalPairExample(id=str(start + at), good=good, bad=bad, phenomenon=phenomenon)
        for at, (good, bad) in enumerate(SENTENCES)
    ]


SPLITS = {"agreement_1": pairs("agreement"), "agreement_2": pairs("agreement"), "structure": pairs("structure")}


def scored(*scores, phenomenon="agreement"):
    return [
        Observation(f"{phenomenon}:{at}", {"good_score": good, "bad_score": bad, "phenomenon": phenomenon})
        for at, (good, bad) in enumerate(scores)
    ]


class MinimalPairsContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def splits(self):
        return SPLITS


class TestOfCausalModels(MinimalPairsContract):
    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    def test_scores_are_loglikelihoods_of_whole_sentences(self, observations, causal):
        likelihood = local_model(causal).likelihood()
        for observation, (good, bad) in zip(observations, SENTENCES * 3, strict=True):
            expected = likelihood.loglikelihoods([("", good), ("", bad)])
            assert [observation.data["good_score"], observation.data["bad_score"]] == pytest.approx(expected, abs=1e-3)


class TestOfMaskedModels(MinimalPairsContract):
    @pytest.fixture
    def subject(self, masked):
        return Subject(local_model(masked))

    @pytest.mark.parametrize("score", MaskedScore)
    def test_scores_are_pseudo_loglikelihoods_of_whole_sentences(self, subject, score):
        likelihood = subject.masked_likelihood()
        (first, *_) = MinimalPairs(MinimalPairsParameters(score=score)).observe(subject, SPLITS, seed=0)
        expected = likelihood.scores([likelihood.encode(text) for text in SENTENCES[0]], variant=score)
        assert [first.data["good_score"], first.data["bad_score"]] == pytest.approx(expected, abs=1e-3)


def test_accuracy_by_hand_with_each_phenomenon_as_a_part():
    observations = scored((-1, -2), (-3, -2), (-1, -9)) + scored((-5, -4), phenomenon="islands")
    numbers = estimates(PROTOCOL, observations)
    assert {part: (each.value, each.n) for (_, part), each in numbers.items()} == {
        "": (2 / 4, 4),
        "agreement": (2 / 3, 3),
        "islands": (0.0, 1),
    }
    assert PROTOCOL.answer(observations[0]).right
    assert not PROTOCOL.answer(observations[1]).right


def test_a_tie_is_wrong_and_noted():
    observations = scored((-1, -1), (-1, -2))
    assert estimates(PROTOCOL, observations)["accuracy", ""].value == 0.5
    assert PROTOCOL.notes(observations) == ("pairs whose sentences have the same score, counted as wrong: 1",)


def test_a_pair_of_equal_sentences_is_left_out(causal):
    """BLiMP has seven of them in 67,000; lm-evaluation-harness counts them as right."""
    same = MinimalPairExample(id="same", good="He slept.", bad="He slept.", phenomenon="agreement")
    observations = list(PROTOCOL.observe(Subject(local_model(causal)), {"test": [same, *pairs("agreement")]}, seed=0))
    assert estimates(PROTOCOL, observations)["accuracy", ""].n == 3
    assert PROTOCOL.answer(observations[0]) is None
    assert PROTOCOL.notes(observations) == ("1 example was left out of 4: both sentences of the pair are the same",)


def test_no_pairs_are_not_measured():
    assert math.isnan(estimates(PROTOCOL, [])["accuracy", ""].value or math.nan)
    assert PROTOCOL.resampled([]) == {}
