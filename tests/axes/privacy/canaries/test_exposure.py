"""Exposure of canaries: published vectors, chance, ties, and the tail of the skew-normal distribution."""

import numpy as np
import pytest
import scipy

from leaderboard.axes.privacy.canaries.exposure import FEWEST_TO_FIT, rank_exposures, skew_normal_exposures
from leaderboard.errors import NotMeasurableError

REFERENCES = np.arange(1.0, 17.0)


@pytest.mark.parametrize(
    ("loss", "exposure"), [(0.0, 4.0), (0.1, 4.0), (20.0, 4 - np.log2(17)), (3.5, 2.0)], ids=["0", "0.1", "20", "3.5"]
)
def test_exposures_of_sixteen_references(loss, exposure):
    """Vectors of the test of TensorFlow Privacy's `compute_exposure_interpolation`."""
    assert rank_exposures(np.array([loss]), REFERENCES) == pytest.approx(exposure)


def test_the_first_of_ten_thousand_has_thirteen_bits():
    assert rank_exposures(np.array([-1.0]), np.arange(10_000.0)) == pytest.approx(13.2877, abs=1e-4)


def test_ties_count_half():
    assert rank_exposures(np.array([2.0]), np.array([2.0, 2.0, 3.0, 4.0])) == pytest.approx(2 - np.log2(2))


def test_a_single_reference_bounds_the_exposure_from_both_sides():
    assert rank_exposures(np.array([0.0, 2.0]), np.ones(1)).tolist() == [0.0, -1.0]


def test_no_canary_has_no_exposure():
    assert rank_exposures(np.empty(0), REFERENCES).shape == (0,)


def test_no_reference_is_refused():
    with pytest.raises(NotMeasurableError, match="no reference"):
        rank_exposures(np.zeros(1), np.empty(0))


@pytest.mark.parametrize("exposures", [rank_exposures, skew_normal_exposures])
def test_canaries_that_were_not_trained_on_have_an_exposure_of_chance(exposures):
    rng = np.random.default_rng(0)
    drawn = [exposures(rng.gamma(9, 1, 500), rng.gamma(9, 1, 1000)).mean() for _ in range(4)]
    assert np.mean(drawn) == pytest.approx(np.log2(np.e), abs=0.1)


def test_the_tail_is_that_of_the_normal_distribution_where_references_are_normal():
    rng = np.random.default_rng(1)
    exposure = skew_normal_exposures(np.array([-6.0]), rng.normal(size=20_000))
    assert exposure == pytest.approx(-scipy.stats.norm.logcdf(-6.0) / np.log(2), rel=0.1)


def test_losses_far_out_have_a_finite_exposure():
    exposures = skew_normal_exposures(np.array([-1e3, 1e3]), np.random.default_rng(2).normal(size=200))
    assert np.isfinite(exposures).all()
    assert exposures[0] > 1000
    assert exposures[1] == pytest.approx(0, abs=1e-6)


def test_a_distribution_needs_references_that_differ():
    with pytest.raises(NotMeasurableError, match="30 references or more; there are 16"):
        skew_normal_exposures(np.zeros(1), REFERENCES)
    with pytest.raises(NotMeasurableError, match="the same loss"):
        skew_normal_exposures(np.zeros(1), np.ones(FEWEST_TO_FIT))


def test_losses_that_are_not_skew_normal_have_no_tail():
    losses = np.concatenate([np.linspace(0, 0.1, 100), np.linspace(3, 3.1, 100)])
    with pytest.raises(NotMeasurableError, match="not skew-normal"):
        skew_normal_exposures(np.zeros(1), losses)
