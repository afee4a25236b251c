import math
from datetime import timedelta

import pytest

from leaderboard.axes.accuracy import ACCURACY, BRIER
from leaderboard.axes.axis import Axis
from leaderboard.axes.ood import OOD_ACCURACY, OOD_DROP
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.errors import RequestError
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.frames import RESULT_COLUMNS, empty_estimates, estimates_frame, task_definitions
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import NOON, evaluation_record


def measured(value: float) -> Estimate:
    return Estimate.measured(value, (value - 0.05, value + 0.05), n=200, method="Wilson 95 %")


@pytest.fixture
def filled(store, run_id):
    """One subject on three axes, another on one."""
    store.record(
        run_id,
        evaluation_record(),
        [EstimateRecord(BRIER, measured(0.2)), EstimateRecord(ACCURACY, measured(0.9))],
        [],
    )
    store.record(
        run_id,
        evaluation_record(task="shift", axis=Axis.OOD),
        [
            EstimateRecord(OOD_DROP, Estimate.measured(0.1, None, n=9, method="exact")),
            EstimateRecord(OOD_ACCURACY, measured(0.7), "tweets"),
            EstimateRecord(OOD_ACCURACY, measured(0.8), "amazon"),
            EstimateRecord(OOD_ACCURACY, measured(0.75)),
        ],
        [],
    )
    no_members = Estimate.not_measured("nothing was trained here")
    store.record(
        run_id,
        evaluation_record(task="members", axis=Axis.PRIVACY, status=Status.NOT_MEASURED, reason=no_members.reason),
        [EstimateRecord(LEAK_AUC, no_members)],
        [],
    )
    store.record(run_id, evaluation_record("small"), [EstimateRecord(ACCURACY, measured(0.6))], [])
    return store


def test_columns_are_the_documented_ones_in_their_order(filled):
    assert " ".join(estimates_frame(filled).columns) == (
        "subject model recipe axis task metric value low high n unit better headline status reason environment "
        "evaluated_at task_version notes imported_from"
    )


def test_rows_follow_subject_axis_task_and_headline_and_parts_follow_their_whole(filled):
    frame = estimates_frame(filled)
    assert list(zip(frame["model"], frame["axis"], frame["metric"], strict=True)) == [
        ("small", "accuracy", "accuracy"),
        ("tiny", "accuracy", "accuracy"),
        ("tiny", "accuracy", "brier"),
        ("tiny", "ood", "ood_accuracy"),
        ("tiny", "ood", "ood_accuracy:amazon"),
        ("tiny", "ood", "ood_accuracy:tweets"),
        ("tiny", "ood", "ood_drop"),
        ("tiny", "privacy", "leak_auc"),
    ]
    assert frame["headline"].tolist() == [True, True, False, True, False, False, False, True]


def test_a_row_says_everything_about_its_estimate(filled):
    row = estimates_frame(filled, models=["small"]).iloc[0]
    assert row["subject"] == "small/zero_shot"
    assert (row["value"], row["low"], row["high"], row["n"]) == (0.6, 0.6 - 0.05, 0.6 + 0.05, 200)
    assert (row["unit"], row["better"], row["status"], row["reason"]) == ("probability", "higher", "measured", "")
    assert row["environment"] == "cpu · 2 threads · float32"
    assert row["evaluated_at"] == NOON


def test_what_is_not_known_is_missing_and_never_zero(filled):
    row = estimates_frame(filled, metrics=["leak_auc"]).iloc[0]
    assert all(math.isnan(row[name]) for name in ("value", "low", "high"))
    assert (row["status"], row["reason"]) == ("not_measured", "nothing was trained here")


@pytest.mark.parametrize(
    ("filters", "metrics"),
    [
        ({"models": ["small"]}, ["accuracy"]),
        ({"models": ["package:small"]}, ["accuracy"]),
        ({"axes": [Axis.PRIVACY]}, ["leak_auc"]),
        ({"tasks": ["members", "shift"], "metrics": ["leak_auc", "ood_drop"]}, ["ood_drop", "leak_auc"]),
        ({"metrics": ["ood_accuracy"]}, ["ood_accuracy", "ood_accuracy:amazon", "ood_accuracy:tweets"]),
        ({"models": ["small"], "axes": [Axis.PRIVACY]}, []),
        ({"evaluations": [evaluation_record("small").identity]}, ["accuracy"]),
        ({"evaluations": []}, []),
        ({"headline": True, "axes": [Axis.ACCURACY, Axis.OOD]}, ["accuracy", "accuracy", "ood_accuracy"]),
    ],
)
def test_filters_keep_what_matches_all_of_them(filled, filters, metrics):
    frame = estimates_frame(filled, **filters)
    assert frame["metric"].tolist() == metrics
    assert frame.dtypes.equals(empty_estimates().dtypes)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"models": ["tinny"]}, "--model: unknown model 'tinny'(.|\n)*Did you mean 'tiny'"),
        ({"tasks": ["sst3"]}, "--task: unknown task 'sst3'(.|\n)*Did you mean 'sst2'"),
        ({"metrics": ["acuracy"]}, "--metric: unknown metric 'acuracy'(.|\n)*Did you mean 'accuracy'"),
    ],
)
def test_filter_that_nothing_has_is_an_error_with_the_nearest_name(filled, filters, message):
    with pytest.raises(RequestError, match=message):
        estimates_frame(filled, **filters)


def test_empty_store_gives_a_frame_with_all_columns(store):
    frame = estimates_frame(store)
    assert frame.empty
    assert tuple(frame.columns) == RESULT_COLUMNS


def test_definition_of_a_task_is_the_one_recorded_last(store, run_id):
    store.record(run_id, evaluation_record(definition={"version": 1}), [], [])
    later = evaluation_record(seed=1, started_at=NOON + timedelta(days=1), definition={"version": 2})
    store.record(run_id, later, [], [])
    assert task_definitions(store) == {"sst2": {"version": 2}}
