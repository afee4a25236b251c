import pytest

from leaderboard.axes.latency.training_cost import TrainingCost
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract


def test_a_subject_without_a_record_is_not_measured_and_says_why():
    with pytest.raises(NotMeasurableError, match="some model was not trained here"):
        next(TrainingCost(Parameters()).observe(Subject(NamedModel()), {}, seed=0))


def test_the_time_is_that_of_the_record():
    protocol = TrainingCost(Parameters())
    observations = list(protocol.observe(Subject(NamedModel(), training_seconds=12.5), {}, seed=0))
    (measured,) = protocol.estimate(observations)
    assert (measured.estimate.value, measured.estimate.low, measured.estimate.n) == (12.5, None, 1)


class TestTrainingCostKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return TrainingCost(Parameters())

    @pytest.fixture
    def subject(self):
        return Subject(NamedModel(), training_seconds=12.5)

    @pytest.fixture
    def splits(self):
        return {}
