"""Tables by suite: who stands in which, what each ranks by, and what never meets in one."""

import math
from datetime import UTC, datetime

import pandas as pd
import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.ranked_suites import bundled_suites
from leaderboard.ranking.suites import (
    chosen_table,
    in_suites,
    shared_tasks,
    suite_of,
    suite_tables,
    tables_called,
)
from leaderboard.ranking.utility_scale import task_anchors
from leaderboard.store.frames import empty_estimates
from leaderboard.tasks import default_catalogue

DEMO = {
    "accuracy": ("movies", "accuracy"),
    "ood": ("shift_movies", "ood_accuracy"),
    "crows": ("crows_pairs_demo", "stereotype_preference"),
    "gap": ("counterfactual_movies", "relative_counterfactual_gap"),
    "privacy": ("membership_movies", "leak_auc"),
    "latency": ("latency_movies", "latency_ratio"),
    "faithful": ("faithfulness_movies", "faithfulness"),
}
GOOD = {"accuracy": 0.8, "ood": 0.8, "crows": 55.0, "gap": 0.2, "privacy": 0.6, "latency": 1.0, "faithful": 0.8}
NOISE = {"accuracy": 0.5, "ood": 0.48, "crows": 50.0, "gap": 0.0, "privacy": 0.5, "latency": 0.07, "faithful": 0.95}
"""A tiny body of random weights: fast, without a stereotype, without a memory, and each answer hangs on a word."""
OWN = {"protocol": "classification", "data": {"labels": ["no", "yes"], "splits": {"train": {}, "test": {}}}}
CATALOGUE = default_catalogue()
DEFINITIONS = {name: task.model_dump(mode="json") for name, task in CATALOGUE.tasks.items()} | {
    "english": OWN,
    "chinese": OWN,
    "english_pairs": {"protocol": "pairs", "adapt_to": "english", "data": {}},
}


def row(subject, task, metric, value, *, n=1000, half=0.02, reason=""):
    declaration = METRICS[metric]
    return {
        "subject": subject,
        "model": subject,
        "recipe": "probe",
        "axis": declaration.axis.value,
        "task": task,
        "metric": metric,
        "value": math.nan if reason else value,
        "low": math.nan if reason else value - half,
        "high": math.nan if reason else value + half,
        "n": n,
        "unit": declaration.unit,
        "better": declaration.better.value,
        "headline": declaration.headline,
        "status": "not_measured" if reason else "measured",
        "reason": reason,
        "environment": "cpu",
        "evaluated_at": datetime(2026, 5, 1, tzinfo=UTC),
        "task_version": 1,
    }


def demo(subject, values, **changes):
    return [row(subject, *DEMO[name], value, **changes) for name, value in values.items()]


def tables(rows, adapted):
    frame = pd.DataFrame(rows, columns=list(empty_estimates().columns)).astype(empty_estimates().dtypes.to_dict())
    return suite_tables(frame, adapted, DEFINITIONS, bundled_suites())


def ranked(table, weights=None, **options):
    return table.utilities(task_anchors(DEFINITIONS)).ranked(weights, **options).set_index("subject")


@pytest.mark.parametrize("method", list(Method))
def test_one_axis_of_six_never_ranks_before_all_six(method):
    rows = [*demo("whole", GOOD), *demo("other", GOOD | {"accuracy": 0.7}), row("part", "movies", "accuracy", 1.0)]
    (table,) = tables(rows, dict.fromkeys(("whole", "other", "part"), "movies"))
    board = ranked(table, method=method)
    lacking = board.loc["part"]
    assert board.index.tolist()[2] == "part"
    assert pd.isna(lacking["rank"])
    assert lacking["not_ranked"].startswith("1 of 6 axes (ood: shift_movies: not measured; bias: ")
    assert board.loc["whole", "not_ranked"] == ""


