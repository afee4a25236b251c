import numpy as np
import pytest

from leaderboard.axes.accuracy.forgetting import Forgetting, ForgettingParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates


class Says:
    """Finds positive the texts that contain the word."""

    def __init__(self, word, labels=("negative", "positive")):
        self.word, self.labels = word, labels

    def log_probabilities(self, texts):
        return np.log([[0.2, 0.8] if self.word in text else [0.8, 0.2] for text in texts])


TEST = [
    TextExample(id=str(number), text=text, label=label)
    for number, (text, label) in enumerate([("good", 1), ("good fun", 1), ("fun", 0), ("dull", 0), ("fun", 1)] * 5)
]


def protocol(learned="reviews"):
    return Forgetting(ForgettingParameters(learned=learned))


def learner(model, **stages):
    return Subject(local_model(model), list(stages.values())[-1] if stages else Says("good"), stages=stages)


class TestForgetting(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol()

    @pytest.fixture
    def subject(self, encoder):
        return learner(encoder, reviews=Says("good"), tweets=Says("fun"))

    @pytest.fixture
    def splits(self):
        return {"test": TEST}


def transfer(*pairs):
    """Of (right then, right now) pairs."""
    scores = {True: [-0.5, -1.0], False: [-1.0, -0.5]}
    observations = [
        Observation(str(i), {"label": 0, "log_probabilities": scores[now], "log_probabilities_then": scores[then]})
        for i, (then, now) in enumerate(pairs)
    ]
    return estimates(protocol(), observations)["backward_transfer", ""]


def test_backward_transfer_is_accuracy_now_minus_accuracy_then():
    assert transfer(*[(True, True)] * 6, *[(True, False)] * 3, (False, True)).value == pytest.approx(-0.2)
    assert transfer((False, True), (True, True)).value == 0.5


def test_the_interval_is_of_the_same_examples():
    """Ten of 100 forgotten, none gained: s.e. √(.1 × .9 / 99) = .03; of two samples it would be .06."""
    change = transfer(*[(True, True)] * 50, *[(True, False)] * 10, *[(False, False)] * 40)
    assert change.value == pytest.approx(-0.1)
    assert (change.low, change.high) == pytest.approx((-0.16, -0.04), abs=0.012)


def test_a_subject_that_answers_the_same_may_still_answer_others_differently():
    change = transfer(*[(True, True)] * 4, (False, False))
    assert change.value == 0.0
    assert -1 <= change.low < -0.2
    assert 0.2 < change.high <= 1


def test_each_stage_is_asked_about_the_same_examples(encoder):
    subject = learner(encoder, reviews=Says("good"), tweets=Says("fun"))
    first = next(iter(protocol().observe(subject, {"test": TEST}, seed=0)))
    assert first.data["log_probabilities_then"] == pytest.approx(np.log([0.2, 0.8]).tolist())
    assert first.data["log_probabilities"] == pytest.approx(np.log([0.8, 0.2]).tolist())


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ({}, "did not learn several tasks in turn"),
        ({"tweets": Says("fun"), "reviews": Says("good")}, "learned 'reviews' last"),
        ({"tweets": Says("fun"), "news": Says("good")}, "never learned 'reviews', only tweets, news"),
        ({"reviews": Says("fun"), "news": Says("good", ("dull", "new"))}, r"other classes now \(dull, new\)"),
    ],
)
def test_nothing_forgotten_is_told_apart_from_nothing_to_forget(encoder, stages, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        list(protocol().observe(learner(encoder, **stages), {"test": TEST}, seed=0))


def test_no_examples_are_not_measured():
    assert transfer().status is Status.NOT_MEASURED
