"""Every column of every table with every value that a stranger may put there: named and refused, or harmless."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.errors import LeaderboardError
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_for_reading, open_store
from leaderboard.store.errors import DamagedStoreError
from leaderboard.store.frames import adapted_subjects, estimates_frame, task_definitions
from leaderboard.store.gates import gate_runs, record_gate
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import all_results
from leaderboard.store.row_checks import LONGEST_LINE, LONGEST_TEXT
from leaderboard.store.studies import create_study, studies, trials, write_trial
from leaderboard.store.subject_history import board_subjects, evaluations_of, last_observations, related_subjects
from leaderboard.store.tables import Table
from tests.synthetic.records import (
    environment_record,
    evaluation_record,
    gate_run_record,
    study_record,
    trial_record,
)

HOSTILE = (
    "NULL",
    "''",
    "'abc'",
    "x'ff00'",
    "CAST(x'ff' AS TEXT)",
    "0",
    "-1",
    "1.5",
    "9223372036854775807",
    "9e999",
    "-9e999",
    "1e308",
    "'{}'",
    "'[]'",
    "'[1, 2'",
    "'{\"a\": NaN}'",
    "'{\"a\": 1e999}'",
    '\'{"a": "\\ud800"}\'',
    "'{\"a\": 99999999999999999999}'",
    '\'{"name": "x", "data": {"same_as": "x"}}\'',
    '\'{"anchors": {"accuracy": 3}}\'',
    "'9999-12-31 23:59:59.999999'",
    "'0000-01-01 00:00:00.000000'",
    "'2026-02-30 00:00:00.000000'",
    "'a' || char(0) || 'b'",
    "char(27) || '[31m' || char(10) || '=cmd'",
    "printf('%.*c', 2000000, 'x')",
    "'{\"a\":' || replace(hex(zeroblob(900)), '00', '[') || replace(hex(zeroblob(900)), '00', ']') || '}'",
)
COLUMNS = [
    (table.name, column.name)
    for table in Table.metadata.sorted_tables
    for column in table.columns
    if table.name != "lease"
]


def _fill(store) -> None:
    run = store.start_run({"suite": None}, environment_record())
    for model, value in (("good", 0.9), ("poor", 0.6)):
        measured = Estimate.measured(value, (value - 0.05, value + 0.05), n=200, method="Wilson 95 %")
        observations = [("a", {"label": 1, "log_probabilities": [-1.0, -0.5]}), ("b", {"label": 0})]
        store.record(
            run, evaluation_record(model, notes=("a note",)), [EstimateRecord(ACCURACY, measured)], observations
        )
    create_study(store, study_record())
    write_trial(store, "better", trial_record(0))
    write_trial(store, "better", trial_record(1, parent=0))
    record_gate(store, gate_run_record())


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("damage") / "written.db"
    store = open_store(f"sqlite:///{file}")
    _fill(store)
    store.close()
    return file


def read_all(url: str) -> None:
    """Everything that pages and commands read."""
    store = open_for_reading(url)
    assert store is not None
    try:
        estimates_frame(store)
        task_definitions(store)
        adapted_subjects(store)
        labels = [subject.label for subject in all_results(store)]
        assert set(labels) <= set(board_subjects(store))
        for subject in all_results(store):
            for each in evaluations_of(store, subject.identity):
                last_observations(store, [each.evaluation.identity])
                store.observations_of(each.evaluation.identity)
            related_subjects(store, subject.model.name)
        gate_runs(store)
        for each in studies(store):
            trials(store, each.study.name)
    finally:
        store.close()


def put(file: Path, table: str, column: str, value: str) -> bool:
    """Put an SQL value into the first row of a table, whatever its checks say; False where SQLite itself refuses."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        try:
            connection.execute(
                f'UPDATE "{table}" SET "{column}" = {value} WHERE rowid = (SELECT min(rowid) FROM "{table}")'  # noqa: S608 - a test's own names
            )
        except sqlite3.IntegrityError:
            return False
    return True


def tried(written: Path, folder: Path, table: str, column: str, value: str) -> None:
    file = Path(shutil.copy(written, folder / "store.db"))
    if put(file, table, column, value):
        message = ""
        try:
            read_all(f"sqlite:///{file}")
        except LeaderboardError as error:
            message = str(error)
        # A study is looked for by its name as it is shown, which is not that of a hostile one.
        assert message.startswith(("sqlite:///", "the store is damaged", "unknown study")) or not message
        assert len(message) < 3000
    for each in folder.glob("store.db*"):
        each.unlink()


def test_a_store_of_ours_has_no_damage(written):
    read_all(f"sqlite:///{written}")


