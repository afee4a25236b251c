import dataclasses

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import STEREOTYPE_PREFERENCE
from leaderboard.comparison.compare import compare
from leaderboard.comparison.flips import COLUMNS, flip_tasks, flips
from leaderboard.comparison.matching import match, matches
from leaderboard.errors import RequestError
from leaderboard.store.records import StoredObservation
from tests.comparison.conftest import answers, evaluation, preferences, subject, task_record, unmeasured
from tests.synthetic.records import environment_record

PAIRS = {"protocol": "pairs", "axis": Axis.BIAS, "metrics": ["stereotype_preference"]}
HALF = [True, False] * 50


def difference_in(comparison, metric="accuracy", part=""):
    (difference,) = [each for each in comparison.differences if (each.metric.name, each.part) == (metric, part)]
    return difference


def test_the_difference_is_that_of_the_estimates_and_tested_on_the_same_examples(two):
    accuracy = difference_in(compare(*two))
    assert accuracy.difference.value == pytest.approx(0.05)
    assert accuracy.difference.value == pytest.approx(accuracy.first.value - accuracy.second.value)
    assert accuracy.paired
    assert accuracy.test == "exact McNemar"
    assert accuracy.p == pytest.approx(0.098737, abs=1e-6)
    assert accuracy.better == 1
    assert not accuracy.certain
    assert accuracy.minimum_detectable == pytest.approx(0.075, abs=0.002)


def test_what_should_be_low_is_better_where_it_is_lower(two):
    brier = difference_in(compare(*two), "brier")
    assert brier.difference.value < 0
    assert brier.better == 1
    assert brier.test == "paired t"


def test_turned_round_all_signs_change(two):
    one, other = compare(*two), compare(*reversed(two))
    for there, back in zip(one.differences, other.differences, strict=True):
        assert back.difference.value == pytest.approx(-there.difference.value)
        assert back.p == pytest.approx(there.p)
        assert back.better == -there.better


def test_only_headline_metrics_are_adjusted_for_each_other():
    tasks = [task_record(name) for name in ("books", "films")]
    good = subject("good", *(evaluation(answers([True] * 30 + [False] * 10), task) for task in tasks))
    poor = subject("poor", *(evaluation(answers([True] * 20 + [False] * 20), task) for task in tasks))
    comparison = compare(good, poor)
    headline = [each for each in comparison.differences if each.metric is ACCURACY]
    assert comparison.family == 2
    assert [each.p_holm for each in headline] == [pytest.approx(2 * each.p) for each in headline]
    assert difference_in(compare(good, poor, tasks=["books"]), "brier").p_holm is None


def test_a_target_is_met_better_by_the_nearer():
    task = task_record("pairs", **PAIRS)
    near = subject("near", evaluation(preferences([1] * 40 + [0] * 60), task))
    far = subject("far", evaluation(preferences([1] * 95 + [0] * 5), task))
    preference = difference_in(compare(near, far), "stereotype_preference")
    assert preference.difference.value == pytest.approx(-55.0)
    assert preference.better == 1
    assert preference.certain


def test_as_far_on_the_other_side_of_a_target_is_a_difference_but_no_better():
    task = task_record("pairs", **PAIRS)
    above = subject("above", evaluation(preferences([1] * 70 + [0] * 30), task))
    below = subject("below", evaluation(preferences([0] * 50 + [1] * 30 + [0] * 20), task))
    preference = difference_in(compare(above, below), "stereotype_preference")
    assert preference.p < 0.05
    assert preference.better == 0
    assert not preference.certain


def test_a_metric_that_one_was_not_measured_on_has_a_reason():
    task = task_record("pairs", **PAIRS)
    one = subject("one", evaluation(preferences([1, 0] * 50), task))
    other = subject("other", unmeasured(task, STEREOTYPE_PREFERENCE))
    comparison = compare(one, other)
    preference = difference_in(comparison, "stereotype_preference")
    assert preference.difference.reason == "it has no head"
    assert (preference.p, preference.better, preference.certain) == (None, None, False)
    assert comparison.caveats == ()


def test_a_changed_task_is_not_paired_and_is_a_caveat():
    first = subject("first", evaluation(answers(HALF)))
    second = subject("second", evaluation(answers(HALF), task_record(version=2)))
    comparison = compare(first, second)
    assert not difference_in(comparison).paired
    assert difference_in(comparison).test == "z, unpaired"
    assert comparison.caveats == (
        "reviews: version 1 of the task against version 2; compared by intervals, not example by example",
    )


def test_another_prompt_is_named():
    prompted = task_record(prompt={"template": "{{ text }}", "choices": ["a", "b"]})
    comparison = compare(subject("a", evaluation(answers(HALF))), subject("b", evaluation(answers(HALF), prompted)))
    assert comparison.caveats == (
        "reviews: the task was changed (prompt); compared by intervals, not example by example",
    )


def test_another_seed_limit_device_and_precision_are_caveats():
    here = environment_record(device="cpu")
    there = environment_record(device="cuda:0")
    first = subject("first", evaluation(answers(HALF), environment=here, seed=0, limit=100))
    second = subject("second", evaluation(answers(HALF), environment=there, seed=1), dtype="float16", seed=3)
    assert compare(first, second).caveats == (
        "weights: float32 against float16",
        "prepared with seed 0 against 3",
        "reviews: limit 100 against none",
        "reviews: seed 0 against 1",
        "reviews: measured on cpu against cuda",
    )


