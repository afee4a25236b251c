from datetime import timedelta

import pytest

from leaderboard.errors import LeaderboardError
from leaderboard.store.gates import gate_runs, record_gate
from leaderboard.store.records import Severity, Verdict
from tests.synthetic.records import NOON, gate_rule_record, gate_run_record


def test_what_a_gate_said_comes_back_rule_by_rule(store):
    unknown = dict.fromkeys(("value", "low", "high", "bound", "minimum_detectable"))
    run = gate_run_record(
        verdict=Verdict.INCONCLUSIVE,
        baseline="main",
        rules=(
            gate_rule_record(),
            gate_rule_record(1, verdict=Verdict.INCONCLUSIVE, severity=Severity.WARNING, required=False, **unknown),
        ),
    )
    record_gate(store, run)
    assert gate_runs(store) == [run]


def test_the_newest_comes_first_and_of_one_moment_the_one_that_was_kept_last(store):
    for gate, minutes in [("first", 0), ("newest", 5), ("second", 0)]:
        record_gate(store, gate_run_record(gate=gate, started_at=NOON + timedelta(minutes=minutes)))
    assert [run.gate for run in gate_runs(store)] == ["newest", "second", "first"]


def test_runs_of_one_subject_are_found_by_its_label_and_its_identity(store):
    one, other = gate_run_record("one"), gate_run_record("other")
    record_gate(store, one)
    record_gate(store, other)
    assert gate_runs(store, subject="one") == gate_runs(store, subject=one.subject_identity) == [one]
    assert gate_runs(store, subject="nobody") == []


def test_a_gate_without_rules_is_kept(store):
    record_gate(store, gate_run_record(rules=()))
    assert gate_runs(store) == [gate_run_record(rules=())]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ((gate_rule_record(value=float("nan"), low=None, high=None),), "has a number that is not finite"),
        ((gate_rule_record(), gate_rule_record()), "gate 'release' on tiny/zero_shot: cannot be stored"),
        ((gate_rule_record(low=2.0, high=1.0),), "cannot be stored"),
    ],
)
def test_what_cannot_be_kept_leaves_nothing_behind(store, rules, message):
    with pytest.raises(LeaderboardError, match=message):
        record_gate(store, gate_run_record(rules=rules))
    assert gate_runs(store) == []
