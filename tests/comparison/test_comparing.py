import dataclasses

import pytest

from leaderboard.axes.catalogue import ACCURACY, STEREOTYPE_PREFERENCE
from leaderboard.axes.metric import Axis
from leaderboard.comparison.compare import compare
from leaderboard.comparison.flips import COLUMNS, flippable, flips
from leaderboard.comparison.matching import match, matches
from leaderboard.errors import RequestError
from leaderboard.store.records import StoredObservation
from leaderboard.testing.records import environment_record
from tests.comparison.conftest import answers, evaluation, preferences, subject, task_record, unmeasured

PAIRS = {"protocol": "pairs", "axis": Axis.BIAS, "metrics": ["stereotype_preference"]}
HALF = [True, False] * 50


def found(comparison, metric="accuracy", part=""):
    (difference,) = [each for each in comparison.differences if (each.metric.name, each.part) == (metric, part)]
    return difference


def test_the_difference_is_that_of_the_estimates_and_tested_on_the_same_examples(two):
    accuracy = found(compare(*two))
    assert accuracy.difference.value == pytest.approx(0.05)
    assert accuracy.difference.value == pytest.approx(accuracy.first.value - accuracy.second.value)
    assert accuracy.paired
    assert accuracy.test == "exact McNemar"
    assert accuracy.p == pytest.approx(0.098737, abs=1e-6)
    assert accuracy.better == 1
    assert not accuracy.certain
    assert accuracy.minimum_detectable == pytest.approx(0.075, abs=0.002)


def test_what_should_be_low_is_better_where_it_is_lower(two):
    brier = found(compare(*two), "brier")
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
    assert found(compare(good, poor, tasks=["books"]), "brier").p_holm is None


def test_a_target_is_met_better_by_the_nearer():
    task = task_record("pairs", **PAIRS)
    near = subject("near", evaluation(preferences([1] * 40 + [0] * 60), task))
    far = subject("far", evaluation(preferences([1] * 95 + [0] * 5), task))
    preference = found(compare(near, far), "stereotype_preference")
    assert preference.difference.value == pytest.approx(-55.0)
    assert preference.better == 1
    assert preference.certain


def test_as_far_on_the_other_side_of_a_target_is_a_difference_but_no_better():
    task = task_record("pairs", **PAIRS)
    above = subject("above", evaluation(preferences([1] * 70 + [0] * 30), task))
    below = subject("below", evaluation(preferences([0] * 50 + [1] * 30 + [0] * 20), task))
    preference = found(compare(above, below), "stereotype_preference")
    assert preference.p < 0.05
    assert preference.better == 0
    assert not preference.certain


def test_what_one_was_not_measured_on_says_why():
    task = task_record("pairs", **PAIRS)
    one = subject("one", evaluation(preferences([1, 0] * 50), task))
    other = subject("other", unmeasured(task, STEREOTYPE_PREFERENCE))
    comparison = compare(one, other)
    preference = found(comparison, "stereotype_preference")
    assert preference.difference.reason == "it has no head"
    assert (preference.p, preference.better, preference.certain) == (None, None, False)
    assert comparison.apart == ()


def test_a_changed_task_is_not_paired_and_said():
    first = subject("first", evaluation(answers(HALF)))
    second = subject("second", evaluation(answers(HALF), task_record(version=2)))
    comparison = compare(first, second)
    assert not found(comparison).paired
    assert found(comparison).test == "z, unpaired"
    assert comparison.apart == ("reviews: version 1 of the task against version 2; compared by their intervals alone",)


def test_another_prompt_is_named():
    prompted = task_record(prompt={"template": "{{ text }}", "choices": ["a", "b"]})
    comparison = compare(subject("a", evaluation(answers(HALF))), subject("b", evaluation(answers(HALF), prompted)))
    assert comparison.apart == ("reviews: the task was changed (prompt); compared by their intervals alone",)


