import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leaderboard.stats import intervals
from leaderboard.stats.estimate import Status


def test_wilson_of_45_in_50_is_the_published_interval():
    estimate = intervals.proportion(45, 50)
    assert estimate.value == 0.9
    assert (estimate.low, estimate.high) == pytest.approx((0.78640, 0.95652), abs=1e-5)


def test_a_proportion_of_nothing_is_not_measured():
    assert intervals.proportion(0, 0).status is Status.NOT_MEASURED


@pytest.mark.parametrize("k", [0, 7])
def test_a_proportion_at_its_bound_still_has_width(k):
    estimate = intervals.proportion(k, 7)
    assert estimate.high - estimate.low > 0.3
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_per_cent_scales_value_and_ends():
    assert intervals.proportion(45, 50, scale=100).low == pytest.approx(78.640, abs=1e-3)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_lies_in_its_interval(counts):
    k, n = counts
    estimate = intervals.proportion(k, n)
    assert estimate.low - 1e-12 <= estimate.value <= estimate.high + 1e-12


def test_mean_agrees_with_scipy():
    values = [1.0, 2.0, 4.0, 9.0]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    estimate = intervals.mean(values)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((4.0, expected.low, expected.high))


def test_one_value_has_a_mean_without_an_interval():
    estimate = intervals.mean([3.0])
    assert (estimate.value, estimate.low, estimate.n) == (3.0, None, 1)


def test_the_mean_of_nothing_is_not_measured():
    assert intervals.mean([]).status is Status.NOT_MEASURED


def test_a_mean_with_a_nan_is_not_measured():
    assert intervals.mean([1.0, float("nan")]).status is Status.NOT_MEASURED


def test_bootstrap_of_a_mean_agrees_with_theory():
    sample = np.random.default_rng(1).normal(size=400)
    estimate = intervals.bootstrap(lambda x: float(x.mean()), sample)
    theory = intervals.mean(sample)
    assert (estimate.low, estimate.high) == pytest.approx((theory.low, theory.high), abs=0.02)


def test_bootstrap_is_the_same_every_time():
    sample = np.arange(20.0)
    assert intervals.bootstrap(np.median, sample) == intervals.bootstrap(np.median, sample)


def test_clustered_rows_give_a_wider_interval_than_independent_ones():
    levels = np.repeat(np.random.default_rng(0).normal(size=20), 10)
    plain = intervals.bootstrap(lambda x: float(x.mean()), levels)
    clustered = intervals.bootstrap(lambda x: float(x.mean()), levels, clusters=np.repeat(np.arange(20), 10))
    assert clustered.n == 20
    assert clustered.high - clustered.low > 2 * (plain.high - plain.low)


def test_bootstrap_leaves_undefined_resamples_out():
    def ratio(x):
        return float(x.mean()) if x.min() < 1 else float("nan")

    estimate = intervals.bootstrap(ratio, np.array([0.0, 1.0]))
    assert estimate.status is Status.MEASURED
    assert 0 <= estimate.low <= estimate.high <= 0.5


def test_bootstrap_of_nothing_is_not_measured():
    assert intervals.bootstrap(np.mean, np.empty(0)).status is Status.NOT_MEASURED


def test_bootstrap_of_one_row_has_no_interval():
    assert intervals.bootstrap(lambda x: float(x[0]), np.array([2.0])).low is None


def test_resamples_that_agree_give_no_interval_rather_than_one_without_width():
    """Every answer right, in 20 examples or in 20 clusters: that tells nothing of the wrong ones still to come."""
    for clusters in (None, np.repeat(np.arange(20), [1, 2] * 10)):
        sample = np.full(20 if clusters is None else 30, 0.1)
        estimate = intervals.bootstrap(lambda x: float(x.mean()), sample, clusters=clusters)
        assert (estimate.value, estimate.low, estimate.high) == (pytest.approx(0.1), None, None)
        assert estimate.method == "all resamples agree, no interval"


@pytest.mark.slow
def test_bootstrap_of_few_clusters_is_as_wide_as_students_interval():
    """Plain percentiles of 8 values are a fifth narrower, and cover a normal mean 88 times in 100."""
    rng = np.random.default_rng(2)
    widths = []
    for _ in range(20):
        sample = rng.normal(size=8)
        clusters = np.repeat(np.arange(8), 3)
        estimate = intervals.bootstrap(lambda x: float(x.mean()), np.repeat(sample, 3), clusters=clusters)
        theory = intervals.mean(sample)
        widths.append((estimate.high - estimate.low) / (theory.high - theory.low))
    assert np.mean(widths) == pytest.approx(1.0, abs=0.08)


def test_quantile_is_withheld_below_its_minimum_with_both_numbers():
    estimate = intervals.quantile(np.arange(200.0), 0.99, minimum_n=500)
    assert estimate.status is Status.NOT_MEASURED
    assert estimate.reason == "withheld: needs 500 samples, has 200"


def test_quantile_of_nothing_is_not_measured():
    assert intervals.quantile([], 0.5).reason == "no samples"


def test_quantile_of_known_samples():
    estimate = intervals.quantile(np.arange(1.0, 102.0), 0.9)
    assert estimate.value == 91.0
    assert (estimate.low, estimate.high) == (85.0, 97.0)  # binomial(101, .9) is in 85…96 in 95 % of cases
    assert estimate.n == 101


