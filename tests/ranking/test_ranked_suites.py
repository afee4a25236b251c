"""Suites that a ranking knows: of the program, of files, and of what a store remembers."""

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.ranked_suites import bundled_suites, suite_names, suites_of_store
from leaderboard.ranking.suites import stored_tables
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import EstimateRecord
from leaderboard.tasks.recorded import NOTED
from tests.synthetic.records import environment_record, evaluation_record

MINE = {"name": "mine", "adapt_to": "sst2", "tasks": {"reviews": ["accuracy", "metric_of_a_plugin"]}}


@pytest.fixture
def store(tmp_path):
    """With one subject that was measured on the task of a suite that the program does not have."""
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    run = store.start_run({"suite": "mine.yaml", NOTED: MINE}, environment_record())
    measured = Estimate.measured(0.9, (0.8, 0.95), n=200, method="Wilson 95 %")
    store.record(run, evaluation_record("good", "reviews"), [EstimateRecord(ACCURACY, measured)], [])
    return store


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("adapt_to: sst2\ntasks: [sst2]\n")
    return str(path)


def test_a_remembered_suite_ranks_by_the_metrics_that_are_known_here(store):
    mine = {suite.name: suite for suite in suites_of_store(store)}["mine"]
    assert mine.pairs == {("reviews", "accuracy")}
    assert len(suites_of_store(store)) == len(bundled_suites()) + 1


def test_results_rank_by_their_remembered_suite_without_its_file(store):
    (table,) = stored_tables(store, estimates_frame(store), ["mine"])
    assert (table.name, table.tasks, table.axes) == ("mine", ("reviews",), (Axis.ACCURACY,))


def test_a_suite_of_a_file_counts_before_the_remembered_one(store, file):
    assert suite_names([file, "core"]) == ["mine", "core"]
    mine = {suite.name: suite for suite in suites_of_store(store, [file])}["mine"]
    assert mine.pairs == {("sst2", "accuracy")}


def test_a_remembered_suite_never_takes_the_place_of_one_of_the_program(store):
    other = MINE | {"name": "core"}
    store.start_run({NOTED: other}, environment_record())
    assert suites_of_store(store)[: len(bundled_suites())] == bundled_suites()


def test_a_suite_that_nothing_was_measured_for_is_unknown(store):
    with pytest.raises(RequestError, match="unknown suite 'demo'"):
        stored_tables(store, estimates_frame(store), ["demo"])
