"""Cold starts: their steps add up, and what cannot start alone says so."""

import dataclasses

import numpy as np
import pytest

from leaderboard.axes.latency.cold_start import ColdStartParameters, ColdStartTimes
from leaderboard.backends.local import cold_start as module
from leaderboard.backends.local.cold_start import TOKENS, cold_start
from leaderboard.backends.local.cost import TOKENS as PASS_TOKENS
from leaderboard.backends.subject import Subject
from leaderboard.backends.weights import ColdStart
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract
from tests.altering import alter


@pytest.fixture
def starts(monkeypatch):
    times = iter([ColdStart(2.0, 1.0, 0.1), ColdStart(2.2, 1.1, 0.1), ColdStart(2.4, 1.2, 0.1)] * 2)
    monkeypatch.setattr("leaderboard.backends.local.weights.cold_start", lambda _model, _threads: next(times))


@pytest.mark.usefixtures("starts")
def test_the_whole_time_is_the_sum_of_its_steps(causal):
    protocol = ColdStartTimes(ColdStartParameters())
    observations = list(protocol.observe(Subject(local_model(causal)), {}, seed=0))
    estimates = {each.part: each.estimate for each in protocol.estimate(observations)}
    assert estimates[""].value == pytest.approx(3.4)
    assert [estimates[part].value for part in ("import", "load", "first pass")] == pytest.approx([2.2, 1.1, 0.1])
    assert estimates[""].high - estimates[""].value == pytest.approx(4.3027 * 0.3 / np.sqrt(3), rel=1e-3)


@pytest.mark.parametrize(("script", "seconds"), [("printf 'Loading\\n1.5 0.25\\n'", (1.5, 0.25))])
def test_the_process_says_how_long_it_loads_and_runs(causal, tmp_path, monkeypatch, script, seconds):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    moments = iter([10.0, 12.0])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(moments))
    start = cold_start(causal, threads=1)
    assert (start.loading, start.first_pass) == seconds
    assert start.importing == pytest.approx(2.0 - sum(seconds))


def test_the_reason_of_a_failed_process_is_its_last_line(causal, tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nprintf 'Traceback\\nOSError: no weights' >&2\nexit 3\n")
    python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(NotMeasurableError, match="failed: OSError: no weights"):
        cold_start(causal, threads=1)


def test_models_that_no_process_starts_with_are_refused(causal):
    with pytest.raises(NotMeasurableError, match="altered after loading"):
        cold_start(alter(causal, drop_layers=1), threads=1)
    with pytest.raises(NotMeasurableError, match="reads at most 64 tokens"):
        cold_start(dataclasses.replace(causal, max_length=64), threads=1)
    two = (local_model(causal), local_model(dataclasses.replace(causal, module=object())))
    with pytest.raises(NotMeasurableError, match="members of an ensemble are 2 models"):
        Subject(two[0], members=two).weights().cold_start()


def test_the_first_pass_is_as_long_as_that_whose_memory_is_measured():
    assert TOKENS == PASS_TOKENS


@pytest.mark.slow
def test_a_fresh_process_imports_longer_than_it_loads_a_tiny_model(causal):
    start = cold_start(causal, threads=1)
    assert start.importing > start.loading > 0
    assert start.first_pass > 0


@pytest.mark.usefixtures("starts")
class TestColdStartKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return ColdStartTimes(ColdStartParameters())

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return {}
