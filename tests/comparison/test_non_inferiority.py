import numpy as np
import pytest

from leaderboard.axes.accuracy import ACCURACY, BRIER, MACRO_F1
from leaderboard.axes.bias import STEREOTYPE_PREFERENCE
from leaderboard.comparison.matching import EstimatePair
from leaderboard.comparison.non_inferiority import non_inferiority
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.paired import paired_sample
from leaderboard.stats.resampled import Resampled

SIMULATIONS = 1000


def ids(n):
    return [f"e{number}" for number in range(n)]


def pair(metric, first, second):
    """Two means of the same examples."""
    one, other = (Resampled.mean(ids(len(side)), side) for side in (first, second))
    return numbers(metric, one, other)


def numbers(metric, one, other):
    values = (float(each.value(np.ones((1, len(each.ids))))[0]) for each in (one, other))
    estimates = (Estimate.measured(value, None, n=len(one.ids), method="not looked at") for value in values)
    return EstimatePair("task", metric, "", *estimates, shared=paired_sample(one, other))


def answered(rng, n, lost, gained, both=0.5):
    """Scores of two subjects: the first alone is right on a share `gained`, the second on `lost`."""
    kinds = rng.choice(4, size=n, p=[gained, lost, both, 1 - gained - lost - both])
    return np.isin(kinds, [0, 2]).astype(float), np.isin(kinds, [1, 2]).astype(float)


def test_the_harm_of_what_should_be_high_is_what_is_lacking():
    result = non_inferiority(pair(ACCURACY, [1.0] * 70 + [0.0] * 30, [1.0] * 80 + [0.0] * 20), 0.05)
    assert result.harm == pytest.approx(0.1)
    assert result.low < 0.1 < result.bound
    assert not result.holds
    assert result.paired
    assert result.n == 100


def test_the_harm_of_what_should_be_low_is_what_is_too_much():
    rng = np.random.default_rng(0)
    second = rng.random(50)
    result = non_inferiority(pair(BRIER, second + 0.1 + 0.01 * rng.normal(size=50), second), 0.2)
    assert result.harm == pytest.approx(0.1, abs=0.01)
    assert result.holds


def test_the_harm_of_a_target_is_how_much_further_it_is():
    """50 is the target: 60 per cent is 10 away, 45 are 5."""
    result = non_inferiority(pair(STEREOTYPE_PREFERENCE, [100.0] * 60 + [0.0] * 40, [0.0] * 55 + [100.0] * 45), 1.0)
    assert result.harm == pytest.approx(5.0)


def test_as_far_on_the_other_side_of_the_target_is_no_harm():
    mirrored = np.arange(100) % 10 < 6, np.arange(100) < 40
    result = non_inferiority(pair(STEREOTYPE_PREFERENCE, *(100.0 * side for side in mirrored)), 1.0)
    assert result.harm == pytest.approx(0.0)
    assert result.bound > 1.0


def test_a_subject_is_no_worse_than_itself():
    scores = np.arange(200) % 3 == 0
    result = non_inferiority(pair(ACCURACY, scores, scores), 0.02)
    assert result.harm == 0.0
    assert result.holds
    assert result.minimum_detectable < 0.02


def test_the_bound_and_the_p_value_say_the_same():
    rng = np.random.default_rng(1)
    first, second = answered(rng, 300, 0.06, 0.04)
    for margin in np.linspace(-0.05, 0.1, 31):
        result = non_inferiority(pair(ACCURACY, first, second), float(margin))
        assert result.holds == (result.p <= 0.05 + 1e-9)


def test_subjects_that_share_no_examples_are_compared_by_their_intervals():
    apart = EstimatePair("task", ACCURACY, "", proportion(70, 100), proportion(80, 100))
    result = non_inferiority(apart, 0.05)
    assert not result.paired
    assert result.harm == pytest.approx(0.1)
    together = non_inferiority(pair(ACCURACY, [1.0] * 70 + [0.0] * 30, [1.0] * 80 + [0.0] * 20), 0.05)
    assert together.bound < result.bound


def test_what_one_of_them_was_not_measured_on_has_no_harm():
    unknown = EstimatePair("task", ACCURACY, "", proportion(70, 100), Estimate.not_measured("it has no head"))
    with pytest.raises(NotMeasurableError, match="it has no head"):
        non_inferiority(unknown, 0.05)


@pytest.mark.parametrize(("margin", "gained", "n"), [(0.02, 0.005, 150), (0.05, 0.02, 100), (0.02, 0.0, 100)])
def test_answers_that_are_worse_by_the_margin_pass_at_most_as_often_as_the_level_says(margin, gained, n):
    """The samples that come with one outcome are judged once."""
    chances = [gained, gained + margin, 1 - 2 * gained - margin]
    outcomes, times = np.unique(
        np.random.default_rng(2).multinomial(n, chances, size=5_000), axis=0, return_counts=True
    )
    passed = 0
    for (one, other, same), often in zip(outcomes.tolist(), times.tolist(), strict=True):
        first, second = [1.0] * one + [0.0] * other, [0.0] * one + [1.0] * other
        passed += often * non_inferiority(pair(ACCURACY, first + [1.0] * same, second + [1.0] * same), margin).holds
    assert passed / 5_000 <= 0.05 + 0.009


@pytest.mark.slow
def test_means_that_are_worse_by_the_margin_pass_as_often_as_the_level_says_and_harmless_ones_as_the_power_says():
    rng = np.random.default_rng(3)
    n, spread, margin = 80, 0.2, 0.0556  # the smallest that is detectable: 2.486 · .2 / √80
    noise = rng.normal(0, spread, (SIMULATIONS, n))
    zero = np.zeros(n)
    passed, kept, powers = 0, 0, []
    for each in noise:
        passed += non_inferiority(pair(BRIER, each + margin, zero), margin).holds
        harmless = non_inferiority(pair(BRIER, each, zero), margin)
        kept += harmless.holds
        powers.append(harmless.power)
    assert passed / SIMULATIONS == pytest.approx(0.05, abs=0.02)
    assert kept / SIMULATIONS == pytest.approx(0.8, abs=0.03)
    assert np.mean(powers) == pytest.approx(0.8, abs=0.03)


def test_bootstrapped_numbers_that_are_worse_by_the_margin_seldom_pass():
    """Accuracy, as a ratio of sums: what is not known to be a mean is bootstrapped."""
    rng = np.random.default_rng(4)
    n, margin, simulations, passed = 80, 0.1, 60, 0

    def ratio(scores):
        rows = np.column_stack([scores, np.ones(n)])
        return Resampled.of_sums(ids(n), lambda sums: sums[:, 0] / sums[:, 1], rows)

    for _ in range(simulations):
        first, second = answered(rng, n, 0.2, 0.1)
        passed += non_inferiority(numbers(MACRO_F1, ratio(first), ratio(second)), margin).holds
    assert passed / simulations <= 0.05 + 0.06


def test_a_subject_that_is_further_from_the_target_by_the_margin_seldom_passes():
    """The second stands on the target, where resampled distances would be too large by chance alone."""
    rng = np.random.default_rng(5)
    n, simulations, passed = 150, 150, 0
    for _ in range(simulations):
        second = 100.0 * (rng.random(n) < 0.5)
        first = 100.0 * (rng.random(n) < 0.6)
        passed += non_inferiority(pair(STEREOTYPE_PREFERENCE, first, second), 10.0).holds
    assert passed / simulations <= 0.05
