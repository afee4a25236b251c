import json
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report

from leaderboard.axes.accuracy import AVERAGES
from leaderboard.axes.accuracy.metrics import macro_f1, mcc
from leaderboard.axes.accuracy.report import (
    MAX_REPORT_CLASSES,
    Count,
    estimate_class_report,
    example_class_counts,
    report_of_answers,
    unseen_predictions,
)
from leaderboard.axes.accuracy.spans import span_counts, span_scores
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import proportion
from tests.in_one_test import in_one_test

SEQEVAL = json.loads(Path(__file__).with_name("seqeval.json").read_text())
THEIRS = {"precision": "precision", "recall": "recall", "f1": "f1-score"}


def of(true, predicted):
    return by_name(estimate_class_report(*example_class_counts(true, predicted), independent=True))


def by_name(measurements):
    return {(measurement.metric.name, measurement.part): measurement.estimate for measurement in measurements}


def drawn(n, classes, right, seed=0):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, n)
    predicted = np.where(rng.random(n) < right, true, rng.integers(0, classes, n))
    return [f"class {index}" for index in true], [f"class {index}" for index in predicted]


def test_by_hand():
    results = of(list("aaaab"), list("aaabb"))
    assert results["precision", "a"].value == 1.0
    assert results["recall", "a"].value == 0.75
    assert results["f1", "a"].value == pytest.approx(6 / 7)
    assert results["precision", "b"].value == 0.5
    assert results["f1", "b"].value == pytest.approx(2 / 3)
    assert results["precision", "macro avg"].value == 0.75
    assert results["precision", "weighted avg"].value == pytest.approx(0.9)
    assert results["f1", "micro avg"].value == 0.8


def test_n_is_the_support():
    results = of(list("aaaab"), list("aaabb"))
    assert {results[metric, "a"].n for metric in THEIRS} == {4}
    assert {results[metric, "b"].n for metric in THEIRS} == {1}
    assert {results[metric, average].n for metric in THEIRS for average in AVERAGES} == {5}


def test_a_class_never_predicted_has_a_recall_of_0_and_no_precision():
    results = of(list("aab"), list("aaa"))
    assert results["precision", "b"].reason == "0/0: nothing was predicted to be of it"
    assert results["recall", "b"].value == 0.0
    assert results["f1", "b"].value == 0.0


def test_a_class_that_is_only_predicted_has_a_precision_of_0_and_no_recall():
    results = of(list("aaa"), list("aab"))
    assert results["recall", "b"].reason == "0/0: nothing is of it"
    assert results["precision", "b"].value == 0.0
    assert results["precision", "b"].n == 0


def test_what_is_undefined_is_left_out_of_an_average():
    results = of(list("aab"), list("aaa"))
    assert results["precision", "macro avg"].value == pytest.approx(2 / 3)  # of a alone
    assert results["recall", "macro avg"].value == 0.5


def test_nothing_has_no_averages():
    results = of([], [])
    assert set(results) == {(metric, average) for metric in THEIRS for average in AVERAGES}
    assert {estimate.reason for estimate in results.values()} == {"no examples"}


def test_one_example_has_a_wide_interval():
    results = of(["a"], ["a"])
    share = proportion(1, 1).low
    assert (results["f1", "a"].value, results["f1", "a"].low) == (1.0, pytest.approx(2 * share / (1 + share)))
    assert results["recall", "a"].low == pytest.approx(proportion(1, 1).low)


def test_averages_of_one_class_are_as_uncertain_as_the_class():
    results = of(["a"] * 20, ["a"] * 20)
    for metric in ("precision", "recall", "f1"):
        for average in AVERAGES:
            assert results[metric, average].value == 1.0
            assert 0.7 < results[metric, average].low < 0.95


def test_precision_and_recall_of_a_class_have_wilsons_interval():
    results = of(["a"] * 50 + ["b"] * 10, ["a"] * 45 + ["b"] * 15)
    assert (results["recall", "a"].low, results["recall", "a"].high) == pytest.approx((0.78640, 0.95652), abs=1e-5)
    assert results["precision", "b"].low == pytest.approx(proportion(10, 15).low)


def test_the_micro_averages_have_the_interval_of_the_accuracy():
    results = of(["a"] * 25 + ["b"] * 25, ["a"] * 22 + ["b"] * 26 + ["a"] * 2)
    reference = proportion(45, 50)
    assert {(results[metric, "micro avg"].low, results[metric, "micro avg"].high) for metric in THEIRS} == {
        (reference.low, reference.high)
    }


def test_the_interval_of_macro_f1_is_that_of_the_metric():
    true, predicted = drawn(400, 3, 0.7)
    _, codes = np.unique([*true, *predicted], return_inverse=True)
    reference = macro_f1(codes[400:], codes[:400], 3)
    results = of(true, predicted)["f1", "macro avg"]
    assert results.value == pytest.approx(reference.value)
    assert (results.low, results.high) == (reference.low, reference.high)