@pytest.mark.slow_after(8)
@pytest.mark.parametrize("weights", [None, {Axis.LATENCY: 50.0}, {Axis.ACCURACY: 0.0}, {Axis.EXPLAINABILITY: 9.0}])
@pytest.mark.parametrize("method", list(Method))
def test_random_weights_never_rank_before_a_model_above_chance(method, weights):
    rows = [*demo("noise", NOISE), *demo("real", GOOD), *demo("weak", GOOD | {"accuracy": 0.55, "latency": 9.0})]
    (table,) = tables(rows, dict.fromkeys(("noise", "real", "weak"), "movies"))
    board = ranked(table, weights, method=method)
    assert board["rank"].tolist() == sorted(board["rank"])
    assert board.loc["noise", "rank"] > max(board.loc["real", "rank"], board.loc["weak", "rank"])
    assert board["above_chance"].to_dict() == {"real": True, "weak": True, "noise": False}


def test_the_zero_line_is_zero_on_all_axes_but_latency_and_what_was_measured_stays_visible():
    (table,) = tables(demo("noise", NOISE), {"noise": "movies"})
    noise = ranked(table).loc["noise"]
    assert [noise[axis] for axis in Axis if axis is not Axis.LATENCY] == [0.0] * 5
    assert noise["privacy_raw"] == 1.0
    assert noise["bias_raw"] == 1.0
    assert noise["explainability_raw"] == pytest.approx(0.9)


def test_a_subject_that_lacks_a_task_is_not_averaged_over_the_others():
    some = [each for each in demo("part", GOOD) if each["task"] != "crows_pairs_demo"]
    why = "no language-model head"
    rows = [*demo("whole", GOOD), *some, row("part", *DEMO["crows"], 0.0, reason=why)]
    (table,) = tables(rows, dict.fromkeys(("whole", "part"), "movies"))
    lacking = ranked(table).loc["part"]
    assert lacking["not_ranked"] == f"5 of 6 axes (bias: crows_pairs_demo: {why})"
    assert math.isnan(lacking["bias"])
    assert shared_tasks(table) == tuple(task for task in table.tasks if task != "crows_pairs_demo")
    both = ranked(chosen_table(table.frame, shared_tasks(table)))
    assert both["rank"].tolist() == [1, 1]


def test_a_task_of_too_few_examples_is_not_among_those_to_rank_by():
    few = [each | {"n": 11} if each["task"] == "faithfulness_movies" else each for each in demo("a", GOOD)]
    (table,) = tables([*few, *demo("b", GOOD)], dict.fromkeys(("a", "b"), "movies"))
    assert shared_tasks(table) == tuple(task for task in table.tasks if task != "faithfulness_movies")


@pytest.mark.parametrize(
    ("name", "n", "reason"),
    [
        ("accuracy", 40, "accuracy: movies: 40 of 100 examples needed; bias: "),
        ("privacy", 13, "privacy: membership_movies: 13 of 200 examples needed)"),
        ("faithful", 20, "explainability: faithfulness_movies: 20 of 50 examples needed)"),
        ("crows", 150, "bias: crows_pairs_demo: 150 of 200 examples needed)"),
    ],
)
def test_too_few_examples_do_not_rank(name, n, reason):
    few = [row("few", *DEMO[each], value, n=n if each == name else 1000) for each, value in GOOD.items()]
    (table,) = tables(few, {"few": "movies"})
    assert reason in ranked(table).loc["few", "not_ranked"]
    enough = [row("few", *DEMO[each], value) for each, value in GOOD.items()]
    (table,) = tables(enough, {"few": "movies"})
    assert ranked(table).loc["few", "rank"] == 1


def test_a_task_that_was_run_by_mistake_counts_nowhere_else():
    adapted = {"one": "movies", "two": "movies"}
    alone = ranked(tables([*demo("one", GOOD), *demo("two", GOOD)], adapted)[0])
    mistake = row("two", "commonsenseqa", "accuracy", 0.99)
    first, second = tables([*demo("one", GOOD), *demo("two", GOOD), mistake], adapted)
    assert (first.name, first.aside, second.name) == ("demo", ("commonsenseqa",), "commonsenseqa")
    pd.testing.assert_frame_equal(ranked(first), alone)


def test_english_and_chinese_subjects_stand_in_tables_of_their_own():
    rows = [
        row("en", "english", "accuracy", 0.8),
        row("en", "english_pairs", "stereotype_preference", 52.0),
        row("zh", "chinese", "accuracy", 0.99),
    ]
    result = tables(rows, {"en": "english", "zh": "chinese"})
    assert [(table.name, set(table.frame["subject"]), table.tasks) for table in result] == [
        ("chinese", {"zh"}, ("chinese",)),
        ("english", {"en"}, ("english", "english_pairs")),
    ]
    assert ranked(result[0]).loc["zh", "not_ranked"].startswith("1 of 6 axes")
    assert ranked(chosen_table(result[0].frame, ["chinese"])).loc["zh", "rank"] == 1