@pytest.mark.slow
@settings(max_examples=20, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=st.sampled_from(COLUMNS), value=st.sampled_from(HOSTILE))
def test_no_cell_ends_a_reading_with_anything_but_one_message(written, tmp_path, cell, value):
    tried(written, tmp_path, *cell, value)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_value_of_a_column_ends_a_reading_with_anything_but_one_message(written, tmp_path, table, column):
    for value in HOSTILE:
        tried(written, tmp_path, table, column, value)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(time=st.datetimes().filter(lambda time: 1900 <= time.year < 9000))
@example(time=datetime.fromisoformat("2026-11-29 16:44:07.999608"))
@example(time=datetime.fromisoformat("2026-12-31 23:59:59.999999"))
def test_every_time_is_a_time(written, tmp_path, time):
    """SQLite rounds a time to the next second from its last half of a millisecond on: one in two thousand."""
    file = Path(shutil.copy(written, tmp_path / "store.db"))
    assert put(file, "run", "started_at", f"'{time:%Y-%m-%d %H:%M:%S.%f}'")
    store = open_for_reading(f"sqlite:///{file}")
    assert store is not None
    store.close()


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("estimate", "value", "'abc'", "estimate 1/accuracy/: value is not a finite number within its bounds"),
        ("estimate", "value", "9e999", "value is not a finite number"),
        ("estimate", "low", "2.0", "violates the constraint ck_estimate_interval_is_ordered"),
        ("estimate", "n", "9223372036854775807", "n is not a whole number within its bounds"),
        ("estimate", "better", "'sideways'", "better is not a known value"),
        ("estimate", "reason", f"printf('%.*c', {LONGEST_TEXT + 1}, 'x')", "reason is not a text of valid length"),
        ("model", "name", f"printf('%.*c', {LONGEST_LINE + 1}, 'x')", "model 1: name is not a text of valid length"),
        ("evaluation", "started_at", "'9999-12-31 23:59:59.999999'", "started_at is not a time between 1900 and 8999"),
        ("evaluation", "notes", "'{}'", "evaluation 1: notes: is an object, where a list of texts is needed"),
        ("evaluation", "task_id", "77", "evaluation row 1: refers to a missing row of task"),
        ("task", "definition", "'[]'", "task 1: definition: is a list, where an object with keys is needed"),
        ("task", "definition", '\'{"data": {"labels": 5}}\'', "task 1: definition: data.labels"),
        ("trial", "violations", '\'{"a": "b"}\'', "violations: 'a' is a text, where a number or null is needed"),
        ("gate_run", "config", "'[1, 2'", "gate_run 1: config: line 1"),
    ],
)
def test_a_damaged_row_is_named_with_what_is_wrong(written, tmp_path, table, column, value, message):  # noqa: PLR0917 - a case
    file = Path(shutil.copy(written, tmp_path / "store.db"))
    assert put(file, table, column, value)
    for opened in (open_for_reading, open_store):
        with pytest.raises(DamagedStoreError) as caught:
            opened(f"sqlite:///{file}")
        assert message in str(caught.value)


def test_many_damaged_rows_are_counted_and_few_are_reported(written, tmp_path):
    file = Path(shutil.copy(written, tmp_path / "store.db"))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE estimate SET value = 'abc', low = 'a', high = 'b', n = -1")
    with pytest.raises(DamagedStoreError, match=r"and \d+ more") as caught:
        open_store(f"sqlite:///{file}")
    assert len(str(caught.value).splitlines()) < 12


@pytest.mark.parametrize(
    ("column", "value"),
    [("data", "'[1]'"), ("data", "'{\"a\": NaN}'"), ("data", "7"), ("position", "5"), ("example_id", "x'ff00'")],
)
def test_what_was_seen_is_checked_when_it_is_read(written, tmp_path, column, value):
    file = Path(shutil.copy(written, tmp_path / "store.db"))
    assert put(file, "observation", column, value)
    store = open_store(f"sqlite:///{file}")
    with pytest.raises(DamagedStoreError):
        store.observations_of(evaluation_record("good").identity)
    store.close()


def test_two_rows_of_one_identity_are_damage(written, tmp_path):
    file = Path(shutil.copy(written, tmp_path / "store.db"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        rule = "CONSTRAINT uq_model_identity UNIQUE (identity)"
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ?, 'CHECK (1)') WHERE name = 'model'", [rule])
        connection.execute("DELETE FROM sqlite_master WHERE name = 'sqlite_autoindex_model_1'")
        connection.commit()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE model SET identity = (SELECT min(identity) FROM model)")
    with pytest.raises(DamagedStoreError, match="several rows have the identity"):
        open_store(f"sqlite:///{file}")
