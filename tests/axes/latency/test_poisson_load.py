"""Poisson arrivals against queueing theory, by a clock that only answers move."""

import math

import numpy as np
import pytest

from leaderboard.axes.latency.highest_rate import LoadRun, highest_rate, search_loads
from leaderboard.axes.latency.open_loop import SystemTimer, answer_arrivals, poisson_arrivals
from leaderboard.axes.latency.poisson_load import PoissonLoad, PoissonLoadParameters, load_observations
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract


class Queue:
    """A clock that waits at once; `work` takes time on it."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def wait_until(self, moment):
        self.time = max(self.time, moment)

    def work(self, seconds):
        self.time += seconds


def test_a_request_that_waits_is_late_by_its_waiting():
    """Two requests a second, of which the first takes three seconds: the others wait for it."""
    queue, services = Queue(), iter([3.0, 0.1, 0.1, 0.1])
    queue.time = 100.0
    times = answer_arrivals(lambda _: queue.work(next(services)), [0] * 4, np.array([0.5, 1.0, 1.5, 5.0]), queue)
    assert times.latencies == pytest.approx([3.0, 2.6, 2.2, 0.1])
    assert times.services == pytest.approx([3.0, 0.1, 0.1, 0.1])


@pytest.mark.parametrize("load", [0.3, 0.6])
def test_waiting_at_equal_times_of_service_is_that_of_an_m_d_1_queue(load):
    queue, n = Queue(), 20_000
    arrivals = poisson_arrivals(load, n, np.random.default_rng(0))
    latencies = answer_arrivals(lambda _: queue.work(1.0), [0] * n, arrivals, queue).latencies
    assert np.mean(latencies) - 1 == pytest.approx(load / (2 * (1 - load)), rel=0.05)  # Pollaczek-Khinchine


def measured(bound, requests, seed):
    """The highest rate of exponential times of service with mean 1."""
    queue, draws = Queue(), np.random.default_rng(1000 + seed)
    settings = PoissonLoadParameters(bound_s=bound, requests=requests, alone=1000)
    observations = load_observations(
        lambda _: queue.work(draws.exponential()), ["x"], settings,
        rng=np.random.default_rng(seed), timer=queue, progress=lambda: None,
    )  # fmt: skip
    numbers = PoissonLoad(settings).estimate(list(observations))
    return numbers[0].estimate


def test_the_highest_rate_of_exponential_times_of_service_is_that_of_an_m_m_1_queue():
    """The time in an M/M/1 queue is exponential with rate μ - λ, so that its 95th percentile is ln 20 / (μ - λ)."""
    estimate = measured(10.0, 6000, 0)
    theory = 1 - math.log(20) / 10
    assert estimate.value == pytest.approx(theory, abs=0.1)
    assert estimate.low <= theory <= estimate.high
    assert estimate.low > 0.3  # half of the highest load, where no higher one is significantly in time


@pytest.mark.slow
def test_nineteen_of_twenty_intervals_have_the_highest_rate_of_theory_in_them():
    theory = 1 - math.log(20) / 10
    estimates = [measured(10.0, 400, seed) for seed in range(60)]
    assert sum(each.low <= theory <= each.high for each in estimates) >= 55
    assert np.mean([each.value for each in estimates]) == pytest.approx(theory, abs=0.05)


def run(load, late, n=400):
    """A run of which every so many-th request takes 2 s, and the others 0.1 to 0.2 s."""
    latencies = np.random.default_rng(0).uniform(0.1, 0.2, n)
    latencies[: round(late * n)] = 2.0
    return LoadRun(10 * load, load, np.random.default_rng(1).permutation(latencies))


def test_the_search_closes_in_on_the_last_load_that_passes():
    tried = [each.load for each in search_loads(lambda load: run(load, load > 0.61), bound=1.0, percentile=0.95)]
    assert tried == pytest.approx([0.6, 0.9, 0.75, 0.65])


def test_a_search_without_a_significant_load_tries_half_of_the_highest():
    runs = search_loads(lambda load: run(load, 0.05 + (load > 0.61) / 2), bound=1.0, percentile=0.95)
    assert [each.load for each in runs] == pytest.approx([0.6, 0.9, 0.75, 0.65, 0.3])


@pytest.mark.parametrize("last", range(1, 26))
def test_no_load_is_tried_twice_wherever_the_search_ends(last):
    runs = search_loads(lambda load: run(load, 0.05 + (load > last / 20 + 0.01) / 2), bound=1.0, percentile=0.95)
    levels = [round(each.load * 20) for each in runs]
    assert len(set(levels)) == len(levels)


def test_the_interval_ends_at_significant_rates():
    runs = [run(0.3, 0.0), run(0.6, 0.05), run(0.65, 0.06), run(0.9, 0.5)]
    estimate = highest_rate(runs, bound=1.0, percentile=0.95)
    assert (estimate.low, estimate.value, estimate.high, estimate.n) == (3.0, 6.0, 9.0, 1600)


def test_without_significant_rates_the_interval_ends_at_none_and_beyond_the_capacity():
    estimate = highest_rate([run(0.6, 0.05), run(0.65, 0.06)], bound=1.0, percentile=0.95)
    assert (estimate.low, estimate.high) == (0.0, pytest.approx(12.5))


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([], "no requests"),
        ([run(0.05, 0.5)], "50% of the answers take longer than 1 s even at 0.5 requests per second, 5% of the cap"),
        ([run(1.2, 0.0)], "even at 120% of the capacity, since requests end before a queue has grown"),
    ],
)
def test_a_rate_that_cannot_be_found_is_not_measured(runs, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        highest_rate(runs, bound=1.0, percentile=0.95)


def test_too_few_requests_for_a_percentile_are_refused():
    with pytest.raises(ValueError, match="write `requests: 368` or more"):
        PoissonLoadParameters(percentile=0.99, requests=300)


def test_the_clock_of_the_machine_waits_until_a_moment_and_not_for_one_that_is_over():
    timer = SystemTimer()
    moment = timer.now() + 0.003
    timer.wait_until(moment)
    assert timer.now() >= moment
    timer.wait_until(moment - 10)


class TestPoissonLoadKeepsTheContract(ProtocolContract):
    class Classifier:
        labels = ("no", "yes")

        def answer(self, _text):
            return np.log([0.5, 0.5])

    @pytest.fixture
    def protocol(self, monkeypatch):
        queue, draws = Queue(), np.random.default_rng(0)
        monkeypatch.setattr(queue, "now", lambda: queue.work(draws.exponential(0.01)) or queue.time)
        monkeypatch.setattr("leaderboard.axes.latency.poisson_load.SystemTimer", lambda: queue)
        return PoissonLoad(PoissonLoadParameters(requests=200))

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal), self.Classifier())

    @pytest.fixture
    def splits(self):
        return {"test": [TextExample(id="a", text="a"), TextExample(id="b", text="b")]}
