import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import RequestError
from leaderboard.ranking.utilities import RANKING_COLUMNS
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.ranking.weighted_ranking import axis_utilities, parse_weights, rank
from leaderboard.store.frames import RESULT_COLUMNS, empty_estimates

MONDAY, TUESDAY = (datetime(2026, 5, day, tzinfo=UTC) for day in (4, 5))


def row(
    subject,
    task,
    metric,
    value,
    interval=(None, None),
    *,
    status="measured",
    at=MONDAY,
    headline=True,
    n=1000,
    version=1,
):
    declaration = METRICS[metric]
    low, high = interval
    return {
        "subject": subject,
        "model": subject,
        "recipe": "probe",
        "axis": declaration.axis.value,
        "task": task,
        "metric": metric,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "unit": declaration.unit,
        "better": declaration.better.value,
        "headline": headline,
        "status": status,
        "reason": "" if status == "measured" else "why",
        "environment": "cpu",
        "evaluated_at": at,
        "task_version": version,
    }


def frame(*rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(RESULT_COLUMNS)).astype(empty_estimates().dtypes.to_dict())


def scored(rows, weights=None, **options) -> dict[str, float]:
    """Scores by the axes that any of the rows is of."""
    axes = {each["axis"] for each in rows}
    weights = {axis: 0.0 for axis in Axis if axis not in axes} | (weights or {})
    ranking = rank(frame(*rows), weights, **options)
    return dict(zip(ranking["subject"], ranking["score"], strict=True))


def test_columns_name_every_axis_with_its_ends():
    ranking = rank(frame(row("a", "sst2", "accuracy", 0.8, (0.7, 0.9))), zero_but(1))
    assert tuple(ranking.columns) == RANKING_COLUMNS
    first = ranking.iloc[0]
    assert (first["accuracy"], first["accuracy_low"], first["accuracy_high"]) == pytest.approx((0.8, 0.7, 0.9))
    assert (first["rank"], first["axes_measured"]) == (1, "1/6")


def test_a_subject_that_lacks_a_weighted_axis_is_not_ranked_and_says_why():
    rows = frame(
        row("a", "sst2", "accuracy", 0.8),
        row("a", "members", "leak_auc", None, status="not_measured"),
        row("a", "speed", "latency_ratio", 1.0),
    )
    (lacking,) = rank(rows).to_dict("records")
    assert math.isnan(lacking["privacy"])
    assert pd.isna(lacking["rank"])
    assert math.isnan(lacking["score"])
    assert lacking["not_ranked"].startswith(
        "2 of 6 axes (ood: not measured; bias: not measured; privacy: members: why;"
    )
    assert lacking["axes_measured"] == "2/6"
    without = {axis: 0.0 for axis in Axis if axis not in {Axis.ACCURACY, Axis.LATENCY}}
    (ranked,) = rank(rows, without).to_dict("records")
    assert (ranked["rank"], ranked["not_ranked"]) == (1, "")
    assert ranked["score"] == pytest.approx((0.8 + 0.5) / 2)


def test_a_metric_that_is_not_installed_is_the_reason_why_its_axis_is_unknown():
    numbers = frame(row("a", "over", "accuracy", 0.1), row("a", "speed", "latency_ratio", 1.0))
    numbers["metric"] = numbers["metric"].replace("accuracy", "overconfidence")
    (lacking,) = rank(numbers).to_dict("records")
    assert "(accuracy: over: metric 'overconfidence' is not installed; ood: not measured;" in lacking["not_ranked"]


def test_bounds_count_an_unknown_axis_as_anything():
    ranking = rank(frame(row("a", "sst2", "accuracy", 0.8, (0.7, 0.9))), {Axis.ACCURACY: 3, Axis.OOD: 1, **zero_but(2)})
    first = ranking.iloc[0]
    assert math.isnan(first["score"])
    assert first["score_low"] == pytest.approx(3 * 0.7 / 4)
    assert first["score_high"] == pytest.approx((3 * 0.9 + 1) / 4)


def zero_but(first: int) -> dict[Axis, float]:
    return dict.fromkeys(list(Axis)[first:], 0.0)


