import math
from dataclasses import replace

import pytest

from leaderboard.errors import RequestError
from leaderboard.gate.evidence import Case
from leaderboard.gate.judge import judge
from leaderboard.gate.report import timing_notes
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import Verdict
from tests.synthetic.gated import exact, measured, results
from tests.synthetic.records import NOON

SST2 = "accuracy.sst2.accuracy"
Z = 1.6448536
"""Of a one-sided bound at 95 %; a 95 % interval of ±0.0196 has a standard error of 0.01."""


def judged(gate, subject, baseline=None):
    """What the gate says; the baseline is another subject, whatever its results are called."""
    baseline = baseline and replace(baseline, identity="b" * 64)
    return judge(gate, Case(subject, baseline), called="main" if baseline else "", at=NOON)


def accurate(value, half=0.0196, **changes):
    return results("mine", {"sst2": {"accuracy": measured(value, half)}}, **changes)


@pytest.mark.parametrize(
    ("value", "verdict", "message"),
    [
        (0.90, Verdict.PASS, "is at least 0.880"),
        (0.895, Verdict.INCONCLUSIVE, "is inconclusive: the interval contains 0.880"),
        (0.865, Verdict.INCONCLUSIVE, "is inconclusive: the interval contains 0.880"),
        (0.86, Verdict.FAIL, "is below 0.880"),
    ],
)
def test_a_whole_interval_passes_or_fails_a_rule(gate_file, value, verdict, message):
    run = judged(gate_file("rules: [accuracy.sst2 >= 0.88]"), accurate(value))
    (rule,) = run.rules
    assert (rule.verdict, run.verdict) == (verdict, verdict)
    assert message in rule.message
    assert (rule.low, rule.high) == (pytest.approx(value - Z * 0.01), pytest.approx(value + Z * 0.01))


def test_what_so_many_examples_detect_is_two_and_a_half_standard_errors(gate_file):
    (rule,) = judged(gate_file("rules: [accuracy.sst2 >= 0.88]"), accurate(0.9)).rules
    assert rule.minimum_detectable == pytest.approx((Z + 0.8416212) * 0.01, rel=1e-4)
    assert "minimum detectable effect 0.025 (n = 400)" in rule.message


def test_failing_is_held_to_the_level_of_all_rules_together_and_passing_is_not(gate_file):
    rules = "accuracy.sst2 >= 0.88, accuracy.sst2 >= 0.5, {rule: accuracy.sst2 >= 0.6, severity: warning}"
    first, *_ = judged(gate_file(f"rules: [{rules}]"), accurate(0.86)).rules
    assert first.low == pytest.approx(0.86 - Z * 0.01)
    assert first.high == pytest.approx(0.86 + 1.9599640 * 0.01)


def test_a_value_alone_decides_where_the_rule_says_so(gate_file):
    run = judged(gate_file("rules: [{rule: accuracy.sst2 >= 0.88, decide: point}]"), accurate(0.881))
    assert run.verdict is Verdict.PASS
    assert "judged by the value alone" in run.rules[0].message


def test_an_exact_value_decides_by_itself_and_one_of_unknown_spread_cannot(gate_file):
    gate = gate_file("rules: [latency.parameters <= 30 M, latency.peak_memory <= 200 MB]")
    unknown = Estimate.measured(100e6, None, n=1, method="one process, no interval")
    subject = results("mine", {"latency_sst2": {"parameters": exact(30e6), "peak_memory": unknown}})
    first, second = judged(gate, subject).rules
    assert (first.verdict, first.message) == (Verdict.PASS, "30 M is at most 30 M")
    assert second.verdict is Verdict.INCONCLUSIVE
    assert "its uncertainty is unknown (one process, no interval); `decide: point`" in second.message


def test_a_strict_rule_is_broken_by_its_own_bound(gate_file):
    subject = results("mine", {"latency_sst2": {"parameters": exact(30e6)}})
    assert judged(gate_file("rules: [latency.parameters < 30 M]"), subject).verdict is Verdict.FAIL


@pytest.mark.parametrize(("required", "verdict"), [("true", Verdict.FAIL), ("false", Verdict.PASS)])
def test_not_measured_fails_a_required_rule_and_is_reported_for_an_optional_one(gate_file, required, verdict):
    gate = gate_file(f"rules: [{{rule: bias.crows_pairs <= 60, required: {required}}}, accuracy.sst2 >= 0.5]")
    run = judged(gate, accurate(0.9))
    assert run.verdict is verdict
    assert run.rules[0].message.startswith("not measured: no task reported bias.crows_pairs")
    assert run.rules[0].value is None


