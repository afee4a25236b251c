"""A search whose process is killed loses one trial, and tries that one again."""

import json
import os
import signal
import subprocess
import sys

import pytest

from leaderboard.store.processes import is_gone, this_process
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
said = json.loads(sys.argv[1])
run_search(
    open_store(said["store"]),
    Definition.model_validate(said["definition"]),
    "study",
    Effort(trials=4, threads=1, offline=True),
    catalogue=Catalogue([Path(said["tasks"])]),
)
"""


def kill(searching: Searching) -> None:
    said = {
        "store": searching.store.url,
        "tasks": str(searching.tasks),
        "definition": searching.definition().model_dump(mode="json"),
    }
    done = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(said)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.end_to_end
def test_a_killed_search_goes_on_with_the_trial_that_was_lost(searching: Searching) -> None:
    kill(searching)
    found = searching.search(searching.definition())
    assert found.trials[1].state is TrialState.FAILED
    assert found.trials[1].reason == "its process was killed; it is tried again"
    assert found.trials[2].parameters == found.trials[1].parameters
    assert [each.state for each in found.trials if each.number != 1] == [TrialState.COMPLETE] * 4


@pytest.mark.end_to_end
def test_a_point_that_kills_its_process_twice_has_failed(searching: Searching) -> None:
    kill(searching)
    kill(searching)
    found = searching.search(searching.definition())
    assert found.trials[2].state is TrialState.FAILED
    assert found.trials[2].reason == "its process was killed twice: it may need too much memory"
    assert found.trials[3].parameters != found.trials[2].parameters
    assert [each.state for each in found.trials].count(TrialState.COMPLETE) == 3


def test_a_process_is_known_by_its_number_and_its_beginning() -> None:
    here = this_process()
    host, number, began = here.rsplit(":", 2)
    assert not is_gone(here)
    assert is_gone(f"{host}:{number}:{float(began) - 100:.0f}")
    assert not is_gone(f"elsewhere:{number}:0")


@pytest.mark.parametrize("word", [os.uname().nodename])
def test_no_name_of_a_machine_is_kept(word: str) -> None:
    assert word not in this_process()
