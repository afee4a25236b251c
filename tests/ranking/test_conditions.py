import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import RequestError
from leaderboard.ranking.conditions import UNIT_REQUIRED, UNITS, Bound, Condition, Operator
from leaderboard.ranking.terms import UTILITY, Term
from leaderboard.tasks import default_catalogue
from tests.in_one_test import in_one_test

TASKS = default_catalogue().tasks


def parse(text: str) -> Condition:
    return Condition.parse(text, TASKS, where="--subject-to")


@in_one_test(
    "text, canonical, bound",
    [
        ("privacy.leak_auc <= 0.55", "privacy.leak_auc <= 0.55", 0.55),
        ("latency.p95 <= 0.8 * baseline", "latency.p95 <= 0.8 * baseline", 0.8 * 0.5),
        ("latency.p95<=baseline*.8", "latency.p95 <= 0.8 * baseline", 0.8 * 0.5),
        ("latency.p95 <= 20 ms", "latency.p95 <= 20 ms", 0.02),
        ("latency_p95 ≤ 20MS", "latency.p95 <= 20 ms", 0.02),
        ("latency.p95 < 2 seconds", "latency.p95 < 2 s", 2.0),
        ("accuracy >= baseline - 0.02", "accuracy >= baseline - 0.02", 0.48),
        ("accuracy ≥ baseline − 2 %", "accuracy >= baseline - 2 %", 0.48),
        ("bias.crows_pairs <= baseline + 1.0", "bias.crows_pairs.stereotype_preference <= baseline + 1", 1.5),
        ("bias.crows_pairs <= 55%", "bias.crows_pairs.stereotype_preference <= 55 %", 55.0),
        ("ood >= 60 %", "ood >= 60 %", 0.6),
        ("ood > baseline", "ood > baseline", 0.5),
        ("latency.peak_memory <= 1.5 GiB", "latency.peak_memory <= 1.5 GiB", 1.5 * 2**30),
        ("latency.parameters <= 25 m", "latency.parameters <= 25 M", 25e6),
        ("latency.p95 <= 1.1 * baseline + 2 ms", "latency.p95 <= 1.1 * baseline + 2 ms", 0.552),
        ("accuracy.backward_transfer >= -0.01", "accuracy.backward_transfer >= -0.01", -0.01),
        ("latency.p95 <= 1e-5 s", "latency.p95 <= 1e-05 s", 1e-5),
        ("latency.peak_memory <= 0", "latency.peak_memory <= 0", 0.0),
        ("latency.p95 > 1.0 * baseline", "latency.p95 > baseline", 0.5),
    ],
)
def test_conditions_are_read_as_people_write_them(text, canonical, bound):
    condition = parse(text)
    assert str(condition) == canonical
    assert condition.bound.at(0.5) == pytest.approx(bound)
    assert condition.needs_baseline == ("baseline" in text)
    assert parse(canonical) == condition


terms = st.one_of(
    st.sampled_from(list(Axis)).map(Term),
    st.sampled_from(list(METRICS.values())).map(lambda metric: Term(metric.axis, metric)),
    st.sampled_from([Term(t.axis, METRICS[name], t.name) for t in TASKS.values() for name in t.metrics]),
)
comparisons = st.sampled_from(Operator)


@st.composite
def bounds(draw, term):
    factor = draw(st.one_of(st.just(0.0), st.floats(0, 1e6)))
    number = draw(st.floats(0, 1) if factor == 0 else st.floats(-1e9, 1e9))
    units = UNITS.get(term.unit, {}) if number or factor == 0 else {}
    unit = draw(st.sampled_from([*([] if number and term.unit in UNIT_REQUIRED else [""]), *units]))
    if factor == 0 and term.unit in (UTILITY, "probability"):
        number = number / units.get(unit, 1.0)
    return Bound(factor, number, unit, units.get(unit, 1.0))


conditions = terms.flatmap(lambda term: st.builds(Condition, st.just(term), comparisons, bounds(term)))


@given(conditions)
def test_text_of_a_condition_is_read_as_that_condition(condition):
    assert parse(str(condition)) == condition