def test_a_warning_that_fails_fails_no_gate(gate_file):
    run = judged(gate_file("rules: [{rule: accuracy.sst2 >= 0.95, severity: warning}]"), accurate(0.8))
    assert (run.rules[0].verdict, run.verdict) == (Verdict.FAIL, Verdict.PASS)


def test_a_difference_without_observations_uses_the_intervals(gate_file):
    run = judged(gate_file("rules: [accuracy.sst2 >= baseline - 0.05]"), accurate(0.88), accurate(0.90))
    (rule,) = run.rules
    assert rule.value == pytest.approx(-0.02)
    assert rule.bound == pytest.approx(-0.05)
    assert rule.low == pytest.approx(-0.02 - Z * math.hypot(0.01, 0.01), rel=1e-4)
    assert (rule.verdict, rule.n) == (Verdict.PASS, 800)
    assert "(unpaired: per-example observations are missing)" in rule.message


def test_a_multiple_of_the_baseline_counts_its_spread_as_often(gate_file):
    mine = results("mine", {"latency_sst2": {"latency_p95": measured(0.010, 0.00196)}})
    others = results("other", {"latency_sst2": {"latency_p95": measured(0.020, 0.00196)}})
    (rule,) = judged(gate_file("rules: [latency.p95 <= 2 * baseline]"), mine, others).rules
    assert rule.value == pytest.approx(0.010 - 0.040)
    assert rule.high == pytest.approx(-0.030 + Z * math.hypot(0.001, 0.002), rel=1e-4)
    assert "10.0 ms against 2 × 20.0 ms" in rule.message


def test_a_margin_below_the_minimum_detectable_effect_is_reported(gate_file):
    run = judged(gate_file("rules: [accuracy.sst2 >= baseline - 0.01]"), accurate(0.9), accurate(0.9))
    assert run.verdict is Verdict.INCONCLUSIVE
    message = "minimum detectable effect 0.035 (n = 800), larger than the margin of this rule, 0.010"
    assert message in run.rules[0].message


def test_non_inferiority_knows_which_way_is_worse(gate_file):
    gate = gate_file("rules: [{non_inferior: bias.crows_pairs, margin: 3}]")
    mine, others = (
        results(name, {"crows_pairs": {"stereotype_preference": measured(value, 0.5)}})
        for name, value in (("mine", 41.0), ("other", 52.0))
    )
    (rule,) = judged(gate, mine, others).rules
    assert rule.verdict is Verdict.FAIL
    assert rule.value == pytest.approx(9.0 - 2.0)
    assert judged(gate, others, mine).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        ({"version": 2}, "the baseline was measured on a different sst2"),
        ({"task": "movies"}, "the baseline has no value: no task reported accuracy.sst2.accuracy"),
    ],
)
def test_a_rule_whose_baseline_cannot_be_compared_is_inconclusive(gate_file, baseline, message):
    other = results("other", {baseline.pop("task", "sst2"): {"accuracy": measured(0.9, 0.02)}}, **baseline)
    run = judged(gate_file("rules: [accuracy.sst2 >= baseline - 0.5]"), accurate(0.9), other)
    assert run.verdict is Verdict.INCONCLUSIVE
    assert message in run.rules[0].message


def test_times_of_two_machines_are_not_compared_and_ratios_are(gate_file):
    times = {"latency_sst2": {"latency_p95": measured(0.02, 0.001), "latency_ratio": measured(1.0, 0.01)}}
    gate = gate_file("rules: [latency.p95 <= 1.5 * baseline, latency.ratio <= 1.5 * baseline]")
    first, second = judged(gate, results("mine", times), results("other", times, threads=1)).rules
    assert (first.verdict, second.verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)
    assert "different machines: x, cpu, 2 threads, float32 (subject) and x, cpu, 1 thread" in first.message


def test_a_score_needs_every_axis_with_a_positive_weight(gate_file):
    gate = gate_file("rules: [score >= 0.5]")
    (rule,) = judged(gate, accurate(0.9)).rules
    assert rule.verdict is Verdict.FAIL
    assert "no headline metric was measured for ood, bias, privacy, latency, explainability; set the" in rule.message


