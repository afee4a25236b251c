import pytest

from leaderboard.errors import RequestError
from leaderboard.gate.config import Decide, InconclusiveAs
from leaderboard.gate.rules import Score, parse_rules, rule_tasks
from leaderboard.store.records import Severity


def rules_of(gate):
    return parse_rules(gate, rule_tasks())


def test_a_rule_is_a_line_or_a_mapping_and_knows_its_line(gate_file):
    gate = gate_file("rules:\n  - accuracy.sst2 >= 0.88\n\n  - rule: latency.p95 <= 20 ms\n    severity: warning\n")
    first, second = rules_of(gate)
    assert (first.text, first.severity, first.decide, first.alpha) == (
        "accuracy.sst2.accuracy >= 0.88",
        Severity.ERROR,
        Decide.INTERVAL,
        0.05,
    )
    assert (second.text, second.severity, second.bound.at(None)) == (
        "latency.p95 <= 20 ms",
        Severity.WARNING,
        pytest.approx(0.02),
    )
    assert gate.lines == (2, 4)
    assert gate.name == "gate"


def test_a_margin_may_have_a_unit(gate_file):
    (rule,) = rules_of(gate_file("rules: [{non_inferior: accuracy.sst2, margin: 2 %}]"))
    assert rule.bound.at(None) == pytest.approx(0.02)
    assert rule.needs_baseline
    assert rule.text == "accuracy.sst2.accuracy no worse than baseline by 2 %"


def test_axes_without_a_weight_have_weight_one_in_the_score(gate_file):
    (rule,) = rules_of(gate_file('rules: [{rule: "score >= baseline - 0.02", weights: {latency: 0, bias: 2}}]'))
    assert isinstance(rule.quantity, Score)
    assert dict(rule.quantity.weights) == {
        "accuracy": 1,
        "ood": 1,
        "bias": 2,
        "privacy": 1,
        "latency": 0,
        "explainability": 1,
    }


@pytest.mark.parametrize(("setting", "expected"), [("3", InconclusiveAs.OWN_STATUS), ("fail", InconclusiveAs.FAIL)])
@pytest.mark.parametrize("key", ["inconclusive", "cannot_tell"])
def test_the_file_sets_how_an_inconclusive_gate_ends(gate_file, key, setting, expected):
    """`cannot_tell` is the former name of the key."""
    assert gate_file(f"{key}: {setting}\nrules: [accuracy >= 0.5]").config.inconclusive is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: []", "at least 1 item"),
        ("rules:\n" + "- accuracy >= 0.5\n" * 1001, "at most 1000 items"),
        ("rules: [accuracy >= 0.5]\nalpha: 1.0e-300", "alpha: Input should be greater than or equal to"),
        ("rules: [{rul: accuracy >= 0.5}]", "Did you mean 'rule'"),
        ("rules: [accuracy >= 0.5]\nbase_line: main", "Did you mean 'baseline'"),
        ("rules: [{rule: accuracy >= 0.5, non_inferior: accuracy.sst2, margin: 1}]", "either 'rule' or 'non_inferior'"),
        ("rules: [{non_inferior: accuracy.sst2}]", "must be used together"),
        ("rules: [{rule: accuracy >= 0.5, weights: {bias: 1}}]", "need a rule about the score"),
        ("rules: [{rule: accuracy >= 0.5, alpha: 0.6}]", "less than 0.5"),
        ("rules: [{rule: accuracy >= 0.5, severity: fatal}]", "'error' or 'warning'"),
    ],
)
def test_an_error_names_what_is_wrong_in_the_file(gate_file, text, message):
    with pytest.raises(RequestError, match=message):
        gate_file(text)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("accuracy.sst >= 0.5", r"gate.yaml:1: accuracy.sst >= 0.5: unknown metric or task"),
        ("accuracy.sst2 >= 88", "a number from 0 to 1, or a percentage"),
        ("{non_inferior: accuracy, margin: 0.1}", "needs a task or a metric, and 'accuracy' is an axis"),
        ("{non_inferior: accuracy.sst2, margin: -0.1}", "a margin must be 0 or more"),
        ("{non_inferior: accuracy.sst2, margin: baseline}", "a margin must be 0 or more"),
        (
            "{rule: score >= 0.5, weights: {accuracy: 0, ood: 0, bias: 0, privacy: 0, latency: 0, explainability: 0}}",
            "every axis has weight 0",
        ),
        ("score >= 50", "a number from 0 to 1"),
    ],
)
def test_an_error_of_a_rule_names_its_line(gate_file, rule, message):
    with pytest.raises(RequestError, match=message):
        rules_of(gate_file(f"rules: [{rule}]"))
