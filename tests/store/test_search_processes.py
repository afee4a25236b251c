"""Workers of one search, and Optuna's own tables beside ours: nothing lost, nothing half there."""

import signal
import subprocess
import sys

import optuna
import pytest
from sqlalchemy import create_engine, inspect

from leaderboard.errors import RequestError
from leaderboard.store.database import open_store
from leaderboard.store.schema import newest_revision
from leaderboard.store.studies import trials, write_trial
from tests.synthetic.records import running_trial, trial_record

pytestmark = pytest.mark.slow

TRIALS = 30
WORK = """
import sys
from leaderboard.store.database import open_store
from leaderboard.store.studies import create_study, write_trial
from tests.synthetic.records import running_trial, study_record, trial_record

url, first, last, step = sys.argv[1], *map(int, sys.argv[2:])
store = open_store(url)
create_study(store, study_record())
for number in range(first, last, step):
    write_trial(store, "better", running_trial(number))
    print(number, flush=True)
    write_trial(store, "better", trial_record(number, losses=(number / 7, -number)))
"""
KILL_ITSELF = """
import os, signal
from sqlalchemy import event
from sqlalchemy.engine import Engine

@event.listens_for(Engine, "after_cursor_execute")
def kill(connection, cursor, statement, parameters, context, many):
    if statement.startswith("INSERT INTO trial_loss"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def working(url: str, first: int, last: int, step: int = 1, *, before: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", before + WORK, url, str(first), str(last), str(step)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def complete(number: int):
    return trial_record(number, losses=(number / 7, -number))


def optuna_storage(url: str) -> optuna.storages.RDBStorage:
    connect_args = {"timeout": 30} if url.startswith("sqlite") else {}
    return optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": connect_args})


@pytest.fixture(autouse=True)
def _quiet_optuna():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


def test_workers_that_write_at_once_lose_nothing(url):
    """Two workers, each beginning the study; the second also writes every trial that the first writes."""
    for process in [working(url, 0, TRIALS, 2), working(url, 0, TRIALS)]:
        assert process.communicate()[1] == ""
    store = open_store(url)
    assert trials(store, "better") == [complete(number) for number in range(TRIALS)]
    assert store.health().problems == ()


def test_worker_killed_inside_a_write_leaves_its_trial_running_to_be_tried_again(url):
    store = open_store(url)
    process = working(url, 0, TRIALS, before=KILL_ITSELF)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert trials(store, "better") == [running_trial(0)]
    write_trial(store, "better", complete(0))
    assert trials(store, "better") == [complete(0)]
    assert store.health().problems == ()


def test_worker_killed_at_any_moment_loses_one_trial_at_most(url):
    store = open_store(url)
    process = working(url, 0, 100_000)
    for _ in range(10):
        process.stdout.readline()
    process.kill()
    output = max([9, *map(int, process.communicate()[0].split())])
    *whole, last = trials(store, "better")
    assert last.number in {output, output + 1}
    assert whole == [complete(number) for number in range(last.number)]
    assert last in (running_trial(last.number), complete(last.number))
    assert store.health().problems == ()


def test_optuna_keeps_its_tables_in_the_same_database_while_another_process_writes(store):
    process = working(store.url, 0, TRIALS)
    process.stdout.readline()
    toy = optuna.create_study(storage=optuna_storage(store.url), study_name="better", directions=["minimize"] * 2)
    toy.optimize(lambda trial: (trial.suggest_float("x", -1, 1) ** 2, float(trial.number)), n_trials=3)
    assert process.communicate()[1] == ""
    assert trials(store, "better") == [complete(number) for number in range(TRIALS)]
    again = optuna.load_study(storage=optuna_storage(store.url), study_name="better")
    assert [each.values[1] for each in again.trials] == [0, 1, 2]
    assert (store.health().revision, store.health().problems) == (newest_revision(), ())
    reopened = open_store(store.url)
    assert len(trials(reopened, "better")) == TRIALS
    reopened.close()


def test_a_database_that_optuna_began_is_left_to_it(url):
    optuna.create_study(storage=optuna_storage(url), study_name="own")
    with pytest.raises(RequestError, match=r"holds another program's tables \(alembic_version, studies,"):
        open_store(url)
    engine = create_engine(url)
    assert "evaluation" not in inspect(engine).get_table_names()
    engine.dispose()
