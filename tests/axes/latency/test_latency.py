import copy
import dataclasses

import numpy as np
import pytest
import torch

from leaderboard.axes.latency.answer_latency import LatencyParameters
from leaderboard.axes.latency.latency import Latency
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import NamedModel, local_model
from leaderboard.testing.protocols import ProtocolContract

pytestmark = pytest.mark.usefixtures("quiet_machine")
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
    return {measurement.metric.name: measurement.estimate for measurement in protocol().estimate(list(observations))}


@pytest.fixture(scope="module")
def observed(llama):
    with pytest.MonkeyPatch.context() as patch:  # its own tests start the process that measures it
        patch.setattr("leaderboard.backends.local.weights.peak_memory", lambda model, threads, use: 123_456 * threads)
        return list(protocol(samples=30).observe(Subject(local_model(llama), Remembering()), {"test": TEXTS}, seed=0))


def test_each_drawn_text_is_timed_once_and_the_model_counted(observed):
    of_the_model = [observation for observation in observed if observation.example_id.startswith("model:")]
    timed = [observation for observation in observed if observation not in of_the_model]
    named = ("peak_memory", "parameters", "weight_bytes", "flops_128")
    assert {observation.example_id for observation in of_the_model} == {f"model:{name}" for name in named}
    assert len({observation.example_id for observation in timed}) == len(timed) == 30
    assert all(observation.data["tokens"] == 3 and observation.data["seconds"] > 0 for observation in timed)


def test_quantiles_are_withheld_until_there_are_samples_enough(observed):
    results = estimates(observed)
    assert results["latency_p50"].status is results["latency_ratio"].status is Status.MEASURED
    assert results["latency_p95"].reason == "withheld: needs 100 samples, has 30"
    assert results["latency_p99"].reason == "withheld: needs 500 samples, has 30"


def test_exact_counts_have_no_interval(observed):
    count = estimates(observed)["parameters"]
    assert (count.low, count.method) == (None, "exact count")
    assert estimates(observed)["peak_memory"].value == 123_456
    assert estimates(observed)["weight_bytes"].value == 4 * count.value + 2 * 4 * 8  # and the angles of 8 frequencies


def test_a_cost_that_cannot_be_measured_leaves_the_times_standing(llama):
    short = dataclasses.replace(llama, max_length=64)
    observations = protocol(samples=30).observe(Subject(local_model(short), Remembering()), {"test": TEXTS}, seed=0)
    results = estimates(list(observations))
    assert "reads at most 64 tokens" in results["flops_128"].reason
    assert "reads at most 64 tokens" in results["peak_memory"].reason
    assert results["latency_p50"].status is Status.MEASURED


