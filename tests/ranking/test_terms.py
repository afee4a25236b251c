import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.accuracy import ACCURACY, BRIER, MACRO_F1
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.latency import LATENCY_P95
from leaderboard.axes.privacy import ATTACK_AUC
from leaderboard.errors import RequestError
from leaderboard.ranking.terms import Term, value_of
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.stats.estimate import Estimate
from leaderboard.tasks import default_catalogue
from tests.in_one_test import in_one_test

CATALOGUE = default_catalogue()
TASKS = CATALOGUE.tasks
CORE = {name: TASKS[name] for name in CATALOGUE.suites["core"].tasks}
MONDAY, TUESDAY = (datetime(2026, 5, day, tzinfo=UTC) for day in (4, 5))


def row(task, metric, value, interval=(math.nan, math.nan), *, n=100, at=MONDAY, reason=""):
    return {
        "axis": METRICS[metric].axis.value,
        "task": task,
        "metric": metric,
        "value": math.nan if value is None else value,
        "low": interval[0],
        "high": interval[1],
        "n": n,
        "headline": METRICS[metric].headline,
        "status": "measured" if value is not None else "not_measured",
        "reason": reason,
        "evaluated_at": at,
        "task_version": 1,
    }


@in_one_test(
    "text, axis, metric, task",
    [
        ("accuracy", Axis.ACCURACY, None, ""),
        (" ood ", Axis.OOD, None, ""),
        ("latency_p95", Axis.LATENCY, "latency_p95", ""),
        ("latency.p95", Axis.LATENCY, "latency_p95", ""),
        ("latency.latency_p95", Axis.LATENCY, "latency_p95", ""),
        ("privacy.leak_auc", Axis.PRIVACY, "leak_auc", ""),
        ("bias.flip_rate", Axis.BIAS, "counterfactual_flip_rate", ""),
        ("accuracy.accuracy", Axis.ACCURACY, "accuracy", ""),
        ("accuracy.f1", Axis.ACCURACY, "f1", ""),  # the name itself, before what ends in it
        ("ood.accuracy", Axis.OOD, "ood_accuracy", ""),
        ("accuracy.sst2.accuracy", Axis.ACCURACY, "accuracy", "sst2"),
        ("accuracy.sst2.f1", Axis.ACCURACY, "macro_f1", "sst2"),
        ("latency.latency_sst2.p95", Axis.LATENCY, "latency_p95", "latency_sst2"),
        ("bias.crows_pairs", Axis.BIAS, "stereotype_preference", "crows_pairs"),
    ],
)
def test_terms_name_an_axis_a_metric_or_a_task(text, axis, metric, task):
    assert Term.parse(text, TASKS) == Term(axis, metric and METRICS[metric], task)


def test_task_of_another_program_is_named_with_the_dots_it_has():
    guest = TASKS["sst2"].model_copy(update={"name": "lm_eval:a.b", "metrics": ("accuracy",)})
    for text in ("accuracy.lm_eval:a.b", "accuracy.lm_eval:a.b.accuracy"):
        assert Term.parse(text, {guest.name: guest}) == Term(Axis.ACCURACY, ACCURACY, "lm_eval:a.b")


terms = st.one_of(
    st.sampled_from(list(Axis)).map(Term),
    st.sampled_from(list(METRICS.values())).map(lambda metric: Term(metric.axis, metric)),
    st.sampled_from([Term(t.axis, METRICS[name], t.name) for t in TASKS.values() for name in t.metrics]),
)


@given(terms)
def test_text_of_a_term_is_read_as_that_term(term):
    assert Term.parse(str(term), TASKS) == term


@in_one_test("metric", METRICS.values())
def test_every_metric_can_be_named_in_full(metric):
    assert Term.parse(f"{metric.axis}.{metric.name}") == Term(metric.axis, metric)