def test_suites_of_one_store_are_one_table_each_and_one_can_be_named():
    rows = [*demo("one", GOOD), row("two", "sst2", "accuracy", 0.9)]
    result = tables(rows, {"one": "movies", "two": "sst2"})
    assert [table.name for table in result] == ["core", "demo"]
    assert [table.name for table in tables_called(result, ["demo"])] == ["demo"]
    with pytest.raises(RequestError, match="Did you mean 'demo'"):
        tables_called(result, ["demmo"])
    everything = pd.concat([table.frame for table in result])
    assert set(in_suites(everything, tables_called(result, ["core"]))["subject"]) == {"two"}


def test_subjects_of_which_nobody_recorded_what_they_learned_go_by_their_tasks():
    (table,) = tables(demo("one", GOOD), {})
    assert table.name == "demo"


def test_a_suite_of_two_axes_ranks_by_two():
    rows = [row("one", "conll2003", "span_f1", 0.8), row("one", "shift_conll2003", "ood_span_f1", 0.6)]
    (table,) = tables(rows, {"one": "conll2003"})
    assert table.axes == (Axis.ACCURACY, Axis.OOD)
    one = ranked(table).loc["one"]
    assert (one["rank"], one["axes_measured"], one["above_chance"]) == (1, "2/2", True)
    assert one["score"] == pytest.approx(0.7)


def test_unknown_tasks_are_refused_when_named():
    (table,) = tables(demo("one", GOOD), {"one": "movies"})
    with pytest.raises(RequestError, match="Did you mean 'movies'"):
        chosen_table(table.frame, ["movie"])


def test_a_gate_is_told_the_suite_of_one_subject_or_that_there_are_several():
    result = suite_of("movies", {task: DEFINITIONS[task] for task, _ in DEMO.values()})
    assert (result.suite, len(result.tasks)) == ("demo", 7)
    assert suite_of("movies", {"movies": OWN, "commonsenseqa": DEFINITIONS["commonsenseqa"]}).tasks == {"movies"}
    with pytest.raises(NotMeasurableError, match="several suites"):
        suite_of("sst2", {"commonsenseqa": DEFINITIONS["commonsenseqa"], "openbookqa": DEFINITIONS["openbookqa"]})


def test_chance_of_a_task_without_anchors_is_one_over_its_classes():
    rows = [row("coin", "english", "accuracy", 0.51), row("real", "english", "accuracy", 0.6)]
    (table,) = tables(rows, dict.fromkeys(("coin", "real"), "english"))
    board = ranked(table, {axis: float(axis is Axis.ACCURACY) for axis in Axis})
    assert board["above_chance"].to_dict() == {"real": True, "coin": False}
    assert board["accuracy"].to_dict() == pytest.approx({"real": 0.2, "coin": 0.02})


def test_where_chance_is_not_known_nothing_is_said():
    rows = [row("one", "mine", "accuracy", 0.1)]
    (table,) = tables(rows, {"one": "mine"})
    assert pd.isna(ranked(table).loc["one", "above_chance"])


def over_words(subject, value, low, **changes):
    return row(subject, "movies", "over_bag_of_words", value, half=value - low, **changes)


def test_a_subject_is_above_a_bag_of_words_where_the_paired_interval_is_above_zero():
    rows = [row(name, "movies", "accuracy", 0.8) for name in ("better", "alike", "unknown")]
    rows += [over_words("better", 0.1, 0.02), over_words("alike", 0.1, -0.02)]
    (table,) = tables(rows, dict.fromkeys(("better", "alike", "unknown"), "movies"))
    board = ranked(table, {axis: float(axis is Axis.ACCURACY) for axis in Axis})
    assert board.loc[["better", "alike"], "above_bag_of_words"].to_dict() == {"better": True, "alike": False}
    assert pd.isna(board.loc["unknown", "above_bag_of_words"])
    assert board["rank"].tolist() == [1, 1, 1]  # it marks, and orders nobody
