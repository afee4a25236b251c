from dataclasses import replace

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.identity import digest
from leaderboard.ranking.data_versions import data_version_remarks
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import environment_record, evaluation_record


@pytest.fixture
def filled(tmp_path):
    """Fills a store with one subject for each version of the data of a task."""

    def fill(*data, versions=(1, 1, 1)):
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        run = store.start_run({}, environment_record())
        for number, (each, version) in enumerate(zip(data, versions, strict=False)):
            record = evaluation_record(f"model{number}", "reviews", definition={"name": "reviews", "data": each})
            task = replace(record.task, identity=digest(["task", each, version]), version=version)
            measured = Estimate.measured(0.5, (0.4, 0.6), n=100, method="Wilson 95 %")
            store.record(run, replace(record, task=task), [EstimateRecord(ACCURACY, measured)], [])
        return store

    return fill


ONE, OTHER = ({"splits": {"test": {"source": {"sha256": letter * 64}}}} for letter in "ab")


def test_two_versions_of_the_data_of_a_task_are_reported(filled):
    (remark,) = data_version_remarks(filled(ONE, OTHER, OTHER), ["reviews", "sst2"])
    assert remark.startswith("'reviews' was measured on 2 versions of its data")


def test_one_version_and_other_tasks_are_not(filled):
    store = filled(ONE, ONE)
    assert data_version_remarks(store, ["reviews"]) == ()
    assert data_version_remarks(store, []) == ()


def test_an_earlier_version_of_the_task_does_not_count(filled):
    """Its numbers are in no table beside those of the newer version."""
    assert data_version_remarks(filled(ONE, OTHER, versions=(1, 2)), ["reviews"]) == ()


def test_borrowed_data_is_reported_with_its_owner(filled):
    assert data_version_remarks(filled({"same_as": "sst2"}, {"same_as": "sst2", "labels": ["a"]}), ["reviews"]) == ()
