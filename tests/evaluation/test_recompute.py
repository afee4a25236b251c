import pytest
from sqlalchemy import text

from leaderboard.evaluation.recompute import recompute
from leaderboard.store.failures import BusyStoreError
from leaderboard.store.frames import estimates_frame
from leaderboard.testing.tasks import small_task


@pytest.fixture
def measured(world, encoder_folder):
    world.run(world.plans(encoder_folder))
    return world


def test_estimates_come_back_from_observations_alone(measured):
    before = estimates_frame(measured.store)
    with measured.store._engine.begin() as connection:
        connection.execute(text("UPDATE estimate SET value = 0.123, low = 0, high = 1 WHERE status = 'measured'"))
    assert [reason for _, reason in recompute(measured.store, measured.catalogue())] == [""]
    after = estimates_frame(measured.store)
    assert after.drop(columns="evaluated_at").equals(before.drop(columns="evaluated_at"))


def test_a_metric_that_the_task_has_gained_since_is_estimated_too(measured):
    small_task(measured.tasks, metrics=["accuracy"])
    list(recompute(measured.store, measured.catalogue()))
    metrics = {name.partition(":")[0] for name in estimates_frame(measured.store)["metric"]}
    assert metrics == {"accuracy", "precision", "recall", "f1"}  # the last three are the report of every classification


def test_a_task_that_is_another_now_is_estimated_as_it_was(measured):
    small_task(measured.tasks, version=2, metrics=["accuracy"])
    list(recompute(measured.store, measured.catalogue()))
    assert {"mcc", "ece", "brier"} < set(estimates_frame(measured.store)["metric"])


def test_a_store_that_cannot_be_written_to_is_no_reason_to_keep_an_evaluation(measured, monkeypatch):
    def locked(*_, **__):
        raise BusyStoreError("another program keeps it locked")

    monkeypatch.setattr(measured.store, "replace_estimates", locked)
    with pytest.raises(BusyStoreError, match="keeps it locked"):
        list(recompute(measured.store, measured.catalogue()))


def test_observations_of_another_version_of_the_protocol_keep_their_estimates(measured, monkeypatch):
    monkeypatch.setattr("leaderboard.axes.accuracy.classification.Classification.version", 99)
    ((_, reason),) = recompute(measured.store, measured.catalogue())
    assert "is at version 99 now" in reason
    assert set(estimates_frame(measured.store)["status"]) == {"measured", "not_measured"}  # ECE needs 100 examples
