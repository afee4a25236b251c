"""A store of an older schema keeps all it has when it is opened."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text

import leaderboard.store
from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.gates import gate_runs, record_gate
from leaderboard.store.records import EstimateRecord, StoredObservation
from leaderboard.store.schema import newest_revision
from leaderboard.store.studies import create_study, trials, write_trial
from tests.synthetic.records import (
    environment_record,
    evaluation_record,
    gate_run_record,
    study_record,
    trial_record,
)

MEASURED = EstimateRecord(ACCURACY, Estimate.measured(0.9, (0.8, 0.95), n=100, method="Wilson 95 %"))


def moved(url: str, revision: str) -> None:
    """Take a database to an older revision, with foreign keys enforced wherever no table is copied."""
    config = Config()
    config.set_main_option("script_location", str(Path(leaderboard.store.__path__[0]) / "migrations"))
    for each, enforced in (("0005", "OFF"), (revision, "ON")):
        engine = create_engine(url)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.execute(f"PRAGMA foreign_keys = {enforced}")
            with connection.begin():
                config.attributes["connection"] = connection
                command.downgrade(config, each)
        engine.dispose()


def columns(engine: Engine, table: str) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text(f"SELECT * FROM {table}")).keys())  # noqa: S608 - a table's name


@pytest.fixture
def old(url):
    """A store of the first schema with one evaluation of a whole task; another was of a portion."""
    store = open_store(url)
    run_id = store.start_run({}, environment_record())
    store.record(run_id, evaluation_record(), [MEASURED], [("a", {"loss": 0.5})])
    store.record(run_id, evaluation_record(portion=Portion.SEARCH), [MEASURED], [("a", {"loss": 0.25})])
    store.close()
    moved(url, "0001")
    return url


def test_the_first_schema_knows_neither_portions_nor_studies(old):
    engine = create_engine(old)
    assert "portion" not in columns(engine, "evaluation")
    with engine.connect() as connection:
        assert not {"study", "trial", "trial_loss", "gate_run", "gate_rule"} & set(
            engine.dialect.get_table_names(connection)
        )
    engine.dispose()


def test_a_store_of_the_first_schema_is_migrated_and_keeps_every_number_and_observation(old):
    store = open_store(old)
    evaluation = evaluation_record()
    assert [(each.identity, each.portion) for each in store.evaluations()] == [(evaluation.identity, Portion.WHOLE)]
    assert estimates_frame(store)["value"].tolist() == [0.9]
    assert store.observations_of(evaluation.identity) == [StoredObservation("a", {"loss": 0.5})]
    assert (store.health().revision, store.health().problems) == (newest_revision(), ())
    store.close()


def test_a_store_of_the_second_schema_keeps_its_searches_and_can_keep_gates(url):
    store = open_store(url)
    create_study(store, study_record())
    write_trial(store, "better", trial_record())
    store.close()
    moved(url, "0002")
    store = open_store(url)
    record_gate(store, gate_run_record())
    assert trials(store, "better") == [trial_record()]
    assert gate_runs(store) == [gate_run_record()]
    assert (store.health().revision, store.health().problems) == (newest_revision(), ())
    store.close()


def test_a_store_of_the_third_schema_keeps_its_evaluations_which_have_no_notes(url):
    store = open_store(url)
    run_id = store.start_run({}, environment_record())
    store.record(run_id, evaluation_record(notes=("rows are computed one at a time",)), [MEASURED], [("a", {})])
    store.close()
    moved(url, "0003")
    store = open_store(url)
    assert [each.notes for each in store.evaluations()] == [()]
    assert estimates_frame(store)[["value", "notes"]].to_numpy().tolist() == [[0.9, ""]]
    store.close()


def test_a_store_of_the_fifth_schema_lists_the_axes_and_takes_any_axis_once_it_is_opened(url):
    store = open_store(url)
    run_id = store.start_run({}, environment_record())
    store.record(run_id, evaluation_record(), [MEASURED], [("a", {"loss": 0.5})])
    store.close()
    moved(url, "0005")
    assert "ck_task_axis" in checks_of_tasks(url)
    store = open_store(url)
    safety = EstimateRecord(
        Metric.recorded("refusal_rate", Axis.recorded("safety"), "probability", Better.HIGHER),
        Estimate.measured(0.5, None, n=3, method="exact"),
    )
    store.record(run_id, evaluation_record("good", "requests", axis=Axis.recorded("safety")), [safety], [("b", {})])
    assert estimates_frame(store)[["axis", "metric", "value"]].to_numpy().tolist() == [
        ["safety", "refusal_rate", 0.5],
        ["accuracy", "accuracy", 0.9],
    ]
    assert store.observations_of(evaluation_record().identity) == [StoredObservation("a", {"loss": 0.5})]
    assert (store.health().revision, store.health().problems) == (newest_revision(), ())
    store.close()
    assert checks_of_tasks(url) == {"ck_task_identity_is_a_digest", "ck_task_version_starts_at_one"}


def checks_of_tasks(url: str) -> set[str]:
    engine = create_engine(url)
    names = {str(check["name"]) for check in inspect(engine).get_check_constraints("task")}
    engine.dispose()
    return names