@in_one_test(
    "text, message",
    [
        ("acuracy", r"--minimize: unknown axis or metric 'acuracy'(.|\n)*Did you mean 'accuracy'"),
        ("", "unknown axis or metric ''"),
        ("latencies.p95", r"unknown axis 'latencies'(.|\n)*Did you mean 'latency'"),
        ("latency.p96", r"unknown metric or task of the latency axis 'p96'(.|\n)*Did you mean 'p9"),
        ("privacy.auc", r"several metrics of the privacy axis end in 'auc'(.|\n)*privacy.leak_auc, privacy.attack_auc"),
        ("privacy.sst2", r"task 'sst2' belongs to the accuracy axis, not to privacy(.|\n)*'accuracy.sst2'"),
        ("privacy.sst2.mcc", r"belongs to the accuracy axis(.|\n)*'accuracy.sst2.mcc'"),
        ("accuracy.sst3.mcc", r"unknown task of the accuracy axis 'sst3'(.|\n)*Did you mean 'sst2'"),
        ("accuracy.sst2.mccc", r"unknown metric of task sst2 'mccc'(.|\n)*Did you mean 'mcc'"),
        ("bias.stereoset", r"task 'stereoset' has no headline metric\n  Name one .*bias.stereoset.icat"),
    ],
)
def test_wrong_names_are_explained(text, message):
    with pytest.raises(RequestError, match=message):
        Term.parse(text, TASKS, where="--minimize")


def test_task_of_several_headlines_asks_for_one():
    both = TASKS["sst2"].model_copy(update={"metrics": ("accuracy", "exact_match", "f1")})
    with pytest.raises(RequestError, match=r"2 headline metrics(.|\n)*accuracy.sst2.exact_match"):
        Term.parse("accuracy.sst2", {"sst2": both})


@pytest.mark.parametrize(
    ("term", "value", "loss"),
    [
        (Term(Axis.ACCURACY), 0.9, 0.1),
        (Term(Axis.ACCURACY, ACCURACY), 0.9, -0.9),
        (Term(Axis.LATENCY, LATENCY_P95), 0.02, 0.02),
        (Term(Axis.PRIVACY, ATTACK_AUC), 0.45, 0.05),
        (Term(Axis.PRIVACY, ATTACK_AUC), 0.55, 0.05),
    ],
)
def test_loss_falls_as_values_get_better(term, value, loss):
    assert term.loss_of(value) == pytest.approx(loss)


@pytest.mark.parametrize(
    ("metric", "estimate", "expected"),
    [
        (ACCURACY, (0.9, 0.8, 0.95), (-0.9, -0.95, -0.8)),
        (BRIER, (0.5, 0.4, 0.7), (0.5, 0.4, 0.7)),
        (ATTACK_AUC, (0.45, 0.42, 0.6), (0.05, 0.0, 0.1)),  # the target is inside
        (ATTACK_AUC, (0.4, 0.3, 0.45), (0.1, 0.05, 0.2)),
    ],
)
def test_interval_of_a_loss_by_hand(metric, estimate, expected):
    value, low, high = estimate
    estimate = Term(metric.axis, metric).loss_interval(Estimate.measured(value, (low, high), n=10, method="any"))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected)


def test_loss_of_an_exact_value_has_no_width_and_of_nothing_there_is_none():
    term = Term(Axis.ACCURACY)
    assert term.loss_interval(Estimate.measured(0.75, None, n=1, method="exact")) == Uncertain.exact(0.25)
    with pytest.raises(ValueError, match="accuracy: not measured: why"):
        term.loss_interval(Estimate.not_measured("why"))


def test_units_are_those_of_the_metric_and_utility_for_an_axis():
    assert (Term.parse("latency.p95").unit, Term.parse("latency").unit) == ("seconds", "utility")


@pytest.mark.parametrize("text", ["accuracy", "latency.p95", "accuracy.sst2.mcc", "bias.crows_pairs", "privacy"])
def test_terms_that_a_suite_answers_pass(text):
    term = Term.parse(text, CORE)
    term.check(CORE)  # raises where no task answers
    assert term.axis in {task.axis for task in CORE.values()}


