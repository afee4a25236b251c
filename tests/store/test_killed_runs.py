"""Runs whose process was killed: none stays `running` for ever, and no trial of theirs is shown as running."""

import pytest
from sqlalchemy import text

from leaderboard.store.killed_runs import STUDY
from leaderboard.store.process_ids import process_id
from leaderboard.store.records import RunStatus, TrialState
from leaderboard.store.studies import create_study, current_trials, studies, trials, write_trial
from tests.synthetic.records import environment_record, running_trial, study_record

HOST, NUMBER, BEGAN = process_id().split(":")
KILLED, ELSEWHERE = f"{HOST}:{NUMBER}:1", f"{'0' * 12}:{NUMBER}:{BEGAN}"


def statuses(store):
    with store.reading() as session:
        return [row.status for row in session.execute(text("SELECT status FROM run ORDER BY id"))]


def held_by(store, run_id, holder):
    with store.writing("a test") as session:
        session.execute(
            text("UPDATE lease SET holder = :holder WHERE evaluation_identity = :run"),
            {"holder": holder, "run": f"run:{run_id}"},
        )


def leases(store):
    with store.reading() as session:
        return session.execute(text("SELECT count(*) FROM lease")).scalar_one()


def test_a_killed_run_is_interrupted_when_the_next_one_starts(store):
    held_by(store, store.start_run({}, environment_record()), KILLED)
    assert statuses(store) == ["running"]
    store.end_run(store.start_run({}, environment_record()), RunStatus.FINISHED)
    assert statuses(store) == ["interrupted", "finished"]
    assert leases(store) == 0


@pytest.mark.parametrize("holder", [process_id(), ELSEWHERE], ids=["this process", "another machine"])
def test_a_run_that_may_be_alive_is_left_alone(store, holder):
    held_by(store, store.start_run({}, environment_record()), holder)
    store.start_run({}, environment_record())
    assert statuses(store) == ["running", "running"]


def test_a_run_of_an_earlier_version_that_is_alive_still_says_how_it_ended(store):
    old = store.start_run({}, environment_record())
    with store.writing("a test") as session:
        session.execute(text("DELETE FROM lease"))
    store.start_run({}, environment_record())
    assert statuses(store) == ["interrupted", "running"]
    store.end_run(old, RunStatus.FINISHED)
    assert statuses(store) == ["finished", "running"]


@pytest.fixture
def searching(store):
    """A store with a search of one running trial, and the number of its run."""
    create_study(store, study_record())
    write_trial(store, "better", running_trial(0))
    return store.start_run({STUDY: "better"}, environment_record())


def shown(store):
    (trial,), (overview,) = current_trials(store, "better"), studies(store)
    assert overview.trials[trial.state] == sum(overview.trials.values()) == 1
    return trial


def test_the_trial_of_a_search_is_running_as_long_as_its_process_is(store, searching):
    assert shown(store).state is TrialState.RUNNING
    held_by(store, searching, KILLED)
    assert shown(store).state is TrialState.FAILED
    assert "was killed" in shown(store).reason
    (stored,) = trials(store, "better")
    assert stored.state is TrialState.RUNNING  # which is what a resumed search looks for
    store.start_run({STUDY: "better"}, environment_record())
    assert shown(store).state is TrialState.RUNNING
