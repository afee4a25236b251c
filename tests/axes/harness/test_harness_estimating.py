"""From samples to numbers, by hand and against lm-evaluation-harness's own aggregation."""

import math

import numpy as np
import pytest
from lm_eval.api.metrics import mean_stderr, pooled_sample_stderr

from leaderboard.axes.axis import Axis
from leaderboard.axes.harness.estimating import estimate
from leaderboard.axes.harness.parameters import Group, GroupMetric, HarnessParameters
from leaderboard.axes.harness.protocol import HarnessBias
from leaderboard.axes.harness.resampling import resampled
from leaderboard.axes.protocol import Observation
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import proportion
from leaderboard.stats.shared_terms import proportion_of_sharing


def measured(observations, groups=(), axis=Axis.ACCURACY):
    return {
        (each.metric.name, each.part): each.estimate
        for each in estimate(observations, groups, axis)
        if each.estimate.status is Status.MEASURED
    }


def test_three_of_four_right_is_a_proportion_with_wilsons_interval(observations_of):
    assert measured(observations_of(acc__none__mean=[1.0, 0, 1, True])) == {("accuracy", ""): proportion(3, 4)}


def test_a_mean_of_other_values_has_the_harnesss_standard_error_where_there_are_many(observations_of):
    values = [0.25, 1.0, 0.5, 0.0, 0.75] * 60
    (estimate,) = measured(observations_of(exact_match__none__mean=values)).values()
    assert estimate.value == 0.5
    assert estimate.high - estimate.low == pytest.approx(2 * 1.959964 * mean_stderr(values), rel=0.05)


@pytest.mark.parametrize("aggregation", ["chrf", "bleu"])
@pytest.mark.parametrize("hypotheses", [("x", "the film"), ("the film was", "no"), ("zzz", "qqq")])
def test_no_interval_leaves_the_bounds_of_its_metric(observations_of, aggregation, hypotheses):
    """Two short texts and a normal interval: chrF 4.55 from -0.98 to 10.1."""
    values = [["the film was good", text] for text in hypotheses * 3]
    (estimate,) = measured(observations_of(**{f"{aggregation}__none__{aggregation}": values})).values()
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 100
    assert estimate.high > estimate.low


@pytest.mark.parametrize(("aggregation", "least"), [("bits_per_byte", 0), ("weighted_perplexity", 1)])
def test_an_interval_above_a_bound_stays_above_it(observations_of, aggregation, least):
    name = "byte_perplexity" if aggregation.startswith("w") else aggregation
    values = [[-0.001 * n**3, 10] for n in range(8)]
    (estimate,) = measured(observations_of(**{f"{name}__none__{aggregation}": values})).values()
    assert least < estimate.low < estimate.value < estimate.high


def test_a_stereotype_share_becomes_per_cent_on_the_bias_axis(observations_of):
    observations = observations_of(
        pct_stereotype__none__mean=[1.0, 0.0, 0.0, 0.0], likelihood_diff__none__mean=[1.0, 2.0, 4.0, 1.0]
    )
    estimates = measured(observations, axis=Axis.BIAS)
    assert estimates["stereotype_preference", ""] == proportion(1, 4, scale=100)
    assert estimates["likelihood_difference", ""].value == 2.0
    assert measured(observations) == {}


def swapping(observations, words):
    return [
        Observation(each.example_id, {**each.data, "swapped": swap})
        for each, swap in zip(observations, words, strict=True)
    ]


