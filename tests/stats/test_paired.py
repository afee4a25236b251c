import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import NotMeasurableError
from leaderboard.stats import paired, resampled
from leaderboard.stats.contrast import Exact, independent
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.paired import paired_sample
from leaderboard.stats.resampled import Resampled


def names(n):
    return [f"e{number}" for number in range(n)]


def mean(scores, ids=None, clusters=()):
    return Resampled.mean(ids or names(len(scores)), scores, clusters)


def median_like(scores, ids=None):
    """A ratio of sums, which is the mean without saying so: what it gives is bootstrapped."""
    rows = np.column_stack([scores, np.ones(len(scores))])
    return Resampled.of_sums(ids or names(len(scores)), lambda sums: sums[:, 0] / sums[:, 1], rows)


def contrast(first, second, *args):
    together = paired_sample(first, second)
    assert together is not None
    return together.contrast(*args)


def right_or_wrong(gained, lost, both, neither):
    first = [1] * gained + [0] * lost + [1] * both + [0] * neither
    second = [0] * gained + [1] * lost + [1] * both + [0] * neither
    return mean(first), mean(second)


def test_shares_are_compared_by_mcnemar():
    result = contrast(*right_or_wrong(15, 5, 60, 20))
    assert result.value == pytest.approx(0.1)
    assert result.test == "exact McNemar"
    assert result.p() == pytest.approx(0.041389, abs=1e-6)
    assert result.n == 100


def test_per_cent_are_shares_times_a_hundred():
    first, second = right_or_wrong(15, 5, 60, 20)
    hundred = [mean(100 * each.scores) for each in (first, second)]
    one, other = contrast(first, second), contrast(*hundred)
    assert other.value == pytest.approx(100 * one.value)
    assert other.upper(0.05) == pytest.approx(100 * one.upper(0.05))
    assert other.p() == one.p()
    assert other.detectable() == pytest.approx(100 * one.detectable())


def test_shares_that_agree_have_an_interval_all_the_same():
    estimate = contrast(*right_or_wrong(0, 0, 90, 10)).estimate()
    assert estimate.value == 0.0
    assert estimate.low == pytest.approx(-estimate.high)
    assert estimate.high > 0


def test_means_are_compared_by_the_t_test_of_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.normal(1, 1, 40), rng.normal(0.8, 1, 40)
    result, reference = contrast(mean(first), mean(second)), scipy.stats.ttest_rel(first, second)
    interval = reference.confidence_interval(0.95)
    estimate = result.estimate()
    assert result.p() == pytest.approx(reference.pvalue)
    assert (estimate.low, estimate.high) == pytest.approx((interval.low, interval.high))
    assert result.tail(0.5) == pytest.approx(scipy.stats.ttest_1samp(first - second, 0.5, alternative="less").pvalue)


def test_clusters_of_one_example_each_are_no_clusters():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 30))
    alone = contrast(mean(first), mean(second))
    clustered = contrast(mean(first, clusters=names(30)), mean(second, clusters=names(30)))
    assert clustered.standard_error == pytest.approx(alone.standard_error)
    assert clustered.p() == pytest.approx(alone.p())


def test_repeated_examples_in_a_cluster_make_nothing_surer():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 30))
    once = contrast(mean(first), mean(second))
    thrice = [mean(np.repeat(each, 3), clusters=list(np.repeat(names(30), 3))) for each in (first, second)]
    assert contrast(*thrice).standard_error == pytest.approx(once.standard_error)
    assert contrast(*thrice).n == 30


def test_a_bootstrap_of_a_mean_is_near_its_t_interval():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.2, 1, 200), rng.normal(0, 1, 200)
    exact, drawn = contrast(mean(first), mean(second)), contrast(median_like(first), median_like(second))
    assert drawn.test == "paired bootstrap"
    assert drawn.value == pytest.approx(exact.value)
    assert drawn.upper(0.05) == pytest.approx(exact.upper(0.05), abs=0.02)
    assert drawn.p() == pytest.approx(exact.p(), abs=0.02)


@given(st.integers(0, 50), st.sampled_from([0.01, 0.05, 0.2]))
def test_a_bootstrap_p_value_says_what_its_bound_says(seed, alpha):
    draws = np.sort(np.random.default_rng(seed).normal(0.3, 1, 999))
    result = paired._paired_bootstrap(0.3, draws, 40)
    assert result.tail(result.upper(alpha) + 0.05) <= alpha * 1.1 + 0.002
    assert result.tail(result.upper(alpha) - 0.05) >= alpha * 0.9 - 0.002