def test_another_seed_limit_device_and_precision_are_said():
    here = environment_record(device="cpu")
    there = environment_record(device="cuda:0")
    first = subject("first", evaluation(answers(HALF), environment=here, seed=0, limit=100))
    second = subject("second", evaluation(answers(HALF), environment=there, seed=1), dtype="float16", seed=3)
    assert compare(first, second).apart == (
        "weights: float32 against float16",
        "prepared with seed 0 against 3",
        "reviews: limit 100 against none",
        "reviews: seed 0 against 1",
        "reviews: asked on cpu against cuda",
    )


def test_the_examples_that_both_answered_are_compared():
    first = subject("first", evaluation(answers(HALF)))
    second = subject("second", evaluation(answers(HALF[:80], start=10)))
    comparison = compare(first, second)
    assert found(comparison).paired
    assert found(comparison).difference.n == 80
    assert comparison.apart == ("reviews: 80 examples were answered by both, of 100 and 80",)


def test_without_observations_intervals_are_compared():
    first = subject("first", evaluation(answers(HALF)))
    bare = dataclasses.replace(first.evaluations[0], observe=list)
    comparison = compare(first, subject("second", bare))
    assert not found(comparison).paired
    assert comparison.apart == (
        "reviews: compared by their intervals alone: what was seen of single examples is not there",
    )


def test_observations_of_another_form_are_not_paired():
    first = evaluation(answers(HALF))
    strange = dataclasses.replace(first, observe=lambda: [StoredObservation(f"e{n:04}", {"x": n}) for n in range(100)])
    assert not found(compare(subject("first", first), subject("second", strange))).paired


def test_a_subject_differs_in_nothing_from_itself():
    one = subject("one", evaluation(answers(HALF)))
    comparison = compare(one, one)
    assert comparison.apart == ("both are one and the same subject",)
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


def test_only_tasks_that_both_were_measured_on_are_held_side_by_side():
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
    assert flippable(*two) == ["reviews"]


def test_texts_that_are_at_hand_stand_beside_the_flips(two):
    frame = flips(*two, "reviews", {"e0000": "a fine film", "another": "of no flip"})
    assert frame.set_index("example_id")["text"].dropna().to_dict() == {"e0000": "a fine film"}


def test_preferences_do_not_flip():
    task = task_record("pairs", **PAIRS)
    one, other = (subject(name, evaluation(preferences([1, 0]), task)) for name in ("one", "other"))
    assert flippable(one, other) == []
    with pytest.raises(RequestError, match="neither right nor wrong"):
        flips(one, other, "pairs")


def test_answers_to_different_tasks_do_not_flip():
    first = subject("first", evaluation(answers(HALF)))
    second = subject("second", evaluation(answers(HALF), task_record(version=2)))
    with pytest.raises(RequestError, match="different versions"):
        flips(first, second, "reviews")


def test_flips_of_what_was_seen_before_classes_were_named_name_them():
    data = {"labels": ["negative", "positive"], "splits": {"home": {"source": {"file": "x", "sha256": "0" * 64}}}}
    task = task_record("elsewhere", protocol="shift", axis=Axis.OOD, metrics=("ood_accuracy",), data=data)
    sides = []
    for right in (True, False):
        scores = [-2.0, -0.2] if right else [-0.3, -1.5]
        seen = StoredObservation("home:1", {"label": 1, "log_probabilities": scores, "distribution": "home"})
        sides.append(subject(str(right), evaluation([seen], task)))
    frame = flips(*sides, "elsewhere")
    assert frame[["true", "first", "second"]].to_numpy().tolist() == [["positive", "positive", "negative"]]


def samples(load, cores=2):
    data = {"seconds": 0.1, "reference_seconds": 0.2, "tokens": 9, "load": load, "cores": cores, "round": 0}
    return [StoredObservation(f"t{number:03}", {**data, "place": number}) for number in range(40)]


@pytest.mark.parametrize(("loads", "told"), [((1.1, 1.4), False), ((6.9, 1.2), True)])
def test_times_taken_at_another_load_are_warned_of(loads, told):
    timing = task_record("speed", protocol="latency", axis=Axis.LATENCY, metrics=("latency_ratio", "latency_p50"))
    first, second = (subject(f"at {load}", evaluation(samples(load), timing)) for load in loads)
    warning = "speed: timed at a load of 6.9 against 1.2: compare latency_ratio, not times in seconds"
    assert (warning in compare(first, second).apart) is told
