import pytest
from sqlalchemy import text

from leaderboard.evaluation import recompute as recompute_module
from leaderboard.evaluation.recompute import recompute
from leaderboard.store.errors import BusyStoreError
from leaderboard.store.frames import estimates_frame
from tests.synthetic.tasks import small_task


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


@pytest.mark.slow
def test_a_metric_that_the_task_has_gained_since_is_estimated_too(measured):
    small_task(measured.tasks, metrics=["accuracy"])
    list(recompute(measured.store, measured.catalogue()))
    metrics = {name.partition(":")[0] for name in estimates_frame(measured.store)["metric"]}
    of_every_classification = {"precision", "recall", "f1", "aurc", "bag_of_words", "over_bag_of_words"}
    assert metrics == {"accuracy", *of_every_classification}


def test_a_task_that_is_another_now_is_estimated_as_it_was(measured):
    small_task(measured.tasks, version=2, metrics=["accuracy"])
    list(recompute(measured.store, measured.catalogue()))
    assert {"mcc", "ece", "brier"} < set(estimates_frame(measured.store)["metric"])


@pytest.mark.slow
def test_a_store_that_cannot_be_written_to_is_no_reason_to_keep_an_evaluation(measured, monkeypatch):
    def locked(*_, **__):
        raise BusyStoreError("another program keeps it locked")

    monkeypatch.setattr(measured.store, "replace_all", locked)
    with pytest.raises(BusyStoreError, match="keeps it locked"):
        list(recompute(measured.store, measured.catalogue()))


@pytest.mark.slow
def test_observations_of_another_version_of_the_protocol_keep_their_estimates(measured, monkeypatch):
    before = estimates_frame(measured.store)
    monkeypatch.setattr("leaderboard.axes.accuracy.classification.Classification.version", 99)
    ((_, reason),) = recompute(measured.store, measured.catalogue())
    assert "is at version 99 now" in reason
    assert estimates_frame(measured.store).equals(before)


@pytest.mark.slow
def test_one_evaluation_that_cannot_be_stored_is_kept_and_the_others_are_replaced(world, encoder_folder, monkeypatch):
    small_task(world.tasks, name="other")
    world.run(world.plans(encoder_folder, names=("small", "other")))
    estimated = recompute_module.estimate_records

    def broken(wanted, measured, reported):
        numbers = estimated(wanted, measured, reported)
        calls.append(numbers)
        return [*numbers, numbers[0]] if len(calls) == 1 else numbers  # a metric comes twice

    calls = []
    monkeypatch.setattr(recompute_module, "estimate_records", broken)
    with world.store._engine.begin() as connection:
        connection.execute(text("UPDATE estimate SET value = 0.123, low = 0, high = 1 WHERE metric = 'accuracy'"))
    first, second = recompute(world.store, world.catalogue())
    assert "occurs twice" in first[1]
    assert second[1] == ""
    frame = estimates_frame(world.store, metrics=["accuracy"])
    wrong = frame[frame["value"] == 0.123]
    assert set(wrong["task"]) == {first[0].task.name}
    assert len(calls) == 2


@pytest.mark.slow
def test_evaluations_are_recomputed_some_at_a_time(world, encoder_folder, monkeypatch):
    names = ("small", "other", "third")
    for name in names[1:]:
        small_task(world.tasks, name=name)
    world.run(world.plans(encoder_folder, names=names))
    monkeypatch.setattr(recompute_module, "_EVALUATIONS_AT_ONCE", 2)
    batches = []
    replaced = world.store.replace_all
    monkeypatch.setattr(world.store, "replace_all", lambda numbers: (batches.append(len(numbers)), replaced(numbers)))
    assert [reason for _, reason in recompute(world.store, world.catalogue())] == [""] * 3
    assert batches == [2, 1]
    monkeypatch.setattr(recompute_module, "_EXAMPLES_AT_ONCE", 1)
    assert [reason for _, reason in recompute(world.store, world.catalogue())] == [""] * 3
    assert batches[2:] == [1, 1, 1]