def test_what_both_find_hard_cancels():
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 5, 300)
    first, second = hard + rng.normal(0.5, 0.5, 300), hard + rng.normal(0, 0.5, 300)
    together = contrast(median_like(first), median_like(second))
    assert together.p() < 0.01
    apart = independent(
        *(Estimate.measured(x.mean(), (x.mean() - 0.57, x.mean() + 0.57), n=300, method="t") for x in (first, second))
    )
    assert apart.p() > 0.05


def test_batches_give_what_one_batch_gives(monkeypatch):
    rng = np.random.default_rng(0)
    one, other = (median_like(rng.normal(size=50)) for _ in range(2))
    whole = paired_sample(one, other).draws
    monkeypatch.setattr(resampled, "_CELLS", 50 * 700)
    np.testing.assert_allclose(paired_sample(one, other).draws, whole)


def test_examples_that_one_alone_answered_are_left_out():
    first = mean([1.0, 2.0, 3.0, 9.0], ["a", "b", "c", "x"])
    second = mean([0.0, 4.0, 2.0, 7.0], ["c", "a", "b", "y"])
    result = paired_sample(first, second)
    assert result.examples == 3
    assert result.values == (2.0, 2.0)
    assert result.contrast().value == pytest.approx(0.0)


def test_two_that_share_too_few_examples_are_not_paired():
    assert paired_sample(mean([1.0, 2.0], ["a", "b"]), mean([1.0, 2.0], ["c", "d"])) is None
    assert paired_sample(mean([1.0, 2.0, 3.0], ["a", "b", "c"]), mean([1.0, 2.0, 3.0], ["a", "d", "e"])) is None
    assert paired_sample(mean([]), mean([])) is None


def test_one_shared_example_tells_nothing():
    with pytest.raises(NotMeasurableError, match="single shared example"):
        contrast(mean([1.0]), mean([0.0]))


def test_few_examples_that_all_agree_tell_nothing_and_many_agree_exactly():
    with pytest.raises(NotMeasurableError, match="all 3 shared examples agree"):
        contrast(median_like([1.0, 2.0, 3.0]), median_like([1.0, 2.0, 3.0]))
    same = np.linspace(0, 1, 40)
    for kind in (mean, median_like):
        result = contrast(kind(same), kind(same))
        assert (result.value, result.upper(0.05), result.lower(0.05), result.p()) == (0.0, 0.0, 0.0, 1.0)
        assert result.estimate().low is None


def test_resamples_that_are_undefined_are_left_out():
    scores = np.array([1.0, 0.0, 2.0, 4.0] * 10)
    weights = np.array([1.0] + [0.0] * 39)

    def sometimes(shift):
        rows = np.column_stack([scores + shift, np.ones(40), weights])
        return Resampled.of_sums(
            names(40), lambda sums: np.where(sums[:, 2] > 0, sums[:, 0] / sums[:, 1], np.nan), rows
        )

    result = contrast(sometimes(np.arange(40) % 3), sometimes(0))
    assert len(result.draws) < 2000
    assert np.isfinite(result.draws).all()


def test_what_is_undefined_on_the_shared_examples_is_not_measured():
    nothing = Resampled.of_sums(names(5), lambda sums: sums[:, 0] / sums[:, 0], np.zeros((5, 1)))
    with pytest.raises(NotMeasurableError, match="undefined for the 5 shared examples"):
        contrast(nothing, nothing)


def test_the_second_minus_the_first_is_the_same_turned_round():
    first, second = right_or_wrong(9, 4, 30, 10)
    one, other = contrast(first, second), contrast(first, second, (-1, 1))
    assert other.value == -one.value
    assert other.upper(0.05) == pytest.approx(-one.lower(0.05))


def test_independent_shares_have_newcombes_interval():
    """Newcombe 1998, method 10: 56/70 against 48/80 is .0524 to .3339."""
    estimate = independent(proportion(56, 70), proportion(48, 80)).estimate()
    assert (estimate.low, estimate.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_exact_counts_differ_exactly():
    one, other = (Estimate.measured(value, None, n=1, method="exact count") for value in (5.0, 3.0))
    result = independent(one, other)
    assert isinstance(result, Exact)
    assert (result.value, result.upper(0.05), result.tail(2.5)) == (2.0, 2.0, 0.0)


def test_a_number_without_an_interval_is_not_exact():
    vague = Estimate.measured(5.0, None, n=1, method="single value, no interval")
    with pytest.raises(NotMeasurableError, match="single value"):
        independent(vague, vague)
