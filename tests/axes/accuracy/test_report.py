import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.v1 import classification_report as seqeval_report
from seqeval.scheme import IOB2
from sklearn.metrics import classification_report

from leaderboard.axes.accuracy.metrics import macro_f1
from leaderboard.axes.accuracy.report import counts_of, report
from leaderboard.axes.accuracy.spans import span_counts, span_scores
from leaderboard.axes.catalogue import AVERAGES
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import proportion

THEIRS = {"precision": "precision", "recall": "recall", "f1": "f1-score"}


def of(true, predicted):
    return by_name(report(*counts_of(true, predicted), independent=True))


def by_name(measurements):
    return {(seen.metric.name, seen.part): seen.estimate for seen in measurements}


def drawn(n, classes, right, seed=0):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, n)
    said = np.where(rng.random(n) < right, true, rng.integers(0, classes, n))
    return [f"class {index}" for index in true], [f"class {index}" for index in said]


def test_by_hand():
    found = of(list("aaaab"), list("aaabb"))
    assert found["precision", "a"].value == 1.0
    assert found["recall", "a"].value == 0.75
    assert found["f1", "a"].value == pytest.approx(6 / 7)
    assert found["precision", "b"].value == 0.5
    assert found["f1", "b"].value == pytest.approx(2 / 3)
    assert found["precision", "macro avg"].value == 0.75
    assert found["precision", "weighted avg"].value == pytest.approx(0.9)
    assert found["f1", "micro avg"].value == 0.8


def test_n_is_the_support():
    found = of(list("aaaab"), list("aaabb"))
    assert {found[metric, "a"].n for metric in THEIRS} == {4}
    assert {found[metric, "b"].n for metric in THEIRS} == {1}
    assert {found[metric, average].n for metric in THEIRS for average in AVERAGES} == {5}


def test_a_class_never_predicted_has_a_recall_of_0_and_no_precision():
    found = of(list("aab"), list("aaa"))
    assert found["precision", "b"].reason == "0/0: nothing was predicted to be of it"
    assert found["recall", "b"].value == 0.0
    assert found["f1", "b"].value == 0.0


def test_a_class_that_is_only_predicted_has_a_precision_of_0_and_no_recall():
    found = of(list("aaa"), list("aab"))
    assert found["recall", "b"].reason == "0/0: nothing is of it"
    assert found["precision", "b"].value == 0.0
    assert found["precision", "b"].n == 0


def test_what_is_undefined_is_left_out_of_an_average():
    found = of(list("aab"), list("aaa"))
    assert found["precision", "macro avg"].value == pytest.approx(2 / 3)  # of a alone
    assert found["recall", "macro avg"].value == 0.5


def test_nothing_has_no_averages():
    found = of([], [])
    assert set(found) == {(metric, average) for metric in THEIRS for average in AVERAGES}
    assert {estimate.reason for estimate in found.values()} == {"no examples"}


def test_one_example_has_a_wide_interval():
    found = of(["a"], ["a"])
    share = proportion(1, 1).low
    assert (found["f1", "a"].value, found["f1", "a"].low) == (1.0, pytest.approx(2 * share / (1 + share)))
    assert found["recall", "a"].low == pytest.approx(proportion(1, 1).low)


def test_averages_of_one_class_are_as_uncertain_as_the_class():
    found = of(["a"] * 20, ["a"] * 20)
    for metric in ("precision", "recall", "f1"):
        for average in AVERAGES:
            assert found[metric, average].value == 1.0
            assert 0.7 < found[metric, average].low < 0.95


def test_precision_and_recall_of_a_class_have_wilsons_interval():
    found = of(["a"] * 50 + ["b"] * 10, ["a"] * 45 + ["b"] * 15)
    assert (found["recall", "a"].low, found["recall", "a"].high) == pytest.approx((0.78640, 0.95652), abs=1e-5)
    assert found["precision", "b"].low == pytest.approx(proportion(10, 15).low)


def test_the_micro_averages_have_the_interval_of_the_accuracy():
    found = of(["a"] * 25 + ["b"] * 25, ["a"] * 22 + ["b"] * 26 + ["a"] * 2)
    known = proportion(45, 50)
    assert {(found[metric, "micro avg"].low, found[metric, "micro avg"].high) for metric in THEIRS} == {
        (known.low, known.high)
    }


