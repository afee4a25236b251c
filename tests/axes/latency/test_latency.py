import copy
import dataclasses

import numpy as np
import pytest

from leaderboard.axes.latency.latency import Latency, LatencyParameters
from leaderboard.data.examples import TextExample
from leaderboard.engine.engine import Engine
from leaderboard.models.subject import Subject
from leaderboard.stats.estimate import Status
from leaderboard.testing.protocols import ProtocolContract

TEXTS = [TextExample(id=f"test:{index}", text=f"text number {index}") for index in range(60)]


class Remembering:
    """Answers at once what it has seen; only `answer` computes."""

    labels = ("no", "yes")

    def answer(self, _text):
        return np.log([0.5, 0.5])

    def log_probabilities(self, _texts):
        raise AssertionError("an answer from memory was timed")

    def token_count(self, text):
        return len(text.split())


def protocol(**parameters):
    return Latency(LatencyParameters(**parameters))


def estimates(observations):
    return {seen.metric.name: seen.estimate for seen in protocol().estimate(list(observations))}


@pytest.fixture(scope="module")
def observed(llama):
    engine = Engine(llama.device, threads=1)
    with pytest.MonkeyPatch.context() as patch:  # its own tests start the process that measures it
        patch.setattr("leaderboard.axes.latency.observing.peak_memory", lambda model, threads: 123_456 * threads)
        return list(protocol(samples=30).observe(Subject(llama, Remembering()), {"test": TEXTS}, engine, seed=0))


def test_each_drawn_text_is_timed_once_and_the_model_counted(observed):
    of_the_model = [seen for seen in observed if seen.example_id.startswith("model:")]
    timed = [seen for seen in observed if seen not in of_the_model]
    named = ("peak_memory", "parameters", "weight_bytes", "flops_128")
    assert {seen.example_id for seen in of_the_model} == {f"model:{name}" for name in named}
    assert len({seen.example_id for seen in timed}) == len(timed) == 30
    assert all(seen.data["tokens"] == 3 and seen.data["seconds"] > 0 for seen in timed)


def test_quantiles_are_withheld_until_there_are_samples_enough(observed):
    seen = estimates(observed)
    assert seen["latency_p50"].status is seen["latency_ratio"].status is Status.MEASURED
    assert seen["latency_p95"].reason == "withheld: needs 100 samples, has 30"
    assert seen["latency_p99"].reason == "withheld: needs 500 samples, has 30"


def test_exact_counts_have_no_interval(observed):
    count = estimates(observed)["parameters"]
    assert (count.low, count.method) == (None, "exact count")
    assert estimates(observed)["peak_memory"].value == 123_456
    assert estimates(observed)["weight_bytes"].value == 4 * count.value + 2 * 4 * 8  # and the angles of 8 frequencies


def test_a_cost_that_cannot_be_measured_leaves_the_times_standing(llama, engine):
    short = dataclasses.replace(llama, max_length=64)
    observations = protocol(samples=30).observe(Subject(short, Remembering()), {"test": TEXTS}, engine, seed=0)
    seen = estimates(list(observations))
    assert "reads at most 64 tokens" in seen["flops_128"].reason
    assert "reads at most 64 tokens" in seen["peak_memory"].reason
    assert seen["latency_p50"].status is Status.MEASURED


def test_members_of_an_ensemble_cost_what_they_cost_together(llama, engine, monkeypatch):
    monkeypatch.setattr("leaderboard.axes.latency.observing.peak_memory", lambda *_: 123_456)
    other = dataclasses.replace(llama, module=copy.deepcopy(llama.module))
    one, two, thrice = (
        estimates(protocol(samples=1).observe(subject, {"test": TEXTS}, engine, seed=0))
        for subject in (
            Subject(llama, Remembering()),
            Subject(llama, Remembering(), members=(llama, other)),
            Subject(llama, Remembering(), members=(llama, llama, llama)),  # probes of one body
        )
    )
    costs = ("parameters", "weight_bytes", "flops_128")
    assert [two[name].value / one[name].value for name in costs] == [2, 2, 2]
    assert [thrice[name].value / one[name].value for name in costs] == [1, 1, 3]
    assert two["peak_memory"].reason == "the members of an ensemble are 2 models; the peak is measured of one"
    assert thrice["peak_memory"].value == 123_456


def test_fewer_than_ten_warm_ups_are_refused():
    with pytest.raises(ValueError, match="warm_up"):
        LatencyParameters(warm_up=9)


class TestLatencyKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol(samples=30)

    @pytest.fixture
    def subject(self, llama):
        return Subject(llama, Remembering())

    @pytest.fixture
    def splits(self):
        return {"test": TEXTS}

    @pytest.fixture
    def observations(self, observed):
        return observed
