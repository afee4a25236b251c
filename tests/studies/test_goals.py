"""Goals: losses and violations of a subject's estimates, by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leaderboard.axes.axis import Axis
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.scalarisation import Scalarisation
from leaderboard.ranking.terms import Term
from leaderboard.store.records import StudyMode
from leaderboard.studies.definition import listed, weighted
from leaderboard.studies.goals import Goal
from leaderboard.tasks import default_catalogue
from tests.in_one_test import in_one_test


def row(metric: str, value: float | None, ends: tuple[float, float] | None = None, **changes: Any) -> dict[str, Any]:
    axes = {"accuracy": Axis.ACCURACY, "ece": Axis.ACCURACY, "leak_auc": Axis.PRIVACY, "latency_p95": Axis.LATENCY}
    low, high = ends or (None, None)
    return {
        "axis": axes[metric].value,
        "task": f"task_of_{axes[metric].value}",
        "metric": metric,
        "value": value,
        "low": low,
        "high": high,
        "n": 100,
        "headline": metric in {"accuracy", "leak_auc"},
        "status": "measured" if value is not None else "not_measured",
        "reason": "" if value is not None else "nobody asked",
        "evaluated_at": datetime(2026, 1, 1, tzinfo=UTC),
        "task_version": 1,
        **changes,
    }


ROWS = [row("accuracy", 0.9, (0.85, 0.95)), row("leak_auc", 0.6, (0.55, 0.65)), row("latency_p95", 0.02, (0.015, 0.03))]
BASELINE = [row("accuracy", 0.8), row("leak_auc", 0.5), row("latency_p95", 0.01, (0.009, 0.012))]
ACCURACY, PRIVACY = Term.parse("accuracy"), Term.parse("privacy")


def goal(mode: StudyMode, *terms: Term, **changes: Any) -> Goal:
    return Goal(mode, terms, **changes)


def values(goal: Goal, rows: list[dict[str, Any]] = ROWS) -> list[float]:
    return [each.value for each in goal.losses(rows, {})]


def test_a_front_has_a_loss_for_each_axis() -> None:
    # accuracy: anchors 0 and 1; leak_auc: 1 is worst and .5 best
    # privacy counts in proportion to accuracy: .9 of .8
    assert values(goal(StudyMode.PARETO, ACCURACY, PRIVACY)) == pytest.approx([0.1, 1 - 0.9 * 0.8])


def test_a_study_from_before_utilities_were_in_proportion_to_accuracy_keeps_its_losses() -> None:
    assert values(goal(StudyMode.PARETO, ACCURACY, PRIVACY, proportional=False)) == pytest.approx([0.1, 0.2])


def test_a_metric_counts_in_proportion_to_accuracy_as_a_utility_and_as_measured_in_its_own_unit() -> None:
    leak = Term.parse("privacy.leak_auc")
    assert values(goal(StudyMode.PARETO, ACCURACY, leak)) == pytest.approx([0.1, 1 - 0.9 * 0.8])
    assert values(goal(StudyMode.CONSTRAINED, leak)) == pytest.approx([0.6])


def test_a_utility_that_counts_in_proportion_to_accuracy_needs_accuracy() -> None:
    with pytest.raises(NotMeasurableError, match="the objective privacy was not measured"):
        goal(StudyMode.WEIGHTED, PRIVACY, weights=(1.0,)).losses(ROWS[1:], {})
    without = {name: each for name, each in default_catalogue().tasks.items() if each.axis is Axis.PRIVACY}
    with pytest.raises(RequestError, match="in proportion to accuracy, and no task here"):
        goal(StudyMode.WEIGHTED, PRIVACY, weights=(1.0,)).check(without)
    assert goal(StudyMode.WEIGHTED, PRIVACY, weights=(1.0,)).axes == {Axis.ACCURACY, Axis.PRIVACY}
    assert goal(StudyMode.CONSTRAINED, Term.parse("privacy.leak_auc")).axes == {Axis.PRIVACY}


def test_the_weighted_loss_of_two_is_as_the_formula_has_it() -> None:
    """αL + (1 - α)(1 - T) with L = 1 - .9 and T = .9 · .8, α = .25."""
    terms, weights = weighted("accuracy,privacy", 0.25)
    aim = goal(StudyMode.WEIGHTED, *map(Term.parse, terms), weights=weights)
    assert values(aim) == pytest.approx([0.25 * 0.1 + 0.75 * (1 - 0.72)])


def test_weights_need_not_sum_to_one() -> None:
    aim = goal(StudyMode.WEIGHTED, ACCURACY, PRIVACY, weights=(3.0, 1.0))
    assert values(aim) == pytest.approx([(3 * 0.1 + 0.28) / 4])


def test_chebyshev_looks_at_the_worst() -> None:
    aim = goal(StudyMode.WEIGHTED, ACCURACY, PRIVACY, weights=(1.0, 1.0), scalarisation=Scalarisation.CHEBYSHEV)
    assert values(aim) == pytest.approx([0.5 * 0.28 + 0.05 * (0.5 * 0.1 + 0.5 * 0.28)])


def test_a_metric_is_minimised_in_its_own_unit() -> None:
    assert values(goal(StudyMode.CONSTRAINED, Term.parse("latency.p95"))) == pytest.approx([0.02])
    assert values(goal(StudyMode.CONSTRAINED, Term.parse("accuracy.accuracy"))) == pytest.approx([-0.9])


def test_what_counts_and_was_not_measured_is_an_error_with_the_name() -> None:
    with pytest.raises(NotMeasurableError, match="the objective privacy was not measured"):
        goal(StudyMode.PARETO, ACCURACY, PRIVACY).losses(ROWS[:1], {})


def test_what_was_not_measured_yet_counts_as_perfect() -> None:
    aim = goal(StudyMode.PARETO, ACCURACY, PRIVACY)
    assert [each.value for each in aim.at_best(ROWS[:1], {})] == pytest.approx([0.1, 0.0])


def test_a_sampler_is_told_the_usual_value_of_what_was_not_measured() -> None:
    aim = goal(StudyMode.PARETO, ACCURACY, PRIVACY)
    assert aim.guessed(ROWS[:1], BASELINE, {}) == pytest.approx((0.1, 0.2))
    assert aim.guessed([], BASELINE, {}) == pytest.approx((0.2, 0.2))


def test_violations_are_of_the_value_and_none_where_there_is_none() -> None:
    conditions = tuple(
        map(Condition.parse, ("privacy.leak_auc <= 0.55", "accuracy >= baseline", "accuracy.ece <= 0.1"))
    )
    aim = goal(StudyMode.CONSTRAINED, ACCURACY, conditions=conditions)
    violations = aim.violations(ROWS, BASELINE, {})
    assert violations["privacy.leak_auc <= 0.55"] == pytest.approx(0.1)  # .05 of the way from 1 to .5
    assert violations["accuracy >= baseline"] == pytest.approx(-0.1)
    assert violations["accuracy.ece <= 0.1"] is None


def test_only_what_the_kinder_ends_break_is_surely_broken() -> None:
    """p95 is 20 ms in [15, 30]; the baseline 10 ms in [9, 12]: at most 15 against at least 1.2 × 12 = 14.4."""
    for factor, broken in ((1.2, True), (1.3, False)):
        condition = Condition.parse(f"latency.p95 <= {factor} * baseline")
        aim = goal(StudyMode.CONSTRAINED, ACCURACY, conditions=(condition,))
        assert bool(aim.surely_broken(ROWS, BASELINE, {})) is broken


def test_the_kinder_end_of_what_should_be_large_is_the_upper_one() -> None:
    aim = goal(StudyMode.CONSTRAINED, PRIVACY, conditions=(Condition.parse("accuracy.accuracy >= 0.96"),))
    assert aim.surely_broken(ROWS, BASELINE, {}) == ["accuracy.accuracy >= 0.96"]
    aim = goal(StudyMode.CONSTRAINED, PRIVACY, conditions=(Condition.parse("accuracy.accuracy >= 0.94"),))
    assert aim.surely_broken(ROWS, BASELINE, {}) == []


def test_the_chance_is_that_of_the_condition_that_is_least_sure_to_hold() -> None:
    """p95 is 20 ms in [15, 30], 22.5 ms a quarter of the way up to 30: Φ(.49) = .688. The baseline is not in doubt."""
    texts = ["latency.p95 <= 2.25 * baseline", "latency.p95 <= 60 ms"]
    aim = goal(StudyMode.CONSTRAINED, ACCURACY, conditions=tuple(map(Condition.parse, texts)))
    assert aim.chance(ROWS, BASELINE, {}) == pytest.approx(0.6879, abs=1e-4)


def test_the_chance_of_nothing_is_one_and_of_what_is_not_known_none() -> None:
    assert goal(StudyMode.CONSTRAINED, ACCURACY).chance(ROWS, BASELINE, {}) == 1
    unknown = Condition.parse("accuracy.ece <= 0.1")
    assert goal(StudyMode.CONSTRAINED, ACCURACY, conditions=(unknown,)).chance(ROWS, BASELINE, {}) == 0
    relative = Condition.parse("latency.p95 <= 2 * baseline")
    assert goal(StudyMode.CONSTRAINED, ACCURACY, conditions=(relative,)).chance(ROWS, [], {}) == 0


def test_constraints_in_any_order_give_the_same_feasible_set() -> None:
    texts = ["privacy.leak_auc <= 0.7", "accuracy >= baseline", "latency.p95 <= 3 * baseline"]
    violations = [
        goal(StudyMode.CONSTRAINED, ACCURACY, conditions=tuple(map(Condition.parse, order))).violations(
            ROWS, BASELINE, {}
        )
        for order in (texts, texts[::-1])
    ]
    assert violations[0] == violations[1]


@pytest.mark.parametrize(
    ("aim", "message"),
    [
        (goal(StudyMode.PARETO, ACCURACY), "a front needs two objectives; use --maximize accuracy"),
        (goal(StudyMode.PARETO, *map(Term.parse, ("accuracy", "bias", "ood", "latency"))), "at most 3"),
        (goal(StudyMode.PARETO, ACCURACY, ACCURACY), "names something twice"),
        (goal(StudyMode.CONSTRAINED, Term.parse("accuracy.span_f1")), "no task reports"),
    ],
)
def test_a_goal_that_is_none_is_refused(aim: Goal, message: str) -> None:
    catalogue = default_catalogue()
    tasks = {name: catalogue.task(name) for name in catalogue.suite("core").tasks}
    with pytest.raises(RequestError, match=message):
        aim.check(tasks)


@in_one_test(
    "text, alpha, message",
    [
        ("accuracy", None, "'accuracy' has no weight"),
        ("accuracy=x", None, "has no weight"),
        ("accuracy=-1", None, "has no weight"),
        ("accuracy=0,bias=0", None, "all weights are 0"),
        ("accuracy=1,", None, "a name is missing"),
        ("accuracy,bias,ood", 0.5, "--alpha needs two names"),
        ("accuracy=1,bias=2", 0.5, "--alpha needs two names"),
        ("accuracy,bias", 1.5, "has to lie between 0 and 1"),
    ],
)
def test_weights_that_cannot_be_read_are_reported(text: str, alpha: float | None, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        weighted(text, alpha)


def test_names_are_separated_by_commas() -> None:
    assert listed("accuracy, bias", "--pareto") == ("accuracy", "bias")
