"""Contested metrics have at most a third of their axis, and numbers of built-in metrics are as they were."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import GROUP_FAIRNESS_SCORE, RELATIVE_COUNTERFACTUAL_GAP, STEREOTYPE_PREFERENCE
from leaderboard.axes.catalogue import METRICS, _problem
from leaderboard.axes.metric import Better
from leaderboard.ranking.contested_share import LARGEST_SHARE, axis_mean
from leaderboard.ranking.utility_scale import UtilityAnchors, utility
from leaderboard.ranking.weighted_ranking import axis_utilities
from leaderboard.ranking.weights import weighted_mean
from tests.ranking.test_weighted_ranking import row

UTILITIES = st.floats(0.0, 1.0)
WEIGHTS = st.floats(0.01, 100.0)
NAN = float("nan")


@st.composite
def axes(draw):
    """Metrics of an axis with any weights, of which one is not contested, and a utility of each; some not measured."""
    flags = [False, *draw(st.lists(st.booleans(), min_size=1, max_size=5))]
    metrics = [replace(STEREOTYPE_PREFERENCE, contested=flag, weight=draw(WEIGHTS)) for flag in flags]
    values = [draw(UTILITIES), *(draw(st.one_of(UTILITIES, st.just(NAN))) for _ in flags[1:])]
    return metrics, np.array([values])


@given(axes())
def test_contested_metrics_move_an_axis_by_a_third_at_most(axis):
    metrics, values = axis
    contested = np.array([metric.contested for metric in metrics]) & ~np.isnan(values[0])
    ends = [axis_mean(np.where(contested, end, values), metrics)[0] for end in (0.0, 1.0)]
    assert 0.0 <= ends[1] - ends[0] <= LARGEST_SHARE + 1e-9
    assert ends[0] - 1e-12 <= axis_mean(values, metrics)[0] <= ends[1] + 1e-12


@given(axes(), st.data())
def test_a_better_value_never_lowers_an_axis(axis, data):
    metrics, values = axis
    place = data.draw(st.integers(0, len(metrics) - 1))
    if np.isnan(values[0, place]):
        return
    better = values.copy()
    better[0, place] = data.draw(st.floats(values[0, place], 1.0))
    assert axis_mean(better, metrics)[0] >= axis_mean(values, metrics)[0] - 1e-12


@pytest.mark.parametrize("axis", list(Axis))
def test_numbers_of_built_in_metrics_are_those_of_their_weights(axis):
    """Bit by bit, whichever of the headline metrics of an axis were measured."""
    metrics = [metric for metric in METRICS.values() if metric.headline and metric.axis is axis]
    rng = np.random.default_rng(0)
    values = np.where(rng.random((64, len(metrics))) < 0.3, NAN, rng.random((64, len(metrics))))
    expected = weighted_mean(values, np.array([metric.weight for metric in metrics]))
    np.testing.assert_array_equal(axis_mean(values, metrics), expected)


def test_a_heavier_contested_metric_has_just_a_third():
    metrics = [replace(STEREOTYPE_PREFERENCE, weight=4.0), RELATIVE_COUNTERFACTUAL_GAP, GROUP_FAIRNESS_SCORE]
    assert axis_mean(np.array([[0.9, 0.3, 0.6]]), metrics)[0] == pytest.approx(0.9 / 3 + 0.45 * 2 / 3)
    assert axis_mean(np.array([[0.9, NAN, NAN]]), metrics)[0] == 0.9  # all that is known
    assert np.isnan(axis_mean(np.array([[NAN, NAN, NAN]]), metrics)[0])


def test_a_task_that_ranks_by_a_contested_metric_gives_it_a_third():
    """`headline: stereotype_score` of StereoSet has a weight of 1, as the relative gap beside it has."""
    rows = [
        row("m", "films", "accuracy", 1.0, (0.99, 1.0)),
        row("m", "stereoset", "stereotype_score", 50.0),
        row("m", "pairs", "relative_counterfactual_gap", 1.0),
    ]
    assert axis_utilities(rows)[Axis.BIAS].value == pytest.approx(1 / 3)


def test_contested_metrics_are_those_whose_caveat_says_so():
    contested = {name for name, metric in METRICS.items() if metric.contested}
    assert contested == {name for name, metric in METRICS.items() if "Validity contested" in metric.caveat}


@pytest.mark.parametrize("change", [{"better": Better.LOWER, "target": None}, {"axis": Axis.ACCURACY}])
def test_a_plug_in_may_not_minimise_what_has_an_ideal(change):
    """lm-evaluation-harness declares `pct_stereotype` as lower is better, which rewards the opposite stereotype."""
    assert _problem(STEREOTYPE_PREFERENCE) == ""
    assert "a contested metric that ranks has a `target`" in _problem(replace(STEREOTYPE_PREFERENCE, **change))


@pytest.mark.parametrize("name", ["stereotype_preference", "stereotype_score"])
@given(distance=st.floats(0.0, 50.0))
def test_a_preference_counts_by_its_distance_from_the_ideal(name, distance):
    metric = METRICS[name]
    sides = [utility(metric, metric.target + sign * distance) for sign in (-1, 1)]
    assert sides[0] == pytest.approx(sides[1], abs=1e-12)
    assert sides[0] == pytest.approx(1 - distance / 50, abs=1e-12)


BIAS_METRICS = [name for name, metric in METRICS.items() if metric.axis.proportional and metric.unit != "epsilon"]


@given(accuracy=st.floats(0.0, 0.5), name=st.sampled_from(BIAS_METRICS), place=st.floats(0.0, 1.0))
def test_at_chance_accuracy_no_value_of_any_metric_has_a_utility(accuracy, name, place):
    """Also of a metric that only a task declares to count."""
    metric = METRICS[name]
    value = metric.worst + place * (metric.best - metric.worst)
    rows = [row("noise", "films", "accuracy", accuracy), row("noise", "task", name, value, n=100_000)]
    anchors = {("films", "accuracy"): UtilityAnchors(worst=0.5, best=1.0)}
    assert axis_utilities(rows, anchors)[metric.axis].value == 0.0


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8))
def test_a_model_of_shuffled_labels_is_at_utility_0_of_a_file(rows_of_class):
    """It is right in Σ p² of all rows, and the worst anchor of a user's file is the share of the largest class."""
    shares = np.array(rows_of_class) / sum(rows_of_class)
    for name in ("accuracy", "ood_accuracy"):
        assert utility(METRICS[name], float((shares**2).sum()), UtilityAnchors(float(shares.max()), 1.0)) <= 1e-9
