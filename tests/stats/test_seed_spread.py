"""Means over seeds: hand-computed numbers, a reference by mean squares, and how often the intervals hold the truth."""

import math

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_rows, mean, proportion
from leaderboard.stats.paired import paired_sample
from leaderboard.stats.paired_seeds import PairedSeeds
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.seed_spread import METHOD, ONE_SEED, mean_over_seeds, satterthwaite, seeds_text

Z = scipy.stats.norm.ppf(0.975)


def ids(n):
    return [f"example {place}" for place in range(n)]


def of_rows(rows):
    """Means of rows of scores, one row for each seed, with the intervals of single seeds."""
    estimates = {seed: mean(row) for seed, row in enumerate(rows)}
    samples = {seed: Resampled.mean(ids(len(row)), row) for seed, row in enumerate(rows)}
    return estimates, samples


def test_three_seeds_by_hand():
    """Values .5, .6, .7: sd .1, s²/k = .01/3; each interval ± .0588, so e = .03; df = (.0033 + .0009)² / (.0033²/2)."""
    each = {seed: Estimate.measured(v, (v - 0.03 * Z, v + 0.03 * Z), n=100, method="z") for seed, v in
            enumerate((0.5, 0.6, 0.7))}  # fmt: skip
    merged = mean_over_seeds(each)
    variance = 0.01 / 3 + 0.03**2
    half = scipy.stats.t.ppf(0.975, 2 * variance**2 / (0.01 / 3) ** 2) * math.sqrt(variance)
    assert merged.sd == pytest.approx(0.1)
    assert merged.estimate.value == pytest.approx(0.6)
    assert merged.estimate.low == pytest.approx(0.6 - half)
    assert merged.estimate.high == pytest.approx(0.6 + half)
    assert (merged.estimate.n, merged.estimate.method) == (100, METHOD)


def test_the_error_is_that_of_mean_squares_in_a_two_way_layout():
    """(MS_seeds + MS_examples) / (kn): the classical estimate, with MS_interaction not subtracted."""
    rng = np.random.default_rng(3)
    k, n = 4, 60
    rows = rng.normal(0, 0.3, (k, 1)) + rng.normal(0, 1, (1, n)) + rng.normal(0, 0.5, (k, n))
    of_seeds = n * rows.mean(axis=1).var(ddof=1)
    of_examples = k * rows.mean(axis=0).var(ddof=1)
    merged = mean_over_seeds(*of_rows(rows)).estimate
    between, examples = of_seeds / (k * n), of_examples / (k * n) * (scipy.stats.t.ppf(0.975, n - 1) / Z) ** 2
    degrees = satterthwaite((between, k - 1), (examples, math.inf))
    half = scipy.stats.t.ppf(0.975, degrees) * math.sqrt(between + examples)
    assert merged.high - merged.value == pytest.approx(half)


def test_a_paired_difference_is_the_t_test_of_a_two_way_layout():
    rng = np.random.default_rng(4)
    k, n = 3, 50
    hard = rng.normal(size=n)
    first, second = (hard + rng.normal(0, 0.2, (k, 1)) + rng.normal(0, 0.5, (k, n)) for _ in range(2))
    pairs = [paired_sample(Resampled.mean(ids(n), a), Resampled.mean(ids(n), b)) for a, b in
             zip(first, second, strict=True)]  # fmt: skip
    contrast = PairedSeeds(tuple(pairs)).contrast()
    left = first - second
    between, examples = left.mean(axis=1).var(ddof=1) / k, left.mean(axis=0).var(ddof=1) / n
    degrees = (between + examples) ** 2 / (between**2 / (k - 1) + examples**2 / (n - 1))
    assert contrast.value == pytest.approx(left.mean())
    assert contrast.standard_error == pytest.approx(math.sqrt(between + examples))
    assert contrast.p() == pytest.approx(2 * scipy.stats.t.sf(abs(left.mean()) / contrast.standard_error, degrees))
    assert contrast.test == "paired t over 3 seeds and examples"
    assert (contrast.p() < 0.05) == (not contrast.lower(0.025) < 0 < contrast.upper(0.025))
    mirrored = PairedSeeds(tuple(pairs)).contrast((-1, 1))
    assert mirrored.upper(0.05) == pytest.approx(-contrast.lower(0.05))


def test_a_statistic_that_is_no_mean_is_resampled_together():
    """Of two equal seeds nothing is left to average, of two opposite ones nothing remains."""
    rows = np.random.default_rng(5).normal(size=(40, 1))
    samples = {
        seed: Resampled.of_sums(ids(40), lambda sums, sign=sign: sign * sums[:, 0] / 40 + 1, rows)
        for seed, sign in enumerate((1, 1))
    }
    single = bootstrap_of_rows(lambda sums: sums[:, 0] / 40 + 1, rows)
    merged = mean_over_seeds({0: single, 1: single}, samples).estimate
    assert (merged.low, merged.high) == pytest.approx((single.low, single.high))
    pair = paired_sample(samples[0], samples[1])
    contrast = PairedSeeds((pair, pair)).contrast()
    assert (contrast.value, contrast.standard_error, contrast.p()) == (0, 0, 1)