def test_the_interval_of_macro_f1_is_that_of_the_metric():
    true, said = drawn(400, 3, 0.7)
    _, codes = np.unique([*true, *said], return_inverse=True)
    known = macro_f1(codes[400:], codes[:400], 3)
    found = of(true, said)["f1", "macro avg"]
    assert found.value == pytest.approx(known.value)
    assert (found.low, found.high) == (known.low, known.high)


def test_spans_without_a_true_one_have_a_precision_alone():
    found = by_name(report(*span_counts([["O", "O"]] * 2, [["B-PER", "O"]] * 2), independent=False))
    assert found["precision", "PER"].value == 0.0
    assert found["recall", "PER"].status is Status.NOT_MEASURED
    assert found["recall", "macro avg"].reason == "0/0 for every class that counts"
    assert found["f1", "weighted avg"].status is Status.NOT_MEASURED


@pytest.mark.parametrize("classes", [2, 20])
def test_twelve_thousand_examples_take_well_under_two_seconds(classes):
    true, said = drawn(12_000, classes, 0.9)
    of(true[:100], said[:100])  # imports
    begin = time.process_time()
    of(true, said)
    assert time.process_time() - begin < 2


names = st.sampled_from(["neutral", "no", "yes", "ja"])
classified = st.lists(st.tuples(names, names), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(classified)
def test_values_are_those_of_scikit_learn(examples):
    true, said = zip(*examples, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are undefined
        expected = classification_report(true, said, output_dict=True, zero_division=np.nan)
    expected["micro avg"] = dict.fromkeys(THEIRS.values(), expected.pop("accuracy")) | {"support": len(true)}
    found = of(true, said)
    assert {part for _, part in found} == set(expected)
    for (metric, part), estimate in found.items():
        value = np.nan if estimate.value is None else estimate.value
        if estimate.reason == "0/0 for every class that counts":
            value = 0.0  # as scikit-learn says where no class that was predicted has an example
        assert value == pytest.approx(expected[part][THEIRS[metric]], abs=1e-12, nan_ok=True)
        assert estimate.n == expected[part]["support"]


@settings(max_examples=40, deadline=None)
@given(classified)
def test_f1_lies_between_precision_and_recall_and_inside_its_interval(examples):
    found = of(*zip(*examples, strict=True))
    for (metric, part), estimate in found.items():
        if estimate.value is not None:
            assert 0 <= estimate.value <= 1
            if estimate.low is not None:
                assert 0 <= estimate.low <= estimate.high <= 1
        if metric == "f1" and part not in AVERAGES:
            sides = [found[side, part].value or 0.0 for side in ("precision", "recall")]
            assert min(sides) - 1e-12 <= estimate.value <= max(sides) + 1e-12


@settings(max_examples=40, deadline=None)
@given(classified)
def test_micro_averages_and_weighted_recall_are_the_accuracy(examples):
    found = of(*zip(*examples, strict=True))
    accuracy = sum(true == said for true, said in examples) / len(examples)
    assert [found[metric, "micro avg"].value for metric in THEIRS] == pytest.approx([accuracy] * 3)
    assert found["recall", "weighted avg"].value == pytest.approx(accuracy)


tags = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
sentence = st.integers(1, 8).flatmap(lambda n: st.tuples(*2 * [st.lists(tags, min_size=n, max_size=n)]))


@settings(max_examples=40, deadline=None)
@given(st.lists(sentence, min_size=1, max_size=12))
def test_values_of_spans_are_those_of_seqeval(sentences):
    true, said = ([list(tags) for tags in side] for side in zip(*sentences, strict=True))
    types, counts = span_counts(true, said)
    found = by_name(report(types, counts, independent=False))
    whole = dict(zip(THEIRS, span_scores(counts), strict=True))
    for metric in THEIRS:
        assert found[metric, "micro avg"].value == whole[metric].value
    if not types:
        return
    expected = seqeval_report(true, said, scheme=IOB2, output_dict=True, zero_division=0)
    for (metric, part), estimate in found.items():
        # seqeval averages what is 0/0 as 0
        if part not in AVERAGES or all(found[metric, each].value is not None for each in types):
            assert (estimate.value or 0.0) == pytest.approx(expected[part][THEIRS[metric]], abs=1e-12)
        assert estimate.n == expected[part]["support"]
