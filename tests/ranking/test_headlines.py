"""A task may name the metric that counts; everything that ranks, compares, judges or shows follows it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from leaderboard.axes.accuracy import ACCURACY, ACCURACY_NORM
from leaderboard.axes.catalogue import METRICS
from leaderboard.board.frames import tasks as task_frames
from leaderboard.comparison.compare import compare
from leaderboard.documents.reading import read_results
from leaderboard.documents.writing import document, document_text
from leaderboard.errors import RequestError
from leaderboard.gate.rules import rule_tasks
from leaderboard.gate.template import gate_template
from leaderboard.ranking.counted_estimates import headline_pairs
from leaderboard.ranking.example_draws import example_draws
from leaderboard.ranking.filters import read_conditions
from leaderboard.ranking.ranked_suites import bundled_suites, catalogue_suites
from leaderboard.ranking.suites import stored_tables
from leaderboard.ranking.terms import Term, value_of
from leaderboard.ranking.utility_scale import task_anchors
from leaderboard.ranking.weighted_ranking import axis_utilities, rank
from leaderboard.reports.headline_tables import headline_table
from leaderboard.reports.model_index import headline_estimates
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import all_results
from leaderboard.tasks import Task, default_catalogue
from tests.synthetic.records import NOON, environment_record, evaluation_record

QUIZ = {
    "name": "quiz",
    "version": 2,
    "axis": "accuracy",
    "protocol": "multiple_choice",
    "description": "d",
    "metrics": ["accuracy", "accuracy_norm"],
    "headline": "accuracy_norm",
    "anchors": {"accuracy": {"worst": 0.25, "best": 1.0}},
    "license": "l",
    "citation": "c",
}
OLD = {key: value for key, value in QUIZ.items() if key != "headline"} | {"version": 1}


def proportion(value, n=200):
    return Estimate.measured(value, (value - 0.05, value + 0.05), n=n, method="Wilson 95 %")


def evaluation(model, definition=QUIZ, **changes):
    record = evaluation_record(model, f"{definition['name']}", definition=definition, **changes)
    version = definition["version"]
    task = replace(record.task, version=version, identity=f"{version}" * 64, protocol=definition["protocol"])
    return replace(record, task=task, identity=f"{version}{record.identity[1:]}")


@pytest.fixture
def store(tmp_path):
    return open_store(f"sqlite:///{tmp_path / 'quiz.db'}")


def record(store, model, plain, normalised, definition=QUIZ, **changes):
    run = store.start_run({}, environment_record())
    estimates = [EstimateRecord(ACCURACY, proportion(plain)), EstimateRecord(ACCURACY_NORM, proportion(normalised))]
    store.record(run, evaluation(model, definition, **changes), estimates, [])


def ranked(store):
    (table,) = stored_tables(store, estimates_frame(store))
    return table.utilities(task_anchors(task_definitions(store))).ranked(
        {axis: axis == "accuracy" for axis in table.axes}
    )


def test_the_headline_is_one_of_the_metrics():
    with pytest.raises(ValueError, match=r"headline: 'ece' is not among `metrics: \[accuracy, accuracy_norm\]`"):
        Task.model_validate(QUIZ | {"headline": "ece"})
    assert Task.model_validate(QUIZ).headlines == ("accuracy_norm",)
    assert Task.model_validate(OLD).headlines == ("accuracy",)


def test_only_a_task_that_names_one_is_another_task_for_it():
    without = Task.model_validate(OLD)
    assert "headline" not in without.model_dump(mode="json")
    assert Task.model_validate(OLD | {"headline": "accuracy_norm"}).digest != without.digest


def test_openbookqa_counts_normalised_accuracy_and_has_chance_for_both():
    task = default_catalogue().task("openbookqa")
    assert (task.version, task.headlines) == (2, ("accuracy_norm",))
    assert {name: ends.worst for name, ends in task.anchors.items()} == {"accuracy": 0.25, "accuracy_norm": 0.25}


def test_what_is_stored_says_which_metric_counts(store):
    record(store, "a", 0.4, 0.6)
    frame = estimates_frame(store)
    assert dict(zip(frame["metric"], frame["headline"], strict=True)) == {"accuracy_norm": True, "accuracy": False}
    (subject,) = all_results(store)
    assert [(each.metric.name, each.metric.headline) for each in subject.evaluations[0].estimates] == [
        ("accuracy_norm", True),
        ("accuracy", False),
    ]


def test_new_numbers_in_the_place_of_old_ones_count_as_the_stored_task_says(store):
    record(store, "a", 0.4, 0.6)
    (identity,) = (each.identity for each in store.evaluations())
    numbers = [EstimateRecord(ACCURACY, proportion(0.5)), EstimateRecord(ACCURACY_NORM, proportion(0.7))]
    store.replace_all({identity: (numbers, None)})
    assert list(estimates_frame(store, headline=True)["value"]) == [0.7]


def test_a_ranking_goes_by_it_on_the_anchors_of_the_metric_whose_place_it_takes(store):
    record(store, "a", 0.9, 0.4)
    record(store, "b", 0.3, 0.7)
    ranking = ranked(store)
    assert list(ranking["model"]) == ["b", "a"]
    assert ranking["accuracy"].tolist() == pytest.approx([(0.7 - 0.25) / 0.75, (0.4 - 0.25) / 0.75])


def test_chance_is_asked_of_the_metric_that_counts(store):
    record(store, "a", 0.9, 0.26)
    record(store, "b", 0.26, 0.9)
    assert dict(zip(*(ranked(store)[name] for name in ("model", "above_chance")), strict=True)) == {
        "a": False,
        "b": True,
    }


def test_subjects_of_the_version_before_are_not_ranked_among_those_of_the_new_one(store):
    record(store, "old", 0.9, 0.9, OLD)
    record(store, "new", 0.3, 0.6, started_at=NOON + timedelta(days=1))
    ranking = ranked(store)
    assert list(ranking["model"]) == ["new", "old"]
    assert ranking["not_ranked"][0] == ""
    assert "quiz: measured by version 1 of the task, which counts accuracy" in ranking["not_ranked"][1]


def test_of_a_subject_with_both_versions_the_new_one_counts_everywhere(store):
    record(store, "a", 0.9, 0.9, OLD)
    record(store, "a", 0.3, 0.6, started_at=NOON + timedelta(days=1))
    frame, anchors = estimates_frame(store), task_anchors(task_definitions(store))
    rows = frame.to_dict("records")
    utility = pytest.approx((0.6 - 0.25) / 0.75)
    assert ranked(store)["accuracy"][0] == utility
    assert rank(frame, anchors=anchors)["accuracy"][0] == utility
    assert axis_utilities(rows, anchors)["accuracy"].value == utility
    assert value_of(Term.parse("accuracy"), rows, anchors).value == utility
    assert list(headline_estimates(frame)["metric"]) == ["accuracy_norm"]
    assert headline_table(frame).head == ["subject", "quiz: accuracy_norm ↑"]
    (subject,) = all_results(store)
    rules = [line for line in gate_template(subject).splitlines() if line.startswith("  - ")]
    assert len(rules) == 1
    assert "accuracy.quiz.norm >=" in rules[0]


def test_both_accuracies_are_averaged_over_tasks_as_one(store):
    record(store, "a", 0.1, 0.8)
    other = OLD | {"anchors": {"accuracy": {"worst": 0.0, "best": 1.0}}}
    for name, value in (("first", 0.2), ("second", 0.2)):
        record(store, "a", value, 0.9, other | {"name": name, "version": int(name == "second") + 3})
    frame = estimates_frame(store)
    ranking = rank(frame, anchors=task_anchors(task_definitions(store)))["accuracy"][0]
    assert ranking == pytest.approx(((0.8 - 0.25) / 0.75 + 0.2 + 0.2) / 3)  # three tasks weigh the same


def test_examples_are_drawn_for_the_metric_that_counts(store):
    record(store, "a", 0.1, 0.8)
    draws = example_draws(all_results(store), np.random.default_rng(0), draws=500)
    assert np.nanmean(draws.values[:, 0, 0]) == pytest.approx(0.8, abs=0.01)
    assert draws.numbers == (1,)


def test_a_comparison_adjusts_the_metric_that_counts(store):
    record(store, "a", 0.9, 0.9, OLD)
    record(store, "b", 0.3, 0.6)
    first, second = all_results(store)
    for pair in ((first, second), (second, first)):
        family = [each.metric.name for each in compare(*pair).differences if each.in_family]
        assert family == ["accuracy_norm"]


def test_a_term_that_names_the_task_means_the_metric_that_counts(store):
    assert Term.parse("accuracy.openbookqa", default_catalogue().tasks).metric is ACCURACY_NORM
    record(store, "a", 0.9, 0.9)
    assert Term.parse("accuracy.quiz", rule_tasks(*all_results(store))).metric is ACCURACY_NORM


def test_a_suite_asks_for_the_metric_that_counts():
    catalogue = default_catalogue()
    suite = catalogue.suite("demo")
    catalogue.suites["quiz"] = replace(suite, name="quiz", tasks=("openbookqa",))
    assert catalogue_suites(catalogue)[-1].pairs == {("openbookqa", "accuracy_norm")}
    assert all(METRICS[metric].headline for suite in bundled_suites() for _, metric in suite.pairs)


def test_a_document_carries_it(store, tmp_path):
    record(store, "a", 0.9, 0.9)
    path = tmp_path / "result.json"
    path.write_text(document_text(document(all_results(store), observations=False)), encoding="utf-8")
    (subject,) = read_results(path)
    assert [each.metric.name for each in subject.evaluations[0].estimates if each.metric.headline] == ["accuracy_norm"]


def test_a_document_with_a_headline_that_is_none_counts_as_the_catalogue_has_it():
    record = EstimateRecord(ACCURACY, proportion(0.5))
    for nonsense in (["accuracy_norm"], "nothing", 3, {}):
        assert record.on_task({"headline": nonsense}) == record


def test_the_board_marks_it_among_the_anchors_of_the_task():
    shown = task_frames.anchors(QUIZ)
    assert list(shown["headline"]) == [False, True]


def test_a_headline_that_the_protocol_does_not_report_is_refused():
    from leaderboard.tasks import protocol_of

    with pytest.raises(RequestError, match="flops_128"):
        protocol_of(Task.model_validate(QUIZ | {"metrics": ["flops_128"], "headline": "flops_128", "anchors": {}}))


def test_a_condition_on_the_task_means_the_metric_that_counts(store):
    record(store, "old", 0.9, 0.9, OLD)
    record(store, "new", 0.9, 0.3)
    frame = estimates_frame(store)
    (condition,) = read_conditions(["accuracy.quiz >= 0.5"], frame, headline_pairs(frame))
    assert condition.term.metric is ACCURACY_NORM
