from dataclasses import replace

import numpy as np
import pytest

from leaderboard.errors import NotMeasurableError
from leaderboard.stats.paired import paired_sample
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.sequential_contrast import ExampleOrder, SequentialMean

IDS = [str(each) for each in range(200)]
UNIT = (0.0, 1.0)


def in_order(first, second, bounds=(UNIT, UNIT)):
    sample = paired_sample(Resampled.mean(IDS, first), Resampled.mean(IDS, second))
    return replace(sample, order=ExampleOrder(places=np.arange(len(IDS)), horizon=200, bounds=bounds))


def right(share, seed):
    return (np.random.default_rng(seed).random(len(IDS)) < share).astype(float)


def test_difference_of_a_better_subject_is_decided():
    contrast = in_order(right(0.95, 1), right(0.5, 2)).contrast()
    assert contrast.p() < 0.01
    assert 0 < contrast.lower(0.025) < contrast.value < contrast.upper(0.025) <= 1
    assert "anytime-valid" in contrast.estimate().method


def test_equal_subjects_have_a_zero_difference_with_a_width():
    contrast = in_order(right(0.8, 1), right(0.8, 1)).contrast()
    estimate = contrast.estimate()
    assert estimate.value == 0.0
    assert estimate.low < 0 < estimate.high
    assert contrast.p() == 1.0


def test_swapped_subjects_have_the_mirrored_difference():
    first, second = right(0.9, 1), right(0.7, 2)
    one, other = in_order(first, second).contrast(), in_order(second, first).contrast()
    assert one.lower(0.05) == pytest.approx(-other.upper(0.05))
    assert one.p() == pytest.approx(other.p())


def test_bounds_are_wider_than_for_a_fixed_number():
    first, second = right(0.9, 1), right(0.7, 2)
    sequential = in_order(first, second).contrast()
    fixed = paired_sample(Resampled.mean(IDS, first), Resampled.mean(IDS, second)).contrast()
    assert sequential.lower(0.025) < fixed.lower(0.025)
    assert sequential.detectable_margin() > fixed.detectable_margin()


def test_tail_agrees_with_the_upper_bound():
    contrast = in_order(right(0.9, 1), right(0.7, 2)).contrast()
    assert contrast.tail(contrast.upper(0.05)) == pytest.approx(0.05, rel=1e-3)
    assert contrast.tail(-1.5) == 1.0
    assert contrast.tail(1.5) == 0.0


def test_a_statistic_that_is_no_mean_is_not_compared():
    ids = IDS
    number = Resampled.of_sums(ids, lambda sums: sums[..., 0] / sums[..., 1], np.ones((len(ids), 2)))
    order = ExampleOrder(places=np.arange(len(ids)), horizon=200, bounds=(UNIT, UNIT))
    with pytest.raises(NotMeasurableError, match="no mean"):
        replace(paired_sample(number, number), order=order).contrast()


def test_no_scores_are_refused_and_one_has_no_spread():
    with pytest.raises(NotMeasurableError, match="no examples"):
        SequentialMean.of(np.empty(0), UNIT, horizon=10)
    one = SequentialMean.of(np.array([1.0]), UNIT, horizon=10)
    assert one.standard_error == 0
    assert one.estimate().low < 1.0
    assert one.margin_power(0.5) == 0.0