@in_one_test(
    "text, message",
    [
        ("accuracy", r"--subject-to: cannot read.*\n    accuracy\n            \^\n  Expected here: one comparison"),
        ("ood = 60 %", r"\n    ood = 60 %\n        \^\n  Expected here: one comparison"),
        ("0.1 <= ood <= 0.9", r"\n    0.1 <= ood <= 0.9\n               \^\^\n  Expected here: one comparison"),
        ("accuracy >=", r"\n    accuracy >=\n               \^\n  Expected here: a number"),
        ("latency.p95 <= base", r"\n                   \^\^\^\^\n  Expected here: a number with a unit, or a multiple"),
        ("latency.p95 <= 20 pars", r"\n                      \^\^\^\^\n  .*latency.p95 \(seconds\): s, ms, us, µs\n"),
        ("accuracy >= baseline - 2 e", r"\n {29}\^\n  .*unit of accuracy \(utility\): %\n"),
        ("bias.likelihood_difference < 1 s", r"unit of bias.likelihood_difference \(nats\): no unit"),
        ("latency.p95 <= 0.8 baseline", r"Expected here: a unit(.|\n)*Valid forms: .*TERM <= 0.8 \* baseline"),
        ("latency.p95 <= 1e999", "a number of usual size"),
        ("latency.p95 <= 1e999 * baseline", "a number of usual size"),
        ("ood >= 60", r"\n           \^\^\n  Expected here: a number from 0 to 1, or a percentage"),
        ("accuracy.mcc >= .5 s", "correlation"),
        ("privacy.leak_auc <= 55", "a number from 0 to 1, or a percentage"),
        ("acuracy >= 0.8", r"--subject-to: acuracy >= 0.8: unknown axis or metric 'acuracy'(.|\n)*'accuracy'"),
        ("", "one comparison"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text, message):
    with pytest.raises(RequestError, match=message):
        parse(text)


@in_one_test(
    "text, value, baseline, expected",
    [
        ("accuracy >= 0.8", 0.7, None, 0.1),
        ("accuracy >= 0.8", 0.9, None, -0.1),
        ("accuracy >= baseline - 0.02", 0.85, 0.9, 0.03),
        ("privacy.leak_auc <= 0.55", 0.6, None, 0.1),  # of the 0.5 between its anchors
        ("bias.crows_pairs <= baseline + 1.0", 60.0, 54.0, 0.1),
        ("latency.p95 <= 0.5 * baseline", 0.1, 0.1, math.log(2) / math.log(10_000)),
        ("latency.p95 <= 20 ms", 0.01, None, -math.log(2) / math.log(10_000)),
        ("latency.tokens_per_second >= 100", 0.0, None, 100 / 99_999),  # no logarithm of 0
    ],
)
def test_violation_is_in_shares_of_the_way_between_the_anchors(text, value, baseline, expected):
    assert parse(text).violation(value, baseline) == pytest.approx(expected)


@pytest.mark.parametrize(("comparison", "broken"), [("<=", False), (">=", False), ("<", True), (">", True)])
def test_bound_itself_holds_unless_it_is_excluded(comparison, broken):
    condition = parse(f"accuracy {comparison} baseline - 0.1")
    assert (condition.violation(0.7, 0.8) > 0) is broken  # 0.8 - 0.1 is a little more than 0.7 in floating point
    assert abs(condition.violation(0.7, 0.8)) < 1e-8


@given(conditions, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_violation_is_above_0_just_when_the_comparison_fails(condition, value, baseline):
    bound = condition.bound.at(baseline)
    holds = {"<=": value <= bound, ">=": value >= bound, "<": value < bound, ">": value > bound}
    violation = condition.violation(value, baseline)
    assert math.isfinite(violation)
    if abs(value - bound) > 1e-6 * max(1.0, abs(bound)):
        assert (violation <= 0) is holds[condition.comparison] or abs(violation) <= 1e-9


ASKED = ["accuracy >= 0.5", "accuracy > baseline - 0.1", "privacy.leak_auc <= 0.7", "latency.p95 <= 0.8 * baseline"]
trials = st.fixed_dictionaries({parse(text).term: st.floats(0.01, 1) for text in ASKED})


@given(st.permutations(ASKED), trials, st.lists(trials, max_size=5))
def test_conditions_in_any_order_leave_the_same_trials(texts, baseline, tried):
    def feasible(conditions):
        def broken(trial):
            return [each.violation(trial[each.term], baseline[each.term]) for each in conditions]

        return [place for place, trial in enumerate(tried) if all(each <= 0 for each in broken(trial))]

    assert feasible(read(texts)) == feasible(read(ASKED))


def read(texts) -> list[Condition]:
    return [parse(text) for text in texts]


def test_condition_on_the_baseline_needs_it():
    with pytest.raises(ValueError, match="needs the value of the baseline"):
        parse("accuracy >= baseline").violation(0.5)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(wrong):
    with pytest.raises(ValueError, match="finite"):
        parse("accuracy >= 0.5").violation(wrong)
    with pytest.raises(ValueError, match="finite"):
        parse("accuracy >= baseline").violation(0.5, wrong)


@pytest.mark.parametrize(
    "text",
    ["latency.p95 <= 20", "latency.p95 <= baseline + 5", "latency.peak_memory <= 1.5", "latency.weight_bytes < 100"],
)
def test_times_and_sizes_need_a_unit(text):
    with pytest.raises(RequestError, match=r"a unit behind the number, which is in (seconds: s, ms|bytes: B, kB)"):
        parse(text)
    assert (
        Condition.parse(text, TASKS, unit_required=False).bound.size == 1.0
    )  # as a search of an earlier release meant