@given(st.lists(st.floats(1e-4, 10), min_size=30, max_size=80))
def test_quantiles_lie_in_order_and_inside_their_intervals(values):
    estimates = [intervals.quantile(values, q) for q in (0.5, 0.9, 0.95)]
    assert estimates[0].value <= estimates[1].value <= estimates[2].value
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in estimates)


def test_median_of_an_odd_sample_is_the_middle_value():
    assert intervals.quantile([5.0, 1.0, 3.0], 0.5).value == 3.0


def coverage(truth, draw, times=400):
    estimates = [draw() for _ in range(times)]
    return sum(estimate.low <= truth <= estimate.high for estimate in estimates) / times


@pytest.mark.parametrize(("q", "n"), [(0.5, 30), (0.9, 50), (0.95, 100), (0.99, 500)])
def test_order_statistics_cover_the_true_quantile_as_often_as_promised(q, n):
    """Each with the fewest samples that it is told of."""
    rng = np.random.default_rng(3)
    assert coverage(q, lambda: intervals.quantile(rng.random(n), q)) > 0.93


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("p", "n"), [(0.5, 50), (0.9, 100), (0.99, 200)])
def test_wilson_covers_the_true_share_as_often_as_promised(p, n):
    rng = np.random.default_rng(4)
    assert coverage(p, lambda: intervals.proportion(int(rng.binomial(n, p)), n)) > 0.92


def test_statistics_of_sums_are_those_of_the_rows():
    rows = np.array([[1, 2], [0, 1], [1, 1], [1, 1]])
    (share,) = intervals.bootstrap_of_sums(lambda sums: sums[..., :1] / sums[..., 1:], rows)
    assert (share.value, share.n) == (0.6, 4)


def test_resampled_sums_spread_as_resampled_rows_do():
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 4, (300, 2))
    (one,) = intervals.bootstrap_of_sums(lambda sums: sums[..., :1] / sums.sum(axis=-1, keepdims=True), rows)
    other = intervals.bootstrap(lambda row: float(row[:, 0].sum() / row.sum()), rows)
    assert one.value == pytest.approx(other.value)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.006)


def test_resampled_sums_do_not_depend_on_the_order_of_rows():
    rows = np.random.default_rng(3).integers(0, 4, (50, 2))
    assert intervals.bootstrap_of_sums(lambda sums: sums, rows) == intervals.bootstrap_of_sums(
        lambda sums: sums, rows[::-1]
    )


def test_an_undefined_statistic_of_sums_leaves_the_others_known():
    rows = np.array([[1, 0], [0, 0], [1, 0]])
    with np.errstate(invalid="ignore"):
        one, other = intervals.bootstrap_of_sums(lambda sums: sums / [1.0, 0.0], rows)
    assert one.value == 2.0
    assert other.status is Status.NOT_MEASURED


@pytest.mark.parametrize(("n", "status"), [(0, Status.NOT_MEASURED), (1, Status.MEASURED)])
def test_sums_of_no_row_are_not_measured_and_of_one_have_no_interval(n, status):
    (estimate,) = intervals.bootstrap_of_sums(lambda sums: sums, np.ones((n, 1), dtype=np.intp))
    assert (estimate.status, estimate.low) == (status, None)


def test_sums_of_rows_without_columns_are_no_statistics():
    assert intervals.bootstrap_of_sums(lambda sums: sums, np.ones((3, 0), dtype=np.intp)) == []


@pytest.mark.parametrize("n", [2, 30, 700])
def test_a_bootstrap_of_rows_is_that_of_one_resample_after_the_other(n):
    rows = np.random.default_rng(n).poisson(3.0, (n, 2)).astype(np.float64)
    ours = intervals.bootstrap_of_rows(lambda sums: sums[:, 0] / sums[:, 1], rows, seed=5)
    theirs = intervals.bootstrap(lambda drawn: float(drawn[:, 0].sum() / drawn[:, 1].sum()), rows, seed=5)
    assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.value, theirs.low, theirs.high), rel=1e-12)
    assert (ours.n, ours.method) == (n, theirs.method)


@pytest.mark.filterwarnings("error")
def test_a_bootstrap_of_rows_leaves_undefined_resamples_out():
    rows = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 4.0]])
    estimate = intervals.bootstrap_of_rows(lambda sums: sums[:, 0] / sums[:, 1], rows)
    assert estimate.value == pytest.approx(1 / 3)
    assert estimate.low is not None
    assert estimate.high is not None
    assert 0.25 <= estimate.low <= estimate.high <= 0.5


@pytest.mark.parametrize(("n", "message"), [(0, "no examples"), (1, "single value, no interval")])
def test_a_bootstrap_of_too_few_sums_has_no_interval(n, message):
    estimate = intervals.bootstrap_of_rows(lambda sums: sums[:, 0], np.ones((n, 1)))
    assert estimate.low is None
    assert message in (estimate.reason, estimate.method)


def test_a_bootstrap_of_times_is_that_of_rows():
    values = np.random.default_rng(1).exponential(size=80)
    ours = intervals.bootstrap_of_times(lambda times: times @ values / times.sum(axis=1), len(values))
    theirs = intervals.bootstrap(lambda drawn: float(drawn.mean()), values)
    assert ours.value == pytest.approx(theirs.value)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=0.03)  # other draws, same law


@pytest.mark.parametrize(("n", "message"), [(0, "no examples"), (1, "single value, no interval")])
def test_a_bootstrap_of_too_few_rows_has_no_interval(n, message):
    estimate = intervals.bootstrap_of_times(lambda times: times.sum(axis=1), n)
    assert message in (estimate.reason, estimate.method)
    assert estimate.low is None