def test_spans_without_a_true_one_have_a_precision_alone():
    results = by_name(estimate_class_report(*span_counts([["O", "O"]] * 2, [["B-PER", "O"]] * 2), independent=False))
    assert results["precision", "PER"].value == 0.0
    assert results["recall", "PER"].status is Status.NOT_MEASURED
    assert results["recall", "macro avg"].reason == "0/0 for every class that counts"
    assert results["f1", "weighted avg"].status is Status.NOT_MEASURED


@pytest.mark.parametrize("classes", [2, 20])
def test_twelve_thousand_examples_take_well_under_two_seconds(classes):
    true, predicted = drawn(12_000, classes, 0.9)
    of(true[:100], predicted[:100])  # imports
    begin = time.process_time()
    of(true, predicted)
    assert time.process_time() - begin < 2


names = st.sampled_from(["neutral", "no", "yes", "ja"])
classified = st.lists(st.tuples(names, names), min_size=1, max_size=40)


@given(classified)
def test_values_are_those_of_scikit_learn(examples):
    true, predicted = zip(*examples, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are undefined
        expected = classification_report(true, predicted, output_dict=True, zero_division=np.nan)
    expected["micro avg"] = dict.fromkeys(THEIRS.values(), expected.pop("accuracy")) | {"support": len(true)}
    results = of(true, predicted)
    assert {part for _, part in results} == set(expected)
    for (metric, part), estimate in results.items():
        value = np.nan if estimate.value is None else estimate.value
        if estimate.reason == "0/0 for every class that counts":
            value = 0.0  # as scikit-learn says where no class that was predicted has an example
        assert value == pytest.approx(expected[part][THEIRS[metric]], abs=1e-12, nan_ok=True)
        assert estimate.n == expected[part]["support"]


@given(classified)
def test_f1_lies_between_precision_and_recall_and_inside_its_interval(examples):
    results = of(*zip(*examples, strict=True))
    for (metric, part), estimate in results.items():
        if estimate.value is not None:
            assert 0 <= estimate.value <= 1
            if estimate.low is not None:
                assert 0 <= estimate.low <= estimate.high <= 1
        if metric == "f1" and part not in AVERAGES:
            sides = [results[side, part].value or 0.0 for side in ("precision", "recall")]
            assert min(sides) - 1e-12 <= estimate.value <= max(sides) + 1e-12


@given(classified)
def test_micro_averages_and_weighted_recall_are_the_accuracy(examples):
    results = of(*zip(*examples, strict=True))
    accuracy = sum(true == predicted for true, predicted in examples) / len(examples)
    assert [results[metric, "micro avg"].value for metric in THEIRS] == pytest.approx([accuracy] * 3)
    assert results["recall", "weighted avg"].value == pytest.approx(accuracy)


@in_one_test("case", SEQEVAL["reports"])
def test_values_of_spans_are_those_of_seqeval(case):
    true, predicted = ([tags.split() for tags in case[side]] for side in ("true", "predicted"))
    types, counts = span_counts(true, predicted)
    results = by_name(estimate_class_report(types, counts, independent=False))
    whole = dict(zip(THEIRS, span_scores(counts), strict=True))
    for metric in THEIRS:
        assert results[metric, "micro avg"].value == whole[metric].value
    expected = case["report"]
    for (metric, part), estimate in results.items():
        # seqeval averages what is 0/0 as 0
        if part not in AVERAGES or all(results[metric, each].value is not None for each in types):
            assert (estimate.value or 0.0) == pytest.approx(expected[part][THEIRS[metric]], abs=1e-12)
        assert estimate.n == expected[part]["support"]


def test_more_classes_than_anybody_reads_have_no_report():
    names = [str(each) for each in range(MAX_REPORT_CLASSES + 1)]
    measurements = report_of_answers(names, names)
    assert {each.part for each in measurements} == set(AVERAGES)
    assert {each.estimate.reason for each in measurements} == {"2,001 classes; a report has at most 2,000"}


@pytest.mark.parametrize("classes", [0, 1, 2, 7])
def test_unseen_answers_are_half_an_answer(classes):
    wrong, right = (unseen(np.random.default_rng(0), 400) for unseen in unseen_predictions(classes))
    wrong, right = (sums.reshape(400, classes, len(Count)) for sums in (wrong, right))
    assert (right == right[..., :1]).all()  # of each class as often predicted as true, and right
    assert (wrong[..., Count.CORRECT] == 0).all()
    if classes > 1:
        assert (np.count_nonzero(wrong, axis=1)[:, 1:] == 1).all()
        assert not (wrong[..., Count.PREDICTED] * wrong[..., Count.TRUE]).any()
        assert (wrong[..., Count.PREDICTED].any(axis=0) & wrong[..., Count.TRUE].any(axis=0)).all()
        assert wrong.sum(axis=(1, 2)).mean() / 2 == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_the_memory_of_an_interval_does_not_grow_with_the_square_of_the_classes():
    classes, n = 4_000, 20  # 8 GB by a table of ways to be wrong, 128 MB by a table of classes
    predicted = np.arange(n)
    tracemalloc.start()
    estimate = mcc(predicted, np.where(predicted < 10, predicted, predicted + 1), classes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert estimate.value is not None
    assert peak < 1.2e9