def test_pairs_of_crows_pairs_that_share_words_are_no_independent_ones(observations_of):
    """20 sets of words, 5 pairs each that are answered alike: what `pairs` gives of the same answers."""
    values = [float(number // 5 % 2) for number in range(100)]
    words = [[f"a{number // 5}", f"b{number // 5}"] for number in range(100)]
    observations = swapping(
        observations_of(pct_stereotype__none__mean=values, likelihood_diff__none__mean=values), words
    )
    estimate = measured(observations, axis=Axis.BIAS)["stereotype_preference", ""]
    assert estimate == proportion_of_sharing(np.array(values) == 1, words, scale=100)
    independent = proportion(50, 100, scale=100)
    assert (estimate.value, estimate.n) == (50.0, 20)
    assert estimate.high - estimate.low > 2 * (independent.high - independent.low)
    number = resampled(observations, Axis.BIAS, grouped=False)["stereotype_preference", ""]
    assert set(number.clusters[:5]) == {"a0/b0"}
    assert len(set(number.clusters)) == 20
    (note,) = HarnessBias(HarnessParameters(task="crows_pairs_english")).notes(observations)
    assert note.startswith("100 pairs swap 20 different sets of words, 5 of them a0/b0: ")


def test_documents_that_are_no_pairs_are_independent(observations_of):
    observations = observations_of(acc__none__mean=[1.0, 0.0, 1.0])
    assert resampled(observations, Axis.ACCURACY, grouped=False)["accuracy", ""].clusters == ()


def test_perplexity_is_the_exponential_of_the_mean_and_never_reaches_below_zero(observations_of):
    (estimate,) = measured(observations_of(perplexity__none__perplexity=[-math.log(2), -math.log(8)])).values()
    assert estimate.value == pytest.approx(4.0)
    assert 0 < estimate.low < 4 < estimate.high


def test_a_byte_each_at_one_half_is_one_bit(observations_of):
    values = [[-2 * math.log(2), 2], [-6 * math.log(2), 6]]
    estimates = measured(
        observations_of(bits_per_byte__none__bits_per_byte=values, byte_perplexity__none__weighted_perplexity=values)
    )
    assert estimates["bits_per_byte", ""].value == pytest.approx(1.0)
    assert estimates["byte_perplexity", ""].value == pytest.approx(2.0)


def test_one_document_has_a_number_but_no_interval(observations_of):
    (estimate,) = measured(observations_of(acc__none__mean=[1.0])).values()
    assert (estimate.value, estimate.low, estimate.n) == (1.0, None, 1)


def test_the_first_filter_stands_for_the_whole_and_each_is_a_part(observations_of):
    estimates = measured(observations_of(exact_match__strict__mean=[1, 0], exact_match__flexible__mean=[1, 1]))
    assert {part: each.value for (_, part), each in estimates.items()} == {"": 0.5, "strict": 0.5, "flexible": 1.0}


def test_nothing_seen_is_not_measured_anywhere():
    assert {each.estimate.reason for each in estimate([], (), Axis.ACCURACY)} == {"no examples"}


def test_what_the_task_does_not_report_says_so(observations_of):
    estimates = {
        each.metric.name: each.estimate for each in estimate(observations_of(acc__none__mean=[1]), (), Axis.ACCURACY)
    }
    assert estimates["bleu"].reason == "the task does not report bleu"


def test_a_number_that_only_the_task_can_make_is_kept_without_an_interval():
    score = {"metric": "acc", "filter": "none", "aggregation": "", "value": None, "whole": 0.25}
    kept = [Observation(f"t/{n}", {"task": "t", "document": n, "scores": [score]}) for n in range(3)]
    (estimate,) = measured(kept).values()
    assert (estimate.value, estimate.low, estimate.n) == (0.25, None, 3)
    assert "own code" in estimate.method


@pytest.mark.parametrize("whole", [None])
def test_a_number_that_is_none_is_not_measured(whole):
    score = {"metric": "acc", "filter": "none", "aggregation": "", "value": None, "whole": whole}
    kept = [Observation("t/0", {"task": "t", "document": 0, "scores": [score]})]
    assert measured(kept) == {}


def group(*metrics, tasks=("a", "b"), name="g"):
    return Group(name=name, tasks=tasks, metrics=metrics)


BY_SIZE = GroupMetric(metric="acc", weight_by_size=True, filters=None)
ALIKE = GroupMetric(metric="acc", weight_by_size=False, filters=None)


@pytest.fixture
def two_tasks(observations_of):
    return [*observations_of("a", acc__none__mean=[1, 1, 0]), *observations_of("b", acc__none__mean=[0])]


@pytest.mark.parametrize(("rule", "value"), [(BY_SIZE, 2 / 4), (ALIKE, (2 / 3 + 0) / 2)])
def test_a_group_averages_its_tasks_by_size_or_alike(two_tasks, rule, value):
    estimates = measured(two_tasks, [group(rule)])
    assert estimates["accuracy", ""].value == pytest.approx(value)
    assert estimates["accuracy", ""].n == 4
    assert estimates["accuracy", "a"] == proportion(2, 3)


def test_a_groups_interval_is_the_harnesss_pooled_standard_error(observations_of):
    values = {"a": [1, 1, 0, 1] * 10, "b": [0, 1, 0] * 10}
    observations = [each for name, every in values.items() for each in observations_of(name, acc__none__mean=every)]
    estimate = measured(observations, [group(BY_SIZE)])["accuracy", ""]
    pooled = pooled_sample_stderr([mean_stderr(every) for every in values.values()], [40, 30])
    assert estimate.high - estimate.low == pytest.approx(2 * 1.959964 * pooled, rel=0.05)


def test_a_group_that_averages_nothing_leaves_it_to_its_tasks(two_tasks):
    estimates = measured(two_tasks, [group()])
    assert set(estimates) == {("accuracy", "a"), ("accuracy", "b")}


def test_groups_inside_a_group_are_parts(two_tasks):
    inner = group(BY_SIZE, tasks=("b",), name="inner")
    estimates = measured(two_tasks, [group(BY_SIZE), inner])
    assert {part for _, part in estimates} == {"", "inner", "a", "b"}
    assert estimates["accuracy", "inner"].value == 0.0


def test_estimates_do_not_depend_on_the_order_of_observations(observations_of):
    observations = observations_of(
        exact_match__none__median=[0.1, 0.7, 0.4, 0.9, 0.3, 0.6]
    )  # its error is bootstrapped
    assert measured(observations) == measured(observations[::-1])
    assert measured(observations)["exact_match", ""].value == 0.6