def test_a_score_is_the_weighted_mean_of_utilities_with_independent_errors(gate_file):
    weights = "{ood: 0, privacy: 0, latency: 0, explainability: 0, accuracy: 3, bias: 1}"
    gate = gate_file(f'rules: [{{rule: "score >= 0.5", weights: {weights}}}]')
    subject = results(
        "mine",
        {
            "sst2": {"accuracy": measured(0.9, 0.0196)},
            "crows_pairs": {"stereotype_preference": measured(55, 1.96)},
            "counterfactual_sentiment": {"relative_counterfactual_gap": measured(0.1, 0.0392)},
        },
    )
    (rule,) = judged(gate, subject).rules
    # anchors of sst2: chance .5 is 0 and 1 is 1; of the preference: 50 is 1, and 100 is 0; bias is .9 of accuracy's .8
    assert rule.value == pytest.approx(0.75 * 0.8 + 0.25 * 0.8 * 0.9)
    of_accuracy, of_bias = (0.75 + 0.25 * 0.9) * 0.02, 0.25 * 0.8 * 0.02  # accuracy moves bias, too
    assert rule.low == pytest.approx(rule.value - Z * math.hypot(of_accuracy, of_bias))


def test_an_axis_of_a_suite_needs_all_its_tasks_and_as_many_examples_as_rank(gate_file):
    gate = gate_file("rules: [bias >= 0.5, accuracy >= 0.5]")
    pairs = {"crows_pairs": {"stereotype_preference": measured(55, 1.96)}}
    part = results("mine", {"sst2": {"accuracy": measured(0.9, 0.0196)}, **pairs})
    bias, accuracy = judged(gate, part).rules
    assert "a task of suite core is missing: counterfactual_sentiment: not measured" in bias.message
    assert accuracy.verdict is Verdict.PASS
    few = results("mine", {"sst2": {"accuracy": Estimate.measured(0.9, (0.8, 0.95), n=13, method="Wilson 95 %")}})
    assert "sst2: 13 of 100 examples" in judged(gate, few).rules[1].message
    assert judged(gate_file("rules: [accuracy.sst2 >= 0.5]"), few).rules[0].verdict is Verdict.PASS


def test_axes_of_two_suites_are_not_compared(gate_file):
    gate = gate_file("rules: [accuracy >= baseline - 0.5]")
    other = results("other", {"movies": {"accuracy": measured(0.9, 0.02)}})
    (rule,) = judged(gate, accurate(0.9), other).rules
    assert rule.verdict is Verdict.INCONCLUSIVE
    assert "the subject has results on sst2, the baseline on movies" in rule.message


def test_a_rule_that_needs_a_baseline_asks_for_one(gate_file):
    with pytest.raises(RequestError, match=r"gate\.yaml:1: 'accuracy >= baseline' needs a baseline"):
        judged(gate_file("rules: [accuracy >= baseline]"), accurate(0.9))


@pytest.mark.parametrize(
    "rule", ["accuracy.sst2 >= baseline - 0.05", "accuracy.sst2 >= 0.9 * baseline", "score >= baseline"]
)
def test_a_subject_is_not_compared_with_itself(gate_file, rule):
    gate = gate_file(f"rules: [accuracy.sst2 >= 0.5, {rule}]")
    again = accurate(0.5)  # measured on another day
    assert again.identity == accurate(0.9).identity
    with pytest.raises(RequestError, match=r"gate\.yaml:1: '.*baseline.*' compares mine with itself(.|\n)*--baseline"):
        judge(gate, Case(accurate(0.9), again), called="main", at=NOON)
    absolute = gate_file("rules: [accuracy.sst2 >= 0.5]")
    (rule_alone,) = judge(absolute, Case(accurate(0.9), again), called="main", at=NOON).rules
    assert rule_alone.verdict is Verdict.PASS


def test_a_difference_of_times_comes_with_the_advice_to_compare_ratios(gate_file):
    times = {"latency_sst2": {"latency_p95": measured(0.02, 0.001), "latency_ratio": measured(1.0, 0.01)}}
    gate = gate_file("rules: [latency.p95 <= 1.5 * baseline, latency.ratio <= 1.5 * baseline, latency.p95 <= 1 s]")
    run = judged(gate, results("mine", times), results("other", times))
    (note,) = timing_notes(run)
    assert note.startswith("latency.p95 <= 1.5 * baseline: ")
    assert "latency.ratio" in note


@pytest.mark.parametrize("rule", ["accuracy.sst2.accuracy >= 0.5", "accuracy >= 0.5"])
def test_the_interval_of_a_rule_stays_where_such_numbers_can_lie(gate_file, rule):
    (judgement,) = judged(gate_file(f"rules: [{rule}]"), accurate(0.995)).rules
    assert 0.99 < judgement.high <= 1.0
    assert judgement.low < 0.985
