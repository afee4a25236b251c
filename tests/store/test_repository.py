from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from sqlalchemy import text

from leaderboard.axes.accuracy import ACCURACY, MCC
from leaderboard.axes.ood import OOD_ACCURACY
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.errors import NotStorableError
from leaderboard.store.inserts import NewEvaluation
from leaderboard.store.records import EstimateRecord, RecipeRecord, RunStatus, StoredObservation, SubjectRecord
from leaderboard.store.results import all_results
from leaderboard.store.schema import newest_revision
from tests.synthetic.records import NOON, evaluation_record

MEASURED = Estimate.measured(0.9, (0.8, 0.95), n=100, method="Wilson 95 %")
ESTIMATES = [EstimateRecord(ACCURACY, MEASURED)]
SEEN = [("test-2", {"loss": 0.5, "label": 1}), ("test-1", {"loss": 1.5, "label": None})]


def rows(store, table: str) -> int:
    with store.reading() as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a table's name, written in this file


def test_evaluation_comes_back_as_it_was_recorded(store, run_id):
    recorded = evaluation_record(seed=3, limit=50, definition={"name": "sst2", "anchors": {}})
    store.record(run_id, recorded, ESTIMATES, SEEN)
    stored = store.evaluation(recorded.identity)
    assert (stored.subject, stored.status, stored.reason) == ("tiny/zero_shot", Status.MEASURED, "")
    assert (stored.seed, stored.limit, stored.duration_s) == (3, 50, 1.5)
    assert stored.task == recorded.task
    assert store.evaluations() == [stored]


def test_unknown_identity_is_none(store):
    assert store.evaluation("0" * 64) is None


def test_time_comes_back_in_utc_whatever_zone_it_was_in(store, run_id):
    tokyo = timezone(timedelta(hours=9))
    recorded = evaluation_record(started_at=datetime(2026, 5, 1, 21, tzinfo=tokyo))
    store.record(run_id, recorded, ESTIMATES, [])
    started = store.evaluation(recorded.identity).started_at
    assert (started, started.tzinfo) == (NOON, UTC)


def test_time_without_zone_is_refused(store, run_id):
    with pytest.raises(LeaderboardError, match="no time zone"):
        store.record(run_id, evaluation_record(started_at=datetime(2026, 5, 1)), ESTIMATES, [])  # noqa: DTZ001 - the point
    assert store.is_empty()


def test_observations_keep_their_order_and_their_content(store, run_id):
    recorded = evaluation_record()
    store.record(run_id, recorded, ESTIMATES, iter(SEEN))
    assert store.observations_of(recorded.identity) == [StoredObservation(*each) for each in SEEN]
    assert store.observations("tiny/zero_shot", "sst2") == store.observations_of(recorded.identity)
    assert store.observations(recorded.subject.identity[:6], "sst2") == store.observations_of(recorded.identity)


def test_first_measured_evaluation_of_an_identity_stays(store, run_id):
    first = evaluation_record()
    store.record(run_id, first, ESTIMATES, SEEN)
    again = [EstimateRecord(ACCURACY, Estimate.measured(0.1, None, n=1, method="exact"))]
    store.record(run_id, replace(first, duration_s=9), again, SEEN[:1])
    assert store.evaluation(first.identity).duration_s == 1.5
    assert (rows(store, "evaluation"), rows(store, "estimate"), rows(store, "observation")) == (1, 1, 2)


def test_not_measured_stays_too(store, run_id):
    first = evaluation_record(status=Status.NOT_MEASURED, reason="no classifier")
    store.record(run_id, first, [], [])
    store.record(run_id, evaluation_record(), ESTIMATES, SEEN)
    assert store.evaluation(first.identity).status is Status.NOT_MEASURED


def test_failed_evaluation_is_replaced_with_all_that_hung_on_it(store, run_id):
    failed = evaluation_record(status=Status.FAILED, reason="out of memory")
    store.record(run_id, failed, [EstimateRecord(ACCURACY, Estimate.failed("out of memory"))], SEEN[:1])
    store.record(run_id, evaluation_record(), [EstimateRecord(MCC, MEASURED)], SEEN)
    assert store.evaluation(failed.identity).status is Status.MEASURED
    assert (rows(store, "evaluation"), rows(store, "estimate"), rows(store, "observation")) == (1, 1, 2)


def test_two_evaluations_of_one_subject_share_its_rows(store, run_id):
    store.record(run_id, evaluation_record(task="sst2"), ESTIMATES, [])
    store.record(run_id, evaluation_record(task="imdb"), ESTIMATES, [])
    tables = ("model", "recipe", "subject", "task", "environment")
    assert {table: rows(store, table) for table in tables} == {
        "model": 1,
        "recipe": 1,
        "subject": 1,
        "task": 2,
        "environment": 1,
    }


