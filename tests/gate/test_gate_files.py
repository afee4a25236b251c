import pytest

from leaderboard.errors import RequestError
from leaderboard.gate.config import CannotTell, Decide
from leaderboard.gate.rules import Score, known_tasks, parse_rules
from leaderboard.store.records import Severity


def rules_of(gate):
    return parse_rules(gate, known_tasks())


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


def test_a_score_has_weights_of_one_where_nothing_else_is_said(gate_file):
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


@pytest.mark.parametrize(("said", "meant"), [("3", CannotTell.OWN_STATUS), ("fail", CannotTell.FAIL)])
def test_how_a_gate_ends_that_cannot_tell_is_said_in_the_file(gate_file, said, meant):
    assert gate_file(f"cannot_tell: {said}\nrules: [accuracy >= 0.5]").config.cannot_tell is meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: []", "at least 1 item"),
        ("rules: [{rul: accuracy >= 0.5}]", "Did you mean 'rule'"),
        ("rules: [accuracy >= 0.5]\nbase_line: main", "Did you mean 'baseline'"),
        ("rules: [{rule: accuracy >= 0.5, non_inferior: accuracy.sst2, margin: 1}]", "either 'rule' or 'non_inferior'"),
        ("rules: [{non_inferior: accuracy.sst2}]", "stand together"),
        ("rules: [{rule: accuracy >= 0.5, weights: {bias: 1}}]", "belong to a rule about the score"),
        ("rules: [{rule: accuracy >= 0.5, alpha: 0.6}]", "less than 0.5"),
        ("rules: [{rule: accuracy >= 0.5, severity: fatal}]", "'error' or 'warning'"),
    ],
)
def test_what_a_file_has_wrong_is_told(gate_file, text, said):
    with pytest.raises(RequestError, match=said):
        gate_file(text)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("accuracy.sst >= 0.5", r"gate.yaml:1: accuracy.sst >= 0.5: unknown metric or task"),
        ("accuracy.sst2 >= 88", "a number from 0 to 1, or a percentage"),
        ("{non_inferior: accuracy, margin: 0.1}", "is about one metric, and 'accuracy' is an axis"),
        ("{non_inferior: accuracy.sst2, margin: -0.1}", "a margin is 0 or more"),
        ("{non_inferior: accuracy.sst2, margin: baseline}", "a margin is 0 or more"),
        (
            "{rule: score >= 0.5, weights: {accuracy: 0, ood: 0, bias: 0, privacy: 0, latency: 0, explainability: 0}}",
            "every axis has weight 0",
        ),
        ("score >= 50", "a number from 0 to 1"),
    ],
)
def test_what_a_rule_has_wrong_is_told_with_its_line(gate_file, rule, said):
    with pytest.raises(RequestError, match=said):
        rules_of(gate_file(f"rules: [{rule}]"))
