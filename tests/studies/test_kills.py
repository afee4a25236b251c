"""A search whose process is killed loses one trial, and tries that one again."""

import json
import os
import signal
import subprocess
import sys

import pytest

from leaderboard.store.process_ids import has_ended, process_id
from leaderboard.store.records import TrialState
from tests.studies.conftest import Searching

KILLED = """
import json, os, signal, sys
from pathlib import Path
from leaderboard.recipes.probe import Probe
from leaderboard.store.database import open_store
from leaderboard.studies.definition import Definition
from leaderboard.studies.search import Effort, run_search
from leaderboard.tasks import Catalogue

make = Probe.make

def deadly(recipe, preparation):
    if recipe.c != 1.0:
        os.kill(os.getpid(), signal.SIGKILL)
    return make(recipe, preparation)

Probe.make = deadly
arguments = json.loads(sys.argv[1])
run_search(
    open_store(arguments["store"]),
    Definition.model_validate(arguments["definition"]),
    "study",
    Effort(trials=4, threads=1, offline=True),
    catalogue=Catalogue([Path(arguments["tasks"])]),
)
"""


def kill(searching: Searching) -> None:
    arguments = {
        "store": searching.store.url,
        "tasks": str(searching.tasks),
        "definition": searching.definition().model_dump(mode="json"),
    }
    done = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.end_to_end
def test_a_killed_search_goes_on_with_the_trial_that_was_lost(searching: Searching) -> None:
    kill(searching)
    stored = searching.search(searching.definition())
    assert stored.trials[1].state is TrialState.FAILED
    assert stored.trials[1].reason == "its process was killed; it is tried again"
    assert stored.trials[2].parameters == stored.trials[1].parameters
    assert [each.state for each in stored.trials if each.number != 1] == [TrialState.COMPLETE] * 4


@pytest.mark.end_to_end
def test_a_point_that_kills_its_process_twice_has_failed(searching: Searching) -> None:
    kill(searching)
    kill(searching)
    stored = searching.search(searching.definition())
    assert stored.trials[2].state is TrialState.FAILED
    assert stored.trials[2].reason == "its process was killed twice: it may need too much memory"
    assert stored.trials[3].parameters != stored.trials[2].parameters
    assert [each.state for each in stored.trials].count(TrialState.COMPLETE) == 3


def test_a_process_is_known_by_its_number_and_its_beginning() -> None:
    here = process_id()
    host, number, began = here.rsplit(":", 2)
    assert not has_ended(here)
    assert has_ended(f"{host}:{number}:{float(began) - 100:.0f}")
    assert not has_ended(f"elsewhere:{number}:0")


@pytest.mark.parametrize("word", [os.uname().nodename])
def test_no_name_of_a_machine_is_kept(word: str) -> None:
    assert word not in process_id()