def test_what_may_change_under_one_identity_is_brought_up_to_date(store, run_id):
    store.record(run_id, evaluation_record(seed=1, definition={"description": "old"}), ESTIMATES, [])
    store.record(run_id, evaluation_record(seed=2, definition={"description": "new"}), ESTIMATES, [])
    assert [each.task.definition for each in store.evaluations()] == [{"description": "new"}] * 2


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), np.float32(1), object()])
def test_observation_that_json_cannot_say_keeps_nothing(store, run_id, wrong):
    with pytest.raises(LeaderboardError, match="tiny/zero_shot on sst2: cannot be stored"):
        store.record(run_id, evaluation_record(), ESTIMATES, [("a", {"loss": 1.0}), ("b", {"loss": wrong})])
    assert store.is_empty()
    assert rows(store, "estimate") == 0


def test_example_that_comes_twice_is_named(store, run_id):
    with pytest.raises(LeaderboardError, match="example 'a' occurs twice"):
        store.record(run_id, evaluation_record(), ESTIMATES, [("a", {}), ("b", {}), ("a", {})])
    assert store.is_empty()


def test_metric_that_comes_twice_is_named(store, run_id):
    with pytest.raises(LeaderboardError, match=r"metric .*accuracy.* occurs twice"):
        store.record(run_id, evaluation_record(), ESTIMATES * 2, [])


def test_a_part_of_a_headline_metric_is_no_headline(store, run_id):
    parts = [EstimateRecord(OOD_ACCURACY, MEASURED), EstimateRecord(OOD_ACCURACY, MEASURED, "amazon")]
    store.record(run_id, evaluation_record(), parts, [])
    with store.reading() as session:
        stored = session.execute(text("SELECT part, headline FROM estimate ORDER BY part")).all()
    assert [(part, bool(headline)) for part, headline in stored] == [("", True), ("amazon", False)]


def test_status_without_its_reason_is_refused(store, run_id):
    with pytest.raises(LeaderboardError, match="reason_unless_measured"):
        store.record(run_id, evaluation_record(status=Status.FAILED, reason=""), [], [])


def test_evaluation_of_no_run_is_refused(store):
    with pytest.raises(LeaderboardError, match=r"cannot be stored: .*(?i:foreign key)"):
        store.record(7, evaluation_record(), ESTIMATES, [])
    assert store.is_empty()


def test_run_is_running_until_it_ended(store, run_id):
    with store.reading() as session:
        assert session.execute(text("SELECT status, ended_at FROM run")).one() == ("running", None)
    store.end_run(run_id, RunStatus.FINISHED)
    with store.reading() as session:
        status, ended = session.execute(text("SELECT status, ended_at FROM run")).one()
    assert status == "finished"
    assert ended is not None


def test_replaced_estimates_leave_observations_alone(store, run_id):
    recorded = evaluation_record()
    store.record(run_id, recorded, ESTIMATES, SEEN)
    redefined = replace(recorded.task, definition={"anchors": {"mcc": {"worst": 0, "best": 1}}})
    store.replace_estimates(recorded.identity, [EstimateRecord(MCC, MEASURED)], task=redefined)
    with store.reading() as session:
        assert session.scalars(text("SELECT metric FROM estimate")).all() == ["mcc"]
    assert len(store.observations_of(recorded.identity)) == 2
    assert store.evaluation(recorded.identity).task == redefined


def test_estimates_of_an_unknown_evaluation_cannot_be_replaced(store):
    with pytest.raises(RequestError, match="has no evaluation 0000"):
        store.replace_estimates("0" * 64, ESTIMATES)


def test_observations_are_of_the_newest_measured_evaluation(store, run_id):
    store.record(run_id, evaluation_record(seed=1, started_at=NOON), ESTIMATES, [("old", {})])
    store.record(run_id, evaluation_record(seed=2, started_at=NOON + timedelta(days=2)), ESTIMATES, [("new", {})])
    store.record(
        run_id,
        evaluation_record(seed=3, started_at=NOON + timedelta(days=3), status=Status.FAILED, reason="killed"),
        [],
        [],
    )
    assert [each.example_id for each in store.observations("tiny/zero_shot", "sst2")] == ["new"]


@pytest.mark.parametrize(
    ("subject", "task", "message"),
    [
        ("tinny/zero_shot", "sst2", "unknown subject 'tinny/zero_shot'(.|\n)*Did you mean 'tiny/zero_shot'"),
        ("tiny/zero_shot", "sst3", "unknown task 'sst3'(.|\n)*Did you mean 'sst2'"),
        ("other/zero_shot", "imdb", "'other/zero_shot' was not measured on task 'imdb': one class only"),
        ("other/zero_shot", "sst2", "'other/zero_shot' was not measured on task 'sst2'$"),
        ("", "sst2", "unknown subject ''"),
    ],
)
def test_observations_of_a_wrong_name_say_what_is_there(store, run_id, subject, task, message):
    store.record(run_id, evaluation_record(), ESTIMATES, SEEN)
    missing = evaluation_record("other", "imdb", status=Status.NOT_MEASURED, reason="one class only")
    store.record(run_id, missing, [], [])
    with pytest.raises(RequestError, match=message):
        store.observations(subject, task)


