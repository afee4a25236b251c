import sqlite3
from contextlib import closing

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.errors import LeaderboardError
from leaderboard.stats.intervals import proportion
from leaderboard.store.change_detection import ChangeDetector
from leaderboard.store.database import open_for_reading, open_store
from leaderboard.store.errors import UnreadableReason, UnreadableStoreError
from leaderboard.store.records import EstimateRecord
from leaderboard.store.subject_properties import subject_properties
from tests.synthetic.records import environment_record, evaluation_record


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/a.db"


def record(store, model):
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record(model), [EstimateRecord(ACCURACY, proportion(6, 9))], [])


def test_a_store_opened_for_reading_cannot_be_written(url):
    open_store(url).close()
    reader = open_for_reading(url)
    with pytest.raises(LeaderboardError, match="is not writable"):
        reader.start_run({}, environment_record())
    reader.close()


def test_reading_makes_no_file(url, tmp_path):
    assert open_for_reading(url) is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_tables_holds_nothing(url, tmp_path):
    (tmp_path / "a.db").touch()
    assert open_for_reading(url) is None


def test_an_older_schema_is_told_and_not_migrated(url, tmp_path):
    open_store(url).close()
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.execute("UPDATE leaderboard_schema SET version_num = '0001'")
    with pytest.raises(UnreadableStoreError, match="older leaderboard") as caught:
        open_for_reading(url)
    assert caught.value.why is UnreadableReason.OLDER


def test_a_reader_sees_what_is_written_meanwhile(url):
    writer = open_store(url)
    reader = open_for_reading(url)
    assert reader.is_empty()
    record(writer, "new")
    assert not reader.is_empty()


def test_a_change_is_noticed_once_and_reading_is_none(url):
    writer = open_store(url)
    watch = ChangeDetector(url)
    first = watch.version()
    assert not open_for_reading(url).evaluations()
    assert watch.version() == first
    record(writer, "new")
    assert watch.version() != first
    assert watch.version() == watch.version()
    watch.close()


def test_facts_say_what_a_subject_is_made_of(url):
    store = open_store(url)
    record(store, "new")
    facts = subject_properties(store)
    assert facts.loc["new/zero_shot", ["model", "capability", "recipe", "device"]].tolist() == [
        "new",
        "causal",
        "zero_shot",
        "cpu",
    ]
    assert facts["size"].isna().all()
