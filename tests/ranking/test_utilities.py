"""The arrays against the definition, number by number, written out in plain Python."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Scale
from leaderboard.errors import RequestError
from leaderboard.ranking.utilities import RANKING_COLUMNS, utilities
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.ranking.weighted_ranking import axis_utilities, rank
from leaderboard.store.frames import empty_estimates

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
NAMES = ["a", "b", "c", "d"]


def defined_utility(metric, value, anchors):
    worst, best = (anchors.worst, anchors.best) if anchors else (metric.worst, metric.best)
    if metric.better is Better.TARGET:
        share = 1 - abs(value - metric.target) / abs(worst - metric.target)
    elif metric.scale is Scale.LOG:
        along = math.log(value) if value > 0 else -math.inf
        share = (along - math.log(worst)) / (math.log(best) - math.log(worst))
    else:
        share = (value - worst) / (best - worst)
    return min(1.0, max(0.0, share))


def defined_ends(metric, row, anchors):
    here = defined_utility(metric, row["value"], anchors)
    if math.isnan(row["low"]):
        return here, here, here
    ends = [here] + [defined_utility(metric, row[end], anchors) for end in ("low", "high")]
    if metric.better is Better.TARGET and row["low"] <= metric.target <= row["high"]:
        ends.append(1.0)
    return here, min(ends), max(ends)


def defined_mean(weighted):
    pairs = list(weighted)
    return math.fsum(weight * value for weight, value in pairs) / math.fsum(weight for weight, _ in pairs)


def defined_axes(rows, anchors):
    """{axis: (value, low, high)} of one subject."""
    counts = {}
    measured = [row for row in rows if row["headline"] and row["status"] == "measured"]
    newest = {row["task"]: row["task_version"] for row in sorted(measured, key=lambda row: row["task_version"])}
    for row in measured:
        if row["task_version"] == newest[row["task"]]:
            key, weight = (row["task"], row["metric"]), (row["task_version"], row["n"], row["evaluated_at"])
            if key not in counts or weight >= counts[key][0]:
                counts[key] = weight, row
    utilities_by_axis, few = defaultdict(lambda: defaultdict(list)), set()
    for (task, name), (_, row) in counts.items():
        utilities_by_axis[METRICS[name].axis][name].append(defined_ends(METRICS[name], row, anchors.get((task, name))))
        if row["n"] < METRICS[name].minimum_n:
            few.add(METRICS[name].axis)
    raw = {
        axis: tuple(
            defined_mean(
                (METRICS[name].weight, defined_mean((1, each[end]) for each in tasks)) for name, tasks in of.items()
            )
            for end in range(3)
        )
        for axis, of in utilities_by_axis.items()
        if axis not in few
    }
    accuracy = raw.get(Axis.ACCURACY)
    scaled = {Axis.BIAS, Axis.PRIVACY, Axis.EXPLAINABILITY}
    times = {axis: accuracy if axis in scaled else (1, 1, 1) for axis in raw}
    return {axis: tuple(np.multiply(raw[axis], times[axis])) for axis in raw if times[axis]}


def defined_score(axes, weights):
    weighted_axes = [
        (weights.get(axis, 1.0), axes.get(axis, (math.nan,))[0]) for axis in Axis if weights.get(axis, 1.0)
    ]
    score = sum(weight * value for weight, value in weighted_axes) / math.fsum(weight for weight, _ in weighted_axes)
    everything = math.fsum(weights.get(axis, 1.0) for axis in Axis)
    bounds = [
        math.fsum(weights.get(axis, 1.0) * axes.get(axis, (0, 0.0, 1.0))[end] for axis in Axis) / everything
        for end in (1, 2)
    ]
    return score, *bounds


@st.composite
def measurements(draw):
    metric = METRICS[draw(st.sampled_from(sorted(name for name, each in METRICS.items() if each.headline)))]
    low, value, high = sorted(draw(st.tuples(*[st.floats(-2, 100)] * 3)))
    exact, measured = draw(st.booleans()), draw(st.sampled_from([True, True, True, False]))
    subject = draw(st.sampled_from(NAMES))
    return {
        "subject": subject,
        "model": subject.upper(),
        "recipe": "probe",
        "axis": metric.axis.value,
        "task": draw(st.sampled_from(["one", "two"])),
        "metric": metric.name,
        "value": value if measured else math.nan,
        "low": low if measured and not exact else math.nan,
        "high": high if measured and not exact else math.nan,
        "n": draw(st.sampled_from([10, 1000, 1000])),
        "unit": metric.unit,
        "better": metric.better.value,
        "headline": draw(st.sampled_from([True, True, True, False])),
        "status": "measured" if measured else "not_measured",
        "reason": "" if measured else "why",
        "environment": "cpu",
        "evaluated_at": MONDAY + timedelta(microseconds=draw(st.integers(0, 2))),
        "task_version": draw(st.integers(1, 2)),
    }


ANCHORS = {("one", "accuracy"): UtilityAnchors(0.5, 1.0), ("two", "latency_ratio"): UtilityAnchors(10.0, 1.0)}
boards = st.lists(measurements(), min_size=1, max_size=25)
weightings = st.dictionaries(st.sampled_from(list(Axis)), st.sampled_from([0.0, 0.3, 1.0, 7.5]), max_size=5)


def frame(rows):
    return pd.DataFrame(rows, columns=list(empty_estimates().columns)).astype(empty_estimates().dtypes.to_dict())


@pytest.mark.slow
@given(boards, weightings)
def test_arrays_say_what_the_definition_says(rows, weights):
    table = frame(rows)
    scored = utilities(table, ANCHORS)
    ranking = rank(table, weights, anchors=ANCHORS).set_index("subject")
    for place, subject in enumerate(scored.subjects):
        own = [row for row in rows if row["subject"] == subject]
        axes = defined_axes(own, ANCHORS)
        expected = np.array([axes.get(axis, (math.nan,) * 3) for axis in Axis])
        arrays = np.column_stack([scored.values[place], scored.low[place], scored.high[place]])  # noqa: PD011 - no frame
        np.testing.assert_allclose(arrays, expected, rtol=0, atol=1e-12)
        alone = axis_utilities(own, ANCHORS)
        assert {axis: (each.value, each.low, each.high) for axis, each in alone.items()} == {
            axis: tuple(arrays[column]) for column, axis in enumerate(Axis) if axis in axes
        }
        shown = ranking.loc[subject, ["score", "score_low", "score_high"]].to_numpy(dtype=float)
        np.testing.assert_allclose(shown, defined_score(axes, weights), rtol=0, atol=1e-12)


@pytest.mark.slow
@settings(max_examples=15)
@given(boards, weightings, st.sets(st.sampled_from(NAMES)))
def test_those_that_are_left_out_change_nothing_of_the_others(rows, weights, gone):
    scored = utilities(frame(rows), ANCHORS)
    kept = ~np.isin(scored.subjects.astype(str), list(gone))
    left = frame([row for row in rows if row["subject"] not in gone])
    pd.testing.assert_frame_equal(scored.ranked(weights, where=kept), utilities(left, ANCHORS).ranked(weights))


def test_no_estimates_have_no_utilities():
    scored = utilities(empty_estimates())
    assert (scored.values.shape, len(scored.subjects)) == ((0, 6), 0)  # noqa: PD011 - no frame
    assert tuple(scored.ranked().columns) == RANKING_COLUMNS


def test_a_value_that_is_not_finite_is_refused():
    rows = frame([dict(zip(empty_estimates().columns, ["a", "a", "p", "accuracy", "t", "accuracy"], strict=False))
                  | {"value": math.inf, "n": 1000, "headline": True, "status": "measured", "task_version": 1,
                     "evaluated_at": MONDAY}])  # fmt: skip
    with pytest.raises(ValueError, match="finite values, not inf"):
        utilities(rows)


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(RequestError, match="every axis has weight 0"):
        utilities(empty_estimates()).ranked(dict.fromkeys(Axis, 0.0))
