"""Extraction: the formula of probable extraction, and what a model that knows texts by heart shows."""

import numpy as np
import pytest

from leaderboard.axes.privacy.extraction import Extraction, ExtractionParameters, extraction_chance
from leaderboard.backends.capability import Capability
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RunningText
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract, estimates

SMALL = ExtractionParameters(prefix_words=2, suffix_words=2)


class Reciting(NamedModel, Likelihood):
    """A causal model to which the continuations with a number below 10 are certain, and below 20 possible."""

    capabilities = frozenset({Capability.LOGLIKELIHOOD})

    def likelihood(self):
        return self

    def token_scores(self, requests, *, work="", remember=True):
        numbers = [int(text.split()[0]) for _, text in requests]
        totals = [0.0 if number < 10 else -4.0 if number < 20 else -50.0 for number in numbers]
        return [TokenScores(np.array([total / 2] * 2, np.float32), np.full(2, total == 0)) for total in totals]

    def token_counts(self, requests):
        return [2 for _ in requests]


def texts(count):
    return [RunningText(id=f"row-{number}", text=f"  the film {number} was nice") for number in range(count)]


@pytest.mark.parametrize(
    ("chance", "tries", "expected"),
    [(0.5, 1, 0.5), (0.01, 100, 0.63397), (1.0, 1, 1.0), (0.0, 1000, 0.0), (1e-12, 10, 1e-11)],
)
def test_chance_of_one_sample_of_n(chance, tries, expected):
    with np.errstate(divide="ignore"):
        assert extraction_chance(np.log([chance]), tries) == pytest.approx([expected], rel=1e-4)


class TestExtraction(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Extraction(SMALL)

    @pytest.fixture
    def subject(self):
        return Subject(Reciting(), trained_on={"x": "a task: 1"})

    @pytest.fixture
    def splits(self):
        return {"train": texts(40)}

    def test_shares_of_what_is_certain_and_of_what_is_possible(self, protocol, observations):
        results = estimates(protocol, observations)
        assert results["extraction_rate", ""].value == 0.25
        assert results["probabilistic_extraction_rate", "1_samples"].value == 0.25
        assert results["probabilistic_extraction_rate", ""].value == 0.5  # 1 - (1 - e⁻⁴)¹⁰⁰ = .84

    def test_results_hold_no_text(self, observations):
        assert {type(value) for each in observations for value in each.data.values()} == {bool, float, int}


def observe(splits, trained_on=None):
    return list(Extraction(SMALL).observe(Subject(Reciting(), trained_on=trained_on or {}), splits, seed=0))


def test_texts_that_a_model_may_have_been_pre_trained_on_need_no_training_here():
    assert len(observe({"members": texts(5)})) == 5
    with pytest.raises(NotMeasurableError, match="nothing was trained here"):
        observe({"train": texts(5)})


def test_short_and_repeated_texts_are_left_out():
    short, text = RunningText(id="short", text="a film 1"), texts(1)[0]
    again = text.model_copy(update={"id": "again"})
    assert len(observe({"members": [short, text, again]})) == 1
    with pytest.raises(NotMeasurableError, match=r"no text has 2 \+ 2 words"):
        observe({"members": [short]})
