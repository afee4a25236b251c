import numpy as np
import pytest

from leaderboard.axes.accuracy.calibration import calibration_rows, ece, plain_ece, unbiased_ece
from leaderboard.stats.estimate import Status


def ints(*values):
    return np.array(values, dtype=np.intp)


def binary(*positive):
    p = np.array(positive)
    return np.column_stack([1 - p, p])


def answers(rng, n, off):
    """Confidences of .55 to .9, right that much less often."""
    confidence = rng.uniform(0.55, 0.9, n)
    return np.column_stack([1 - confidence, confidence]), (rng.random(n) < confidence - off).astype(np.intp)


def test_the_plain_error_by_hand():
    # .55 and .6 share the bin (8/15, 9/15]: their gaps -.55 and +.4 cancel to .15; (.1 + .2 + .7 + .15) / 5 = .23
    assert plain_ece(binary(0.9, 0.8, 0.7, 0.6, 0.55), ints(1, 1, 0, 1, 0)) == pytest.approx(0.23)


def test_within_a_bin_errors_cancel():
    assert plain_ece(binary(0.75, 0.75, 0.75, 0.75), ints(1, 1, 1, 0)) == pytest.approx(0.0)


@pytest.mark.parametrize(("right", "value"), [(1, 0.0), (0, 1.0)])
def test_sure_answers_are_calibrated_where_they_are_right(right, value):
    assert ece(np.tile([0.0, 1.0], (120, 1)), np.full(120, right)).value == pytest.approx(value, abs=0.01)


def test_where_every_bin_is_large_there_is_no_bias_to_remove():
    probabilities, truth = answers(np.random.default_rng(0), 200_000, 0.1)
    assert ece(probabilities, truth).value == pytest.approx(plain_ece(probabilities, truth), rel=0.01)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("off", [0.05, 0.1])
def test_the_mean_over_samples_is_the_true_error(off):
    """The plain one is .07 and .11 on average."""
    rng = np.random.default_rng(0)
    samples = [answers(rng, 300, off) for _ in range(200)]
    values = [unbiased_ece(calibration_rows(*sample).sum(axis=0)[None], 300)[0] for sample in samples]
    assert np.mean(values) == pytest.approx(off, abs=0.012)


def test_a_calibrated_model_has_less_error_than_it_plainly_shows_and_an_interval_from_0():
    probabilities, truth = answers(np.random.default_rng(1), 500, 0.0)
    estimate = ece(probabilities, truth)
    assert estimate.low == 0.0
    assert estimate.value < plain_ece(probabilities, truth) - 0.01


def lucky(n):
    """Confidences of .55 to .9, of which just as many as they say are right in each bin."""
    confidence = np.sort(np.random.default_rng(0).uniform(0.55, 0.9, n))
    right = np.diff(np.floor(np.cumsum(confidence)), prepend=0)
    return np.column_stack([1 - confidence, confidence]), right.astype(np.intp)


def test_luck_excludes_no_errors_that_a_typical_calibrated_model_would_not():
    """The upper end was 0: of 300 answers, as if there were no doubt."""
    probabilities, truth = lucky(300)
    assert plain_ece(probabilities, truth) < 0.02
    estimate = ece(probabilities, truth)
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert 0.05 < estimate.high < 0.12


@pytest.mark.slow
@pytest.mark.parametrize("off", [0.0, 0.02, 0.05])
def test_intervals_hold_the_true_error_and_none_is_short(off):
    rng = np.random.default_rng(2)
    estimates = [ece(*answers(rng, 300, off)) for _ in range(60)]
    held = [estimate.low <= off <= estimate.high for estimate in estimates]
    assert np.mean(held) >= 0.9
    assert min(estimate.high for estimate in estimates) > 0.05


@pytest.mark.parametrize(
    ("n", "reason"), [(0, "no examples"), (1, "needs 100"), (99, "needs 100 examples for 15 bins")]
)
def test_few_examples_are_not_measured(n, reason):
    estimate = ece(np.tile([0.3, 0.7], (n, 1)), np.ones(n, np.intp))
    assert estimate.status is Status.NOT_MEASURED
    assert reason in estimate.reason


def test_what_is_no_number_is_not_measured():
    assert "not finite" in ece(np.full((200, 2), np.nan), np.ones(200, np.intp)).reason
