import gc
import time

import pytest
import torch

from leaderboard.axes.latency.timing import Clock, interleave
from leaderboard.backends.local.reference_workload import Reference
from leaderboard.backends.progress import silent


@pytest.fixture
def clock(engine):
    return lambda reference: Clock(engine.quietly, lambda: None, reference)


def test_answers_and_reference_take_turns_after_the_warm_up(clock):
    calls = []
    samples = list(interleave(calls.append, ["a", "b"], clock(lambda: calls.append("reference")), warm_up=3))
    warm_up = ["a", "reference", "b", "reference", "a", "reference"]
    assert calls == [*warm_up, "a", "reference", "b", "reference"]
    assert len(samples) == 2


def test_a_sample_is_the_time_of_its_answer(clock):
    (sample,) = interleave(lambda _: time.sleep(0.02), ["a"], clock(lambda: time.sleep(0.01)), warm_up=0)
    assert 0.02 <= sample.seconds < 0.2
    assert 0.01 <= sample.reference_seconds < 0.2
    assert sample.load >= 0


def test_no_garbage_is_collected_and_no_progress_told_inside_an_answer(engine, clock):
    reports = []
    engine.progress = lambda stage, done, total: reports.append((stage, done, total))
    states = []
    list(
        interleave(
            lambda _: states.append((gc.isenabled(), engine.progress)), ["a", "b"], clock(lambda: None), warm_up=1
        )
    )
    assert states == [(False, silent)] * 3
    assert reports == [("timing", 1, 2)] * 2
    assert gc.isenabled()
    assert engine.progress is not silent


def test_a_failing_answer_restores_what_was_switched_off(clock):
    def fail(_):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(interleave(fail, ["a"], clock(lambda: None), warm_up=0))
    assert gc.isenabled()


def test_no_texts_give_no_samples(clock):
    assert list(interleave(lambda _: None, [], clock(lambda: None), warm_up=10)) == []


def test_the_reference_leaves_the_random_generator_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    Reference(torch.device("cpu"))()
    assert torch.equal(torch.rand(1), expected)


def test_the_reference_runs_after_every_third_answer_where_that_is_asked_for(clock):
    order = []
    samples = list(interleave(order.append, ["a"] * 7, clock(lambda: order.append("B")), warm_up=4, reference_every=3))
    assert "".join(order) == "aaaBa" + "aaaBaaaBa"
    assert [each.reference_seconds is not None for each in samples] == [False, False, True] * 2 + [False]


def test_an_answer_from_elsewhere_has_no_reference(engine):
    order = []
    samples = list(interleave(order.append, ["a"] * 2, Clock(engine.quietly, lambda: None, None), warm_up=1))
    assert order == ["a"] * 3
    assert [each.reference_seconds for each in samples] == [None, None]