def test_members_of_an_ensemble_cost_what_they_cost_together(llama, monkeypatch):
    monkeypatch.setattr("leaderboard.backends.local.weights.peak_memory", lambda *_: 123_456)
    other = dataclasses.replace(llama, module=copy.deepcopy(llama.module))
    one, two, thrice = (
        estimates(protocol(samples=1).observe(subject, {"test": TEXTS}, seed=0))
        for subject in (
            Subject(local_model(llama), Remembering()),
            Subject(local_model(llama), Remembering(), members=(local_model(llama), local_model(other))),
            Subject(local_model(llama), Remembering(), members=(local_model(llama),) * 3),  # probes of one body
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


COSTS = ("peak_memory", "parameters", "weight_bytes", "flops_128")
TIMES = ("latency_ratio", "latency_p50", "latency_p90", "tokens_per_second")


@pytest.fixture
def measured(llama, monkeypatch):
    """What is measured with 100 samples of a subject, whose every part works unless it is broken."""
    monkeypatch.setattr("leaderboard.backends.local.weights.peak_memory", lambda *_: 123_456)

    def measure(classifier=None, model=llama):
        subject = Subject(local_model(model), classifier or Remembering())
        texts = [TextExample(id=f"test:{index}", text=f"text number {index}") for index in range(100)]
        return list(protocol(samples=100).observe(subject, {"test": texts}, seed=0))

    return measure


def broken(*_args, **_more):
    raise AssertionError("bmm: batch dimensions must match")


@pytest.mark.parametrize("name", ["flops", "parameters", "weight_bytes", "peak_memory"])
def test_a_cost_that_breaks_takes_nothing_else_with_it(measured, monkeypatch, name):
    monkeypatch.setattr(f"leaderboard.backends.local.weights.{name}", broken)
    results = estimates(measured())
    failed = "flops_128" if name == "flops" else name
    assert results[failed].reason == "AssertionError: bmm: batch dimensions must match"
    assert {each for each in (*COSTS, *TIMES) if results[each].status is Status.MEASURED} == {*COSTS, *TIMES} - {failed}


class BreaksAfter(Remembering):
    def __init__(self, answers):
        self.left = answers

    def answer(self, text):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("the energy meter is gone")
        return super().answer(text)


def test_timing_that_breaks_leaves_the_costs(measured):
    results = estimates(measured(BreaksAfter(0)))
    assert {results[each].reason for each in TIMES} == {"RuntimeError: the energy meter is gone"}
    assert {results[each].status for each in COSTS} == {Status.MEASURED}


def test_timing_that_breaks_late_leaves_what_was_timed(measured):
    observed = measured(BreaksAfter(1 + 8 * 10 + 90))
    assert estimates(observed)["latency_p50"].n == 90
    assert protocol().notes(observed)[0] == "timing ended after 90 samples: RuntimeError: the energy meter is gone"


def test_tokens_that_cannot_be_counted_cost_the_throughput_alone(measured):
    class Uncounted(Remembering):
        token_count = broken

    results = estimates(measured(Uncounted()))
    assert results["tokens_per_second"].status is Status.NOT_MEASURED
    assert {results[each].status for each in (*COSTS, *TIMES[:-1])} == {Status.MEASURED}


def test_an_estimate_that_breaks_takes_nothing_else_with_it(observed, monkeypatch):
    monkeypatch.setattr("leaderboard.axes.latency.metrics.ratio", broken)
    results = estimates(observed)
    assert results["latency_ratio"].reason == "AssertionError: bmm: batch dimensions must match"
    assert results["latency_p50"].status is Status.MEASURED


def test_samples_are_taken_in_rounds_each_with_a_warm_up(llama, monkeypatch):
    monkeypatch.setattr("leaderboard.backends.local.weights.peak_memory", lambda *_: 123_456)
    texts = []

    class Listening(Remembering):
        def answer(self, text):
            texts.append(text)
            return super().answer(text)

    before = {name: tensor.clone() for name, tensor in llama.module.named_parameters()}
    observations = list(protocol(samples=60).observe(Subject(local_model(llama), Listening()), {"test": TEXTS}, seed=0))
    rounds = [each.data["round"] for each in observations if "round" in each.data]
    assert [rounds.count(number) for number in range(8)] == [7, 8, 7, 8, 7, 8, 7, 8]
    assert [each.data["place"] for each in observations if "place" in each.data] == list(range(60))
    assert len(texts) == 1 + 8 * 10 + 60
    assert all(torch.equal(before[name], tensor) for name, tensor in llama.module.named_parameters())


@pytest.mark.parametrize(("load", "notes"), [(1.0, 0), (2.4, 0), (6.9, 1)])
def test_a_busy_machine_is_reported(observed, load, notes):
    busy = [dataclasses.replace(each, data={**each.data, "load": load, "cores": 2}) for each in observed]
    assert len(protocol().notes(busy)) == notes
    if notes:
        assert protocol().notes(busy)[0].startswith("timed while 6.9 processes wanted 2 CPU cores")


class TestLatencyKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol(samples=30)

    @pytest.fixture
    def subject(self, llama):
        return Subject(local_model(llama), Remembering())

    @pytest.fixture
    def splits(self):
        return {"test": TEXTS}

    @pytest.fixture
    def observations(self, observed):
        return observed


def test_a_model_that_runs_elsewhere_has_times_and_neither_costs_nor_a_ratio():
    results = estimates(protocol(samples=30).observe(Subject(NamedModel(), Remembering()), {"test": TEXTS}, seed=0))
    assert results["latency_p50"].status is Status.MEASURED
    assert results["latency_ratio"].status is Status.NOT_MEASURED
    assert {results[name].reason for name in COSTS} == {"the weights of some model are not on this machine"}