def test_weights_weigh_axes():
    rows = [row("a", "sst2", "accuracy", 0.8), row("a", "speed", "latency_ratio", 1.0)]
    assert scored(rows, weights={Axis.ACCURACY: 3})["a"] == pytest.approx((3 * 0.8 + 0.5) / 4)
    assert scored(rows, weights={Axis.LATENCY: 0})["a"] == pytest.approx(0.8)
    assert scored(rows, weights={Axis.ACCURACY: 1e308, Axis.LATENCY: 1e308})["a"] == pytest.approx(0.65)


def test_axis_is_the_mean_over_tasks_then_over_metrics_by_their_weight():
    """Bias: stereotype preference at half weight, its tasks averaged first."""
    ranking = rank(
        frame(
            row("a", "crows", "stereotype_preference", 60.0),  # utility 0.8
            row("a", "stereoset", "stereotype_preference", 70.0),  # utility 0.6
            row("a", "templates", "relative_counterfactual_gap", 0.1),  # utility 0.9
            row("a", "sst2", "accuracy", 0.8),
        )
    )
    assert ranking.iloc[0]["bias_raw"] == pytest.approx((0.5 * 0.7 + 1.0 * 0.9) / 1.5)
    assert ranking.iloc[0]["bias"] == pytest.approx(0.8 * (0.5 * 0.7 + 1.0 * 0.9) / 1.5)


def test_metrics_that_only_inform_do_not_count():
    rows = [row("a", "sst2", "accuracy", 0.8), row("a", "sst2", "mcc", 0.1, headline=False)]
    assert scored(rows)["a"] == pytest.approx(0.8)


def test_newest_measurement_of_a_task_counts_and_a_later_failure_does_not_hide_it():
    rows = [
        row("a", "sst2", "accuracy", 0.9, at=TUESDAY),
        row("a", "sst2", "accuracy", 0.5, at=MONDAY),
        row("a", "sst2", "accuracy", None, status="failed", at=datetime(2026, 5, 6, tzinfo=UTC)),
    ]
    assert scored(rows)["a"] == pytest.approx(0.9)


def test_a_quick_look_does_not_hide_a_full_measurement_whenever_it_was_taken():
    full = row("a", "sst2", "accuracy", 0.9, n=1821, at=MONDAY)
    for at in (MONDAY - timedelta(days=1), TUESDAY):
        assert scored([full, row("a", "sst2", "accuracy", 0.5, n=10, at=at)])["a"] == pytest.approx(0.9)


def test_anchors_of_a_task_are_used_for_that_task():
    rows = [row("a", "sst2", "accuracy", 0.75), row("a", "qa", "accuracy", 0.75)]
    assert scored(rows, anchors={("sst2", "accuracy"): UtilityAnchors(0.5, 1.0)})["a"] == pytest.approx(
        (0.5 + 0.75) / 2
    )


def test_newest_version_of_a_task_counts_however_many_examples_an_older_one_had():
    rows = [
        row("a", "sst2", "accuracy", 0.2, n=1000, at=TUESDAY),
        row("a", "sst2", "accuracy", 0.8, n=100, version=2),
        row("b", "sst2", "accuracy", 0.6, n=1000),
    ]
    assert scored(rows) == pytest.approx({"a": 0.8, "b": 0.6})
    assert axis_utilities(rows[:2])[Axis.ACCURACY].value == pytest.approx(0.8)


def test_equal_scores_share_a_rank_and_are_ordered_by_name():
    rows = [row(name, "sst2", "accuracy", value) for name, value in [("c", 0.8), ("a", 0.5), ("b", 0.8), ("d", 0.1)]]
    ranking = rank(frame(*rows), zero_but(1))
    assert list(zip(ranking["rank"], ranking["subject"], strict=True)) == [(1, "b"), (1, "c"), (3, "a"), (4, "d")]


