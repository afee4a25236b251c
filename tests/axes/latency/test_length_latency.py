"""Times of texts of fixed lengths, by a clock that counts words."""

import numpy as np
import pytest

from leaderboard.axes.latency.length_latency import LengthLatency, LengthLatencyParameters
from leaderboard.axes.latency.sized_text import sized_text
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel, local_model
from leaderboard.testing.protocols import ProtocolContract


class Reads:
    """Reads at most 100 tokens: a word each, and two around the text; a token takes 1 ms, tokenising it 0.01 ms."""

    labels = ("no", "yes")

    def __init__(self):
        self.now = 0.0

    def answer(self, text):
        self.now += 0.001 * self.count(text)
        return np.log([0.5, 0.5])

    def count(self, text):
        return min(100, 2 + len(text.split()))

    def token_count(self, text):
        self.now += 0.00001 * self.count(text)
        return self.count(text)


@pytest.fixture
def reads(monkeypatch):
    classifier = Reads()
    monkeypatch.setattr("leaderboard.axes.latency.timing.time.perf_counter", lambda: classifier.now)

    def reference(_device):
        def run():
            classifier.now += 0.01

        return run

    monkeypatch.setattr("leaderboard.backends.local.weights.Reference", reference)
    return classifier


def numbers(protocol, subject):
    observations = list(protocol.observe(subject, {}, seed=0))
    return {(each.metric.name, each.part): each.estimate for each in protocol.estimate(observations)}


def test_times_are_those_of_each_length_and_tokenisation_is_apart(reads, causal):
    protocol = LengthLatency(LengthLatencyParameters(lengths=(20, 40, 200), samples=30, rounds=2))
    estimates = numbers(protocol, Subject(local_model(causal), reads))
    for length in (20, 40):
        assert estimates["latency_p50", f"{length} tokens"].value == pytest.approx(0.001 * length)
        assert estimates["latency_ratio", f"{length} tokens"].value == pytest.approx(0.1 * length)
        assert estimates["tokenisation_p50", f"{length} tokens"].value == pytest.approx(0.00001 * length)
    assert estimates["latency_p50", "200 tokens"].reason == "it reads at most 100 tokens"


def test_a_subject_elsewhere_has_no_ratio(reads):
    protocol = LengthLatency(LengthLatencyParameters(lengths=(20,), samples=30, rounds=1))
    estimates = numbers(protocol, Subject(NamedModel(), reads))
    assert "computed elsewhere" in estimates["latency_ratio", "20 tokens"].reason
    assert estimates["latency_p50", "20 tokens"].value == pytest.approx(0.02)


def test_a_text_has_the_tokens_that_were_requested_or_a_few_less():
    rng = np.random.default_rng(0)
    assert len(sized_text(lambda text: len(text.split()), 77, rng).split()) == 77
    assert len(sized_text(lambda text: 3 * len(text.split()), 77, rng).split()) == 25
    with pytest.raises(NotMeasurableError, match="a text of one word has 50 tokens"):
        sized_text(lambda text: 49 + len(text.split()), 32, rng)


class TestLengthLatencyKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return LengthLatency(LengthLatencyParameters(lengths=(8, 16), samples=30, rounds=2))

    @pytest.fixture
    def subject(self, causal, reads):
        return Subject(local_model(causal), reads)

    @pytest.fixture
    def splits(self):
        return {}
