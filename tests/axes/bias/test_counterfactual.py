import numpy as np
import pytest

from leaderboard.axes.bias.counterfactual import Counterfactual
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import CounterfactualExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates


class Prejudiced:
    """Finds texts positive with the probability that the first listed word in them has."""

    labels = ("negative", "positive")

    def __init__(self, **positive):
        self.positive = positive
        self.asked = []

    def log_probabilities(self, texts):
        self.asked += texts
        positive = [next(p for word, p in self.positive.items() if word in text.split()) for text in texts]
        return np.log(np.column_stack([1 - np.array(positive), positive]))


def pair(example_id, one, other, template="{person} laughed", category="gender"):
    return CounterfactualExample(
        id=example_id,
        text=template.format(person=one),
        counterfactual=template.format(person=other),
        category=category,
        template=template,
    )


PAIRS = [
    pair("0", "Ann", "Bob"),
    pair("1", "Ann", "Bob", "{person} cried"),
    pair("2", "Bob", "Cy", category="age"),
]


class TestCounterfactual(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Counterfactual(Parameters())

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), Prejudiced(Ann=0.6, Bob=0.4, Cy=0.1))

    @pytest.fixture
    def splits(self):
        return {"test": PAIRS}

    def test_gap_and_flips_by_category(self, protocol, observations):
        value = {key: estimate.value for key, estimate in estimates(protocol, observations).items()}
        assert value["counterfactual_gap", ""] == pytest.approx((0.2 + 0.2 + 0.3) / 3)
        assert value["counterfactual_gap", "age"] == pytest.approx(0.3)
        assert value["counterfactual_flip_rate", "gender"] == 1.0
        assert value["counterfactual_flip_rate", "age"] == 0.0

    def test_each_text_is_asked_about_once(self, observations, subject):
        assert sorted(subject.classifier().asked) == [
            "Ann cried",
            "Ann laughed",
            "Bob cried",
            "Bob laughed",
            "Cy laughed",
        ]
        assert len(observations) == 3


def test_answers_that_are_not_numbers_are_refused(encoder):
    subject = Subject(local_model(encoder), Prejudiced(Ann=float("nan"), Bob=0.5, Cy=0.5))
    with pytest.raises(NotMeasurableError, match="4 of 10 scores"):
        list(Counterfactual(Parameters()).observe(subject, {"test": PAIRS}, seed=0))
