"""The offline scenario with a clock of its own: a batch of n texts takes 10 ms and 1 ms for each text."""

import numpy as np
import pytest

from leaderboard.axes.latency.offline import Offline, OfflineParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.energy import Counter, EnergyMeter
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract

TEXTS = [TextExample(id=f"test:{index}", text=f"text {index}") for index in range(40)]


class Batches:
    """Classifies in batches; the clock is its own, and the power is 5 W."""

    labels = ("no", "yes")

    def __init__(self):
        self.now = 0.0
        self.sizes = []

    def log_probabilities(self, texts):
        assert len(set(texts)) == len(texts)
        self.sizes.append(len(texts))
        self.now += 0.01 + 0.001 * len(texts)
        return np.log(np.full((len(texts), 2), 0.5))

    def token_count(self, text):
        return len(text.split())

    def meter(self):
        return EnergyMeter("own", [Counter(lambda: round(5e6 * self.now), 1e-6)])


@pytest.fixture
def batches(monkeypatch):
    classifier = Batches()
    monkeypatch.setattr("leaderboard.axes.latency.offline.time.perf_counter", lambda: classifier.now)
    monkeypatch.setattr("leaderboard.backends.local.weights.processor_meter", classifier.meter)
    return classifier


@pytest.fixture
def observe(batches, causal):
    def observed(**parameters):
        protocol = Offline(OfflineParameters(**{"batch_sizes": (1, 4, 20), "texts": 40, "rounds": 3, **parameters}))
        return protocol, list(protocol.observe(Subject(local_model(causal), batches), {"test": TEXTS}, seed=0))

    return observed


def estimates(protocol, observations):
    return {each.metric.name: each.estimate for each in protocol.estimate(observations)}


def test_the_fastest_batch_size_is_measured_on_rounds_of_its_own(observe, batches):
    protocol, observations = observe()
    numbers = estimates(protocol, observations)
    assert numbers["offline_texts_per_second"].value == pytest.approx(40 / (2 * 0.03))
    assert numbers["offline_tokens_per_second"].value == pytest.approx(80 / (2 * 0.03))
    assert numbers["energy_per_text"].value == pytest.approx(5 * 0.06 / 40, rel=1e-4)
    assert numbers["offline_texts_per_second"].n == 3
    assert batches.sizes == [1] * 41 + [4] * 11 + [20] * 12  # one more a round than is timed
    assert protocol.notes(observations) == (
        "batches of 20 texts are fastest; texts per second by batch size: 1: 90.9, 4: 286, 20: 667",
    )


def test_the_interval_is_over_rounds():
    rounds = [
        Observation(f"round:{number}", {"texts": 10, "tokens": 20, "seconds": seconds, "joules": None})
        for number, seconds in enumerate((0.9, 1.0, 1.1))
    ]
    speed = estimates(Offline(OfflineParameters()), rounds)["offline_texts_per_second"]
    assert speed.value == pytest.approx(10.0)
    half = 4.3027 * 1.0 / np.sqrt(3)  # Student's t with two degrees of freedom; deviations of -1, 0 and 1 a round
    assert speed.high - speed.value == pytest.approx(half, rel=1e-3)


def test_a_price_of_the_machine_becomes_one_of_tokens(observe, monkeypatch):
    expected = 3.6 / 3600 / (80 / 0.06) * 1e6
    assert estimates(*observe(price_per_hour=3.6))["cost_per_million_tokens"].value == pytest.approx(expected)
    assert "LEADERBOARD_MACHINE_PRICE" in estimates(*observe())["cost_per_million_tokens"].reason
    monkeypatch.setenv("LEADERBOARD_MACHINE_PRICE", "3.6")
    assert estimates(*observe())["cost_per_million_tokens"].value == pytest.approx(expected)
    monkeypatch.setenv("LEADERBOARD_MACHINE_PRICE", "cheap")
    with pytest.raises(RequestError, match="USD per hour"):
        observe()


def test_a_machine_without_a_counter_has_no_energy_and_says_why(observe, monkeypatch):
    def missing():
        raise NotMeasurableError("the processor has no energy counter")

    monkeypatch.setattr("leaderboard.backends.local.weights.processor_meter", missing)
    numbers = estimates(*observe())
    assert numbers["energy_per_text"].reason == "the processor has no energy counter"
    assert numbers["offline_texts_per_second"].value is not None


def test_batches_larger_than_a_round_are_left_out(observe, batches):
    observe(batch_sizes=(16, 64), texts=30)
    assert max(batches.sizes) == 16
    observe(batch_sizes=(64,), texts=30)
    assert max(batches.sizes) == 30


def test_batch_sizes_are_written_in_order():
    with pytest.raises(ValueError, match="ascending order"):
        OfflineParameters(batch_sizes=(4, 1))


class TestOfflineKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Offline(OfflineParameters(texts=8, batch_sizes=(1, 4), rounds=3, price_per_hour=1.0))

    @pytest.fixture
    def subject(self, batches, causal):
        return Subject(local_model(causal), batches)

    @pytest.fixture
    def splits(self):
        return {"test": TEXTS[:8]}