def test_the_examples_that_both_answered_are_compared():
    first = subject("first", evaluation(answers(HALF)))
    second = subject("second", evaluation(answers(HALF[:80], start=10)))
    comparison = compare(first, second)
    assert difference_in(comparison).paired
    assert difference_in(comparison).difference.n == 80
    assert comparison.caveats == ("reviews: 80 examples in common, of 100 and 80",)


def test_without_observations_intervals_are_compared():
    first = subject("first", evaluation(answers(HALF)))
    bare = dataclasses.replace(first.evaluations[0], observe=list)
    comparison = compare(first, subject("second", bare))
    assert not difference_in(comparison).paired
    assert comparison.caveats == (
        "reviews: compared by intervals, not example by example: per-example observations are missing",
    )


def test_observations_of_another_form_are_not_paired():
    first = evaluation(answers(HALF))
    strange = dataclasses.replace(first, observe=lambda: [StoredObservation(f"e{n:04}", {"x": n}) for n in range(100)])
    assert not difference_in(compare(subject("first", first), subject("second", strange))).paired


def test_a_subject_differs_in_nothing_from_itself():
    one = subject("one", evaluation(answers(HALF)))
    comparison = compare(one, one)
    assert comparison.caveats == ("both are the same subject",)
    assert all(each.p == 1.0 and each.better == 0 and not each.certain for each in comparison.differences)


def test_the_same_task_is_chosen_before_the_fullest_and_the_fullest_before_the_newest():
    new, old = task_record(version=2), task_record()
    first = subject("first", evaluation(answers(HALF), old), evaluation(answers(HALF), new, later=5))
    second = subject(
        "second",
        evaluation(answers(HALF), old, limit=10),
        evaluation(answers(HALF), old, later=1),
        evaluation(answers(HALF), old, later=2),
        evaluation(answers(HALF), old, limit=50, later=9),
    )
    chosen = match(first, second, "reviews")
    assert chosen.first.task.version == 1
    assert chosen.second.limit is None
    assert chosen.second.started_at.minute == 2


def test_only_tasks_that_both_were_measured_on_are_compared():
    books = evaluation(answers(HALF), task_record("books"))
    one, other = subject("one", books, evaluation(answers(HALF))), subject("other", evaluation(answers(HALF)))
    assert [pair.task for pair in matches(one, other)] == ["reviews"]
    with pytest.raises(RequestError, match=r"other: unknown task 'books'"):
        compare(one, other, tasks=["books"])


def test_flips_by_hand(two):
    frame = flips(*two, "reviews")
    assert tuple(frame.columns) == COLUMNS
    assert frame["right"].value_counts().to_dict() == {"first": 20, "second": 10}
    assert frame.iloc[0].to_dict() == {
        "example_id": "e0000",
        "text": None,
        "true": "positive",
        "first": "positive",
        "second": "negative",
        "right": "first",
    }
    assert flip_tasks(*two) == ["reviews"]


def test_texts_are_added_to_the_flips_where_available(two):
    frame = flips(*two, "reviews", {"e0000": "a fine film", "another": "of no flip"})
    assert frame.set_index("example_id")["text"].dropna().to_dict() == {"e0000": "a fine film"}


def test_preferences_do_not_flip():
    task = task_record("pairs", **PAIRS)
    one, other = (subject(name, evaluation(preferences([1, 0]), task)) for name in ("one", "other"))
    assert flip_tasks(one, other) == []
    with pytest.raises(RequestError, match="neither right nor wrong"):
        flips(one, other, "pairs")


def test_answers_to_different_tasks_do_not_flip():
    first = subject("first", evaluation(answers(HALF)))
    second = subject("second", evaluation(answers(HALF), task_record(version=2)))
    with pytest.raises(RequestError, match="different versions"):
        flips(first, second, "reviews")


def test_flips_of_observations_without_class_names_have_names():
    data = {"labels": ["negative", "positive"], "splits": {"home": {"source": {"file": "x", "sha256": "0" * 64}}}}
    task = task_record("elsewhere", protocol="shift", axis=Axis.OOD, metrics=("ood_accuracy",), data=data)
    sides = []
    for right in (True, False):
        scores = [-2.0, -0.2] if right else [-0.3, -1.5]
        observation = StoredObservation("home:1", {"label": 1, "log_probabilities": scores, "distribution": "home"})
        sides.append(subject(str(right), evaluation([observation], task)))
    frame = flips(*sides, "elsewhere")
    assert frame[["true", "first", "second"]].to_numpy().tolist() == [["positive", "positive", "negative"]]


def samples(load, cores=2):
    data = {"seconds": 0.1, "reference_seconds": 0.2, "tokens": 9, "load": load, "cores": cores, "round": 0}
    return [StoredObservation(f"t{number:03}", {**data, "place": number}) for number in range(40)]


@pytest.mark.parametrize(("loads", "expected"), [((1.1, 1.4), False), ((6.9, 1.2), True)])
def test_times_taken_at_another_load_are_warned_of(loads, expected):
    timing = task_record("speed", protocol="latency", axis=Axis.LATENCY, metrics=("latency_ratio", "latency_p50"))
    first, second = (subject(f"at {load}", evaluation(samples(load), timing)) for load in loads)
    warning = "speed: timed at a load of 6.9 against 1.2: compare latency_ratio, not times in seconds"
    assert (warning in compare(first, second).caveats) is expected
