import numpy as np
import pytest

from leaderboard.axes.ood.distributions import ShiftParameters
from leaderboard.axes.ood.tagging_shift import TaggingShift
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TaggedExample
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

ONE, OTHER, NONE = ["B-PER", "O"], ["O", "B-PER"], ["O", "O"]


def observations_of(distribution, *pairs):
    return [
        Observation(f"{distribution}:{number}", {"true": true, "predicted": predicted, "distribution": distribution})
        for number, (true, predicted) in enumerate(pairs)
    ]


def estimates_of(*observations):
    return estimates(TaggingShift(ShiftParameters()), [each for some in observations for each in some])


def test_each_distribution_counts_the_same_however_many_spans_it_has():
    home = observations_of("home", (ONE, ONE), (ONE, ONE), (ONE, NONE))  # 2 of 3 found: F1 .8
    tweets = observations_of("tweets", (ONE, ONE), (ONE, OTHER))  # .5
    news = observations_of("news", *[(ONE, ONE)] * 9, (ONE, OTHER))  # .9
    shown = estimates_of(home, tweets, news)
    assert shown["ood_span_f1", "tweets"].value == pytest.approx(0.5)
    assert shown["ood_span_f1", "news"].value == pytest.approx(0.9)
    assert shown["ood_span_f1", ""].value == pytest.approx(0.7)
    assert shown["ood_span_drop", ""].value == pytest.approx(0.1)
    assert ("ood_span_f1", "home") not in shown


def test_a_distribution_without_spans_leaves_the_mean_unknown():
    shown = estimates_of(
        observations_of("home", (ONE, ONE)),
        observations_of("tweets", (ONE, ONE)),
        observations_of("news", (NONE, NONE)),
    )
    assert shown["ood_span_f1", ""].status is Status.NOT_MEASURED
    assert shown["ood_span_f1", ""].reason == "0/0: there is no span, and none was predicted"
    assert shown["ood_span_drop", ""].status is Status.NOT_MEASURED
    assert shown["ood_span_f1", "tweets"].value == 1.0


class First:
    """Finds a person in every first word."""

    labels = ("O", "B-PER", "I-PER")

    def log_probabilities(self, sentences):
        return [np.log([[0.1, 0.8, 0.1], *[[0.8, 0.1, 0.1]] * (len(words) - 1)]) for words in sentences]


class TestTaggingShift(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return TaggingShift(ShiftParameters(home="news"))

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), tags_with=First())

    @pytest.fixture
    def splits(self):
        tags = [(1, 0), (0, 0), (1, 1), (0, 1)]
        return {
            name: [TaggedExample(id=str(number), words=("Ada", name), tags=tags[number % 4]) for number in range(9)]
            for name in ("news", "tweets", "letters")
        }
