import math

import pytest

from leaderboard.stats.estimate import Estimate, Status


def test_a_measured_estimate_keeps_its_numbers():
    estimate = Estimate.measured(0.5, (0.4, 0.6), n=10, method="Wilson 95 %")
    assert (estimate.status, estimate.value, estimate.low, estimate.high) == (Status.MEASURED, 0.5, 0.4, 0.6)


def test_unknown_has_no_value_and_says_why():
    estimate = Estimate.not_measured("no examples")
    assert estimate.value is None
    assert estimate.reason == "no examples"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_not_measured(value):
    assert Estimate.measured(value, None, n=3, method="exact").status is Status.NOT_MEASURED


def test_an_interval_with_an_undefined_end_is_not_measured():
    assert Estimate.measured(0.5, (math.nan, 0.6), n=3, method="bootstrap").status is Status.NOT_MEASURED


def test_an_unknown_value_is_never_zero():
    with pytest.raises(ValueError, match="reason"):
        Estimate(Status.NOT_MEASURED, value=0.0, reason="no examples")


def test_an_unknown_value_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        Estimate(Status.NOT_MEASURED)


def test_an_interval_cannot_run_backwards():
    with pytest.raises(ValueError, match="low to high"):
        Estimate.measured(0.5, (0.6, 0.4), n=10, method="Wilson 95 %")