@given(st.lists(st.lists(st.booleans(), min_size=8, max_size=8), min_size=2, max_size=5), st.randoms())
def test_the_order_of_seeds_does_not_matter(answers, random):
    rows = np.array(answers, dtype=np.float64)
    estimates, samples = of_rows(rows)
    order = list(estimates)
    random.shuffle(order)
    merged = mean_over_seeds(estimates, samples)
    other = mean_over_seeds({s: estimates[s] for s in order}, {s: samples[s] for s in order})
    assert merged.sd == pytest.approx(other.sd)
    for end in ("value", "low", "high"):
        assert getattr(merged.estimate, end) == pytest.approx(getattr(other.estimate, end))


@given(st.integers(0, 30), st.integers(2, 6))
def test_equal_seeds_have_the_interval_of_one(right, k):
    single = proportion(right, 30)
    sample = Resampled.mean(ids(30), [1.0] * right + [0.0] * (30 - right))
    merged = mean_over_seeds(dict.fromkeys(range(k), single), dict.fromkeys(range(k), sample))
    assert merged.sd == 0
    assert (merged.estimate.low, merged.estimate.high) == pytest.approx((single.low, single.high))


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_an_interval_over_seeds_is_never_narrower_than_its_parts(right):
    each = {seed: proportion(count, 40) for seed, count in enumerate(right)}
    merged = mean_over_seeds(each)
    spread = np.std([one.value for one in each.values()], ddof=1)
    k = len(right)
    assert merged.estimate.high - merged.estimate.value >= np.mean([o.high - o.value for o in each.values()]) - 1e-9
    assert merged.estimate.high - merged.estimate.value >= Z * spread / math.sqrt(k) - 1e-9


def test_one_seed_says_that_the_spread_is_unknown():
    merged = mean_over_seeds({7: proportion(3, 10)})
    assert merged.sd is None
    assert merged.estimate.value == 0.3
    assert merged.estimate.method.endswith(ONE_SEED)


def test_a_missing_seed_is_named_and_nothing_is_averaged():
    each = {0: proportion(3, 10), 2: Estimate.not_measured("out of memory"), 5: proportion(4, 10)}
    merged = mean_over_seeds(each)
    assert merged.sd is None
    assert merged.estimate.value is None
    assert merged.estimate.reason == "not measured with seed 2 (out of memory); measured with seeds 0 and 5"
    assert mean_over_seeds({}).estimate.reason == "no seed was measured"


def test_exact_counts_and_unknown_uncertainty():
    exact = Estimate.measured(5.0, None, n=1, method="exact")
    assert mean_over_seeds({0: exact, 1: exact}).estimate.method == "exact"
    other = mean_over_seeds({0: exact, 1: Estimate.measured(7.0, None, n=1, method="exact")}).estimate
    assert other.high - other.value == pytest.approx(scipy.stats.t.ppf(0.975, 1))
    single = Estimate.measured(5.0, None, n=1, method="single value, no interval")
    unknown = mean_over_seeds({0: exact, 1: single}).estimate
    assert (unknown.value, unknown.low) == (5.0, None)
    assert "seed 1" in unknown.method


def test_one_shared_example_says_nothing():
    sample = Resampled.mean(["only"], [1.0])
    with pytest.raises(NotMeasurableError, match="single shared example"):
        PairedSeeds((paired_sample(sample, sample),) * 2).contrast()


def test_seeds_are_listed():
    assert seeds_text([2]) == "seed 2"
    assert seeds_text([2, 0, 1]) == "seeds 0, 1 and 2"


def layout(rng, k, n, *, seeds, examples, both):
    """Scores of a two-way layout with mean 0."""
    return rng.normal(0, seeds, (k, 1)) + rng.normal(0, examples, (1, n)) + rng.normal(0, both, (k, n))


@pytest.mark.slow
@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize(
    ("seeds", "examples", "both"), [(0.1, 1.0, 0.3), (0.02, 1.0, 0.5), (0.3, 1.0, 0.5), (0.1, 0.5, 0.5)]
)
def test_intervals_over_seeds_hold_the_truth_as_often_as_they_promise(k, seeds, examples, both):
    rng, draws = np.random.default_rng(6), 1500
    held = 0
    for _ in range(draws):
        merged = mean_over_seeds(*of_rows(layout(rng, k, 100, seeds=seeds, examples=examples, both=both))).estimate
        held += merged.low <= 0 <= merged.high
    assert 0.93 <= held / draws <= 0.985


@pytest.mark.slow
def test_intervals_over_examples_alone_are_too_narrow():
    rng, draws = np.random.default_rng(7), 500
    held = 0
    for _ in range(draws):
        rows = layout(rng, 3, 100, seeds=0.2, examples=1.0, both=0.3)
        single = mean(rows[0])
        held += single.low <= 0 <= single.high
    assert held / draws < 0.75
