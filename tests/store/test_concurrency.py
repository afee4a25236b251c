"""Several processes, and processes that are killed: nothing lost, nothing counted twice, nothing half there."""

import signal
import subprocess
import sys
import time

import pytest

from leaderboard.store.database import open_store
from tests.synthetic.records import evaluation_record

pytestmark = pytest.mark.slow

OBSERVATIONS = 500
RECORD = f"""
import sys
from leaderboard.axes.accuracy import ACCURACY
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord, RunStatus
from tests.synthetic.records import environment_record, evaluation_record

url, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = open_store(url)
run = store.start_run({{}}, environment_record())
estimates = [EstimateRecord(ACCURACY, Estimate.measured(0.5, (0.4, 0.6), n=100, method="Wilson 95 %"))]
for seed in range(first, last):
    seen = ((str(number), {{"loss": number / 7}}) for number in range({OBSERVATIONS}))
    store.record(run, evaluation_record(seed=seed), estimates, seen)
    print(seed, flush=True)
store.end_run(run, RunStatus.FINISHED)
"""
KILL_ITSELF = """
import os, signal
from sqlalchemy import event
from sqlalchemy.engine import Engine

@event.listens_for(Engine, "after_cursor_execute")
def kill(connection, cursor, statement, parameters, context, many):
    if statement.startswith("INSERT INTO {table}"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def recording(url: str, first: int, last: int, *, before: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", before + RECORD, url, str(first), str(last)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_record_at_once_lose_nothing_and_count_nothing_twice(url):
    """Four processes, each sharing half of its evaluations with the next one, into a store none has opened before."""
    processes = [recording(url, first, first + 10) for first in (0, 5, 10, 15)]
    for process in processes:
        assert process.communicate()[1] == ""
    store = open_store(url)
    assert sorted(each.seed for each in store.evaluations()) == list(range(25))
    health = store.health()
    assert (health.estimates, health.observations, health.problems) == (25, 25 * OBSERVATIONS, ())


@pytest.mark.parametrize("table", ["model", "evaluation", "estimate", "observation"])
def test_process_killed_inside_a_record_leaves_nothing_of_it(url, table):
    process = recording(url, 0, 1, before=KILL_ITSELF.format(table=table))
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    store = open_store(url)
    health = store.health()
    assert (health.evaluations, health.estimates, health.observations, health.problems) == (0, 0, 0, ())
    assert recording(url, 0, 1).communicate() == ("0\n", "")
    assert store.evaluation(evaluation_record(seed=0).identity) is not None


def test_process_killed_at_any_moment_leaves_whole_evaluations_only(url):
    process = recording(url, 0, 100_000)
    assert process.stdout.readline() == "0\n"
    time.sleep(0.3)
    process.kill()
    output = [0, *map(int, process.communicate()[0].split())]
    store = open_store(url)
    kept = [each.seed for each in store.evaluations()]
    assert set(output) <= set(kept)  # what was said to be stored is
    assert len(kept) <= len(output) + 1
    health = store.health()
    assert (health.estimates, health.observations) == (len(kept), len(kept) * OBSERVATIONS)
    assert health.problems == ()