@pytest.mark.parametrize(
    ("text", "tasks", "message"),
    [
        ("bias", {"sst2"}, r"--pareto: no task reports 'bias'\n  Tasks of the bias axis here: none"),
        ("accuracy.f1", {"sst2"}, r"no task reports 'accuracy.f1'\n.*sst2 \(accuracy, macro_f1, mcc, ece, brier\)"),
        ("accuracy.movies.mcc", {"sst2"}, "no task reports 'accuracy.movies.mcc'"),
        ("bias", {"stereoset"}, "no task reports 'bias'"),  # it has no metric that ranks
        ("accuracy.mcc", {"sst2", "movies"}, r"several tasks\n  Name one of them: accuracy.movies.mcc, accuracy.sst2"),
    ],
)
def test_terms_that_tasks_do_not_answer_are_refused_before_anything_is_measured(text, tasks, message):
    with pytest.raises(RequestError, match=message):
        Term.parse(text, TASKS).check({name: TASKS[name] for name in tasks}, where="--pareto")


def test_value_of_a_metric_comes_with_its_interval():
    estimate = value_of(Term.parse("accuracy.mcc"), [row("sst2", "mcc", 0.7, (0.6, 0.8)), row("sst2", "ece", 0.1)])
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (0.7, 0.6, 0.8, 100)


def test_value_without_an_interval_has_none():
    estimate = value_of(Term.parse("latency.parameters"), [row("speed", "parameters", 1e6)])
    assert (estimate.value, estimate.low, estimate.high) == (1e6, None, None)


def test_fullest_measurement_counts_and_of_equals_the_newest():
    rows = [
        row("sst2", "mcc", 0.7, n=1000),
        row("sst2", "mcc", 0.5, n=1000, at=TUESDAY),
        row("sst2", "mcc", 0.1, n=10, at=TUESDAY),
        row("sst2", "mcc", None, reason="broken", at=TUESDAY),
    ]
    assert value_of(Term.parse("accuracy.mcc"), rows).value == 0.5


def test_metric_of_several_tasks_must_name_one():
    rows = [row("sst2", "mcc", 0.7), row("movies", "mcc", 0.3)]
    with pytest.raises(
        RequestError, match=r"several tasks\n  Name one of them: accuracy.movies.mcc, accuracy.sst2.mcc"
    ):
        value_of(Term.parse("accuracy.mcc"), rows)
    assert value_of(Term.parse("accuracy.movies.mcc", TASKS), rows).value == 0.3


def test_value_of_an_axis_is_its_utility_on_the_board():
    rows = [row("sst2", "accuracy", 0.8, (0.7, 0.9), n=100), row("movies", "accuracy", 0.6), row("sst2", "mcc", 0.1)]
    estimate = value_of(Term(Axis.ACCURACY), rows, {("sst2", "accuracy"): UtilityAnchors(0.5, 1.0)})
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.6, 0.5, 0.7))
    assert estimate.n == 100


def test_an_axis_of_too_few_examples_is_not_known_unless_that_is_asked_for():
    rows = [row("sst2", "accuracy", 0.8, n=13)]
    estimate = value_of(Term(Axis.ACCURACY), rows)
    assert estimate == Estimate.not_measured("sst2: 13 of 100 examples needed")
    assert value_of(Term(Axis.ACCURACY), rows, minimum=False).value == 0.8
    assert value_of(Term.parse("accuracy.accuracy"), rows).value == 0.8


def test_bias_privacy_and_explainability_count_in_proportion_to_accuracy():
    rows = [row("sst2", "accuracy", 0.8, (0.7, 0.9), n=200), row("members", "leak_auc", 0.6, (0.55, 0.7), n=200)]
    estimate = value_of(Term(Axis.PRIVACY), rows)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.8 * 0.8, 0.7 * 0.6, 0.9 * 0.9))
    assert value_of(Term(Axis.PRIVACY), rows, proportional=False).value == pytest.approx(0.8)
    alone = value_of(Term(Axis.PRIVACY), rows[1:])
    assert alone.reason == "the privacy axis counts in proportion to accuracy, which is not known"


def test_what_was_not_measured_says_why():
    rows = [row("members", "leak_auc", None, reason="no training data")]
    for term in (Term(Axis.PRIVACY), Term.parse("privacy.leak_auc")):
        assert value_of(term, rows) == Estimate.not_measured("no training data")
    assert value_of(Term(Axis.BIAS), rows).reason == "no task of the bias axis was run"
    assert value_of(Term(Axis.ACCURACY, MACRO_F1), []).reason == "no task reported accuracy.macro_f1"