def test_subjects_that_share_a_name_are_told_apart_by_identity(store, run_id):
    first, second = evaluation_record(revision="1"), evaluation_record(revision="2")
    store.record(run_id, first, ESTIMATES, [("one", {})])
    store.record(run_id, second, ESTIMATES, [("two", {})])
    labels = {f"tiny/zero_shot#{each.subject.identity[:8]}" for each in (first, second)}
    assert {each.subject for each in store.evaluations()} == labels
    with pytest.raises(RequestError, match="is ambiguous") as error:
        store.observations("tiny/zero_shot", "sst2")
    assert all(label in str(error.value) for label in labels)
    observed = store.observations(f"tiny/zero_shot#{second.subject.identity[:8]}", "sst2")
    assert [each.example_id for each in observed] == ["two"]


def test_the_start_of_an_identity_still_means_its_subject_when_labels_say_more(store, run_id):
    first = evaluation_record()
    second = replace(
        first,
        identity="e" * 64,
        subject=SubjectRecord(identity="d" * 64, name=first.subject.name),
        recipe=RecipeRecord(identity="c" * 64, name="zero_shot", seed=1),
    )
    store.record(run_id, first, ESTIMATES, [("one", {})])
    store.record(run_id, second, ESTIMATES, [("two", {})])
    assert {each.subject for each in store.evaluations()} == {"tiny/zero_shot seed=0", "tiny/zero_shot seed=1"}
    for prefix in ("tiny/zero_shot seed=1", "tiny/zero_shot#dddddddd", "dddddddd"):
        assert [each.example_id for each in store.observations(prefix, "sst2")] == ["two"]
    with pytest.raises(RequestError, match="unknown subject"):
        store.observations("tiny/zero_shot#abcdef", "sst2")


def test_health_counts_and_finds_nothing_wrong(store, run_id):
    store.record(run_id, evaluation_record(), ESTIMATES, SEEN)
    health = store.health()
    assert health.revision == newest_revision()
    assert health.problems == ()
    assert (health.evaluations, health.estimates, health.observations) == (1, 1, 2)


def test_evaluations_that_are_recorded_together_come_back_each_as_its_own(store, run_id):
    new = [
        NewEvaluation(run_id, evaluation_record(model, "sst2"), ESTIMATES, tuple(SEEN[:count]))
        for model, count in (("one", 2), ("two", 0), ("three", 1))
    ]
    assert store.record_all(new) == [True] * 3
    observed = store.observations_of_all([each.evaluation.identity for each in new])
    assert [[(each.example_id, each.data) for each in stored] for stored in observed.values()] == [SEEN, [], SEEN[:1]]
    counts = {new[0].evaluation.identity: 2, new[2].evaluation.identity: 1}
    assert store.observation_counts() == counts
    assert rows(store, "estimate") == 3


def test_of_several_that_are_recorded_together_the_known_ones_stay(store, run_id):
    first, second = evaluation_record("one"), evaluation_record("two")
    store.record(run_id, first, ESTIMATES, SEEN)
    again = NewEvaluation(run_id, replace(first, duration_s=9), ESTIMATES, ())
    new = NewEvaluation(run_id, second, ESTIMATES, ())
    assert store.record_all([again, new, new]) == [False, True, False]
    assert store.evaluation(first.identity).duration_s == 1.5


def test_one_that_cannot_be_kept_keeps_out_those_recorded_together_with_it(store, run_id):
    good = NewEvaluation(run_id, evaluation_record("one"), ESTIMATES, ())
    bad = NewEvaluation(run_id, evaluation_record("two"), ESTIMATES, (("test-0", {"loss": float("nan")}),))
    with pytest.raises(NotStorableError, match="2 evaluations: cannot be stored"):
        store.record_all([good, bad])
    assert store.is_empty()


def test_the_latest_word_on_a_task_counts_within_one_transaction(store, run_id):
    old, new = ({"name": "sst2", "anchors": {"accuracy": {"worst": worst, "best": 1.0}}} for worst in (0.1, 0.5))
    store.record_all(
        [
            NewEvaluation(run_id, evaluation_record("one", definition=old), ESTIMATES, ()),
            NewEvaluation(run_id, evaluation_record("two", definition=new), ESTIMATES, ()),
        ]
    )
    assert {each.subject: each.task.definition for each in store.evaluations()} == dict.fromkeys(
        ("one/zero_shot", "two/zero_shot"), new
    )


def test_replacing_the_numbers_of_several_touches_no_other(store, run_id):
    three = [evaluation_record(name) for name in ("one", "two", "three")]
    store.record_all([NewEvaluation(run_id, each, ESTIMATES, ()) for each in three])
    other = Estimate.measured(0.1, None, n=5, method="exact")
    store.replace_all({each.identity: ([EstimateRecord(ACCURACY, other)], None) for each in three[:2]})
    values = [each.evaluations[0].estimates[0].estimate.value for each in all_results(store)]
    assert sorted(values) == [0.1, 0.1, 0.9]
