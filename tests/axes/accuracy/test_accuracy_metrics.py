import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, matthews_corrcoef

from leaderboard.axes.accuracy import metrics
from leaderboard.stats.estimate import Status

labels = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40)


def ints(*values):
    return np.array(values, dtype=np.intp)


def test_accuracy_counts_the_right_ones():
    assert metrics.accuracy(ints(0, 1, 1, 0), ints(0, 1, 0, 0)).value == 0.75


def test_macro_f1_by_hand():
    # class 0: TP 1, FP 0, FN 1 -> 2/3; class 1: TP 2, FP 1, FN 0 -> 4/5
    assert metrics.macro_f1(ints(0, 1, 1, 1), ints(0, 0, 1, 1), 2).value == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_mcc_by_hand():
    # TP 2, TN 1, FP 1, FN 0: (2*1 - 1*0) / sqrt(3*2*2*1)
    assert metrics.mcc(ints(0, 1, 1, 1), ints(0, 0, 1, 1), 2).value == pytest.approx(2 / np.sqrt(12))


def test_mcc_of_one_predicted_class_is_not_measured():
    estimate = metrics.mcc(ints(1, 1, 1), ints(0, 1, 1), 2)
    assert estimate.status is Status.NOT_MEASURED
    assert "predictions are of one class" in estimate.reason


def test_mcc_of_one_true_class_is_not_measured():
    assert "truths" in metrics.mcc(ints(1, 0, 1), ints(1, 1, 1), 2).reason


@given(labels)
def test_macro_f1_agrees_with_scikit_learn(pairs):
    predicted, truth = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    assert metrics.macro_f1_from_counts(metrics.example_counts(predicted, truth, 3).sum(axis=0)) == pytest.approx(
        f1_score(truth, predicted, average="macro")
    )


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(labels)
def test_mcc_agrees_with_scikit_learn(pairs):
    predicted, truth = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    value = metrics.mcc_from_counts(metrics.example_counts(predicted, truth, 3).sum(axis=0))
    assert np.nan_to_num(value) == pytest.approx(matthews_corrcoef(truth, predicted), abs=1e-9)


def binary(*positive):
    p = np.array(positive)
    return np.column_stack([1 - p, p])


def test_brier_by_hand():
    # the two-class sum form is twice the mean of (p - y)^2 = .2005
    assert metrics.brier(binary(0.9, 0.8, 0.7, 0.6, 0.55), ints(1, 1, 0, 1, 0)).value == pytest.approx(0.401)


def test_all_answers_right_still_leave_doubt():
    """Four of four: Jeffreys' interval of the accuracy starts at .56."""
    estimate = metrics.macro_f1(ints(0, 1, 1, 0), ints(0, 1, 1, 0), 2)
    assert (estimate.value, estimate.high) == (1.0, 1.0)
    assert 0.4 < estimate.low < 0.7


@pytest.mark.parametrize("metric", [metrics.macro_f1, metrics.mcc])
def test_what_only_one_class_shows_does_not_hide_the_other(metric):
    """One example of a class, answered right, says next to nothing of that class."""
    truth = ints(*[0] * 49, 1)
    estimate = metric(truth, truth, 2)
    assert estimate.value == 1.0
    assert estimate.low < 0.75


@pytest.mark.parametrize("n", [1, 2])
def test_very_few_answers_have_a_wide_interval(n):
    estimate = metrics.macro_f1(ints(*[0] * n), ints(*[0] * n), 2)
    assert estimate.high - estimate.low > 0.5
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_sure_and_right_is_perfectly_calibrated():
    assert metrics.brier(binary(1.0, 0.0), ints(1, 0)).value == 0.0


def test_sure_and_wrong_is_as_bad_as_can_be():
    assert metrics.brier(binary(1.0, 0.0), ints(0, 1)).value == 2.0


def test_the_brier_score_of_nothing_is_not_measured():
    assert metrics.brier(np.empty((0, 2)), ints()).status is Status.NOT_MEASURED


def test_sure_and_right_fifty_times_leaves_doubt_that_the_rule_of_three_tells():
    """At most 3 in 50 are wrong (rule of three), each of which costs 2: an upper end of about .1, not of 0."""
    estimate = metrics.brier(np.tile([1.0, 0.0], (50, 1)), np.zeros(50, np.intp))
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert 0.06 < estimate.high < 0.12


def test_scores_of_nothing_are_not_measured():
    assert metrics.accuracy(ints(), ints()).status is Status.NOT_MEASURED
    assert metrics.macro_f1(ints(), ints(), 2).status is Status.NOT_MEASURED
    assert metrics.mcc(ints(), ints(), 2).status is Status.NOT_MEASURED


def test_calibration_with_a_nan_is_not_measured():
    probabilities = np.array([[float("nan"), float("nan")], [0.5, 0.5]])
    assert metrics.brier(probabilities, ints(0, 1)).status is Status.NOT_MEASURED


def test_perplexity_of_documents_is_that_of_all_their_units_together():
    # 8 units of 1/2 and 4 of 1/4: -LL = 16 ln 2 over 12 units
    estimate = metrics.perplexity(np.array([-8 * np.log(2), -4 * np.log(4)]), ints(8, 4))
    assert estimate.value == pytest.approx(2 ** (16 / 12))
    assert (estimate.n, estimate.low, estimate.high) == (2, pytest.approx(2), pytest.approx(4))


def test_bits_per_byte_by_hand():
    # a byte guessed among 256 costs 8 bits; ten free bytes beside ten of those halve it
    assert metrics.bits_per_byte(np.array([-10 * np.log(256), 0.0]), ints(10, 10)).value == pytest.approx(4)


@pytest.mark.parametrize("metric", [metrics.perplexity, metrics.bits_per_byte])
def test_nothing_to_read_has_no_perplexity(metric):
    assert metric(np.zeros(0), ints()).status is Status.NOT_MEASURED
    assert metric(np.zeros(2), ints(0, 0)).status is Status.NOT_MEASURED


def test_an_empty_document_adds_nothing():
    estimate = metrics.perplexity(np.array([-np.log(4), 0.0]), ints(2, 0))
    assert estimate.value == pytest.approx(2)


def test_a_perplexity_beyond_numbers_is_not_measured():
    assert metrics.perplexity(np.array([-1000.0, -900.0]), ints(1, 1)).status is Status.NOT_MEASURED