def test_utilities_of_one_subjects_rows_are_those_of_the_board():
    rows = [
        row("a", "sst2", "accuracy", 0.75, (0.7, 0.8)),
        row("a", "sst2", "accuracy", 0.2, n=10, at=TUESDAY),
        row("a", "sst2", "mcc", 0.1, headline=False),
        row("a", "speed", "latency_ratio", 1.0),
        row("a", "members", "leak_auc", None, status="not_measured"),
    ]
    own = {("sst2", "accuracy"): UtilityAnchors(0.5, 1.0)}
    result = axis_utilities(rows, own)
    assert result == axis_utilities(frame(*rows).to_dict("records"), own)
    assert list(result) == [Axis.ACCURACY, Axis.LATENCY]
    assert result[Axis.ACCURACY].value == pytest.approx(0.5)
    on_board = rank(frame(*rows), anchors=own).iloc[0]
    for axis, utility in result.items():
        ends = on_board[f"{axis}"], on_board[f"{axis}_low"], on_board[f"{axis}_high"]
        assert (utility.value, utility.low, utility.high) == ends
    assert axis_utilities([]) == {}


def test_subject_without_a_score_has_no_rank_and_stands_at_the_end():
    rows = frame(row("a", "sst2", "accuracy", None, status="failed"), row("b", "sst2", "accuracy", 0.0))
    ranking = rank(rows, zero_but(1))
    assert ranking["subject"].tolist() == ["b", "a"]
    last = ranking.iloc[1]
    assert pd.isna(last["rank"])
    assert math.isnan(last["score"])
    assert (last["score_low"], last["score_high"], last["axes_measured"]) == (0.0, 1.0, "0/6")


def test_nothing_measured_gives_an_empty_ranking():
    ranking = rank(empty_estimates())
    assert ranking.empty
    assert tuple(ranking.columns) == RANKING_COLUMNS


HEADLINES = sorted(metric.name for metric in METRICS.values() if metric.headline)
boards = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from(HEADLINES),
        st.tuples(*[st.floats(0.001, 100)] * 3).map(sorted),
        st.sampled_from(["measured", "measured", "not_measured"]),
    ),
    min_size=1,
    max_size=20,
).map(
    lambda drawn: frame(
        *(
            row(subject, task, metric, middle, (low, high), status=status)
            if status == "measured"
            else row(subject, task, metric, None, status=status)
            for subject, task, metric, (low, middle, high), status in drawn
        )
    )
)
weightings = st.dictionaries(st.sampled_from(list(Axis)), st.floats(0.1, 10))


@pytest.mark.slow
@given(boards, weightings, st.sampled_from(["a", "b", "c", "d"]))
def test_removing_a_subject_changes_neither_scores_nor_order_of_the_others(board, weights, gone):
    weights = {axis: 0.0 for axis in Axis if axis not in set(board["axis"])} | weights
    numbers = [name for name in RANKING_COLUMNS if name != "rank"]
    everyone, others = rank(board, weights), rank(board[board["subject"] != gone], weights)
    kept = everyone[everyone["subject"] != gone][numbers].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, others[numbers].reset_index(drop=True), check_exact=True)


@pytest.mark.slow
@given(boards, weightings)
def test_score_lies_between_its_bounds_and_all_in_0_to_1(board, weights):
    for result in rank(board, weights).to_dict("records"):
        assert -1e-12 <= result["score_low"] <= result["score_high"] <= 1 + 1e-12
        if not math.isnan(result["score"]):
            assert result["score_low"] - 1e-12 <= result["score"] <= result["score_high"] + 1e-12


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["accuracy"], "write AXIS=W"),
        (["acuracy=1"], "unknown axis 'acuracy'(.|\n)*Did you mean 'accuracy'"),
        (["accuracy=much"], "'much' is not a number"),
        (["accuracy=-1"], "a weight is 0 or a positive number"),
        (["accuracy=nan"], "a weight is 0 or a positive number"),
        (["accuracy=inf"], "a weight is 0 or a positive number"),
        ([f"{axis}=0" for axis in Axis], "every axis has weight 0"),
    ],
)
def test_wrong_weights_are_explained(texts, message):
    with pytest.raises(RequestError, match=message):
        rank(empty_estimates(), parse_weights(texts))


def test_weights_are_read_from_flags():
    assert parse_weights(["accuracy=2", "OOD=0.5"]) == {Axis.ACCURACY: 2.0, Axis.OOD: 0.5}
