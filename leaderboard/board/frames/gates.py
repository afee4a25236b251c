"""Calls of gates over time: verdicts, rule by rule, and the value of a rule against its bound."""

from collections.abc import Iterable, Sequence

import pandas as pd

from leaderboard.quantities import quantity
from leaderboard.store.records import GateRuleRecord, GateRunRecord, Verdict

RUN_COLUMNS = ("at", "gate", "subject", "baseline", "verdict", "passed", "failed", "undecided")
RULE_COLUMNS = ("rule", "verdict", "severity", "required", "value", "bound", "n", "minimum_detectable", "message")
TREND_COLUMNS = (
    "at",
    "subject",
    "subject_identity",
    "verdict",
    "value",
    "low",
    "high",
    "bound",
    "n",
    "unit",
    "message",
)


def runs_frame(runs: Iterable[GateRunRecord]) -> pd.DataFrame:
    """Return one row for each call of a gate, in the order of `runs`, with the number of rules of each verdict."""
    rows = [
        {
            "at": run.started_at,
            "gate": run.gate,
            "subject": run.subject,
            "baseline": run.baseline,
            "verdict": run.verdict.value,
            "passed": _count(run, Verdict.PASS),
            "failed": _count(run, Verdict.FAIL),
            "undecided": _count(run, Verdict.INCONCLUSIVE),
        }
        for run in runs
    ]
    return pd.DataFrame(rows, columns=list(RUN_COLUMNS))


def rules_frame(run: GateRunRecord) -> pd.DataFrame:
    """Return one row for each rule of a call, in the order of its file; numbers with units, empty where unknown."""
    rows = [
        {
            "rule": rule.rule,
            "verdict": rule.verdict.value,
            "severity": rule.severity.value,
            "required": rule.required,
            "value": "" if rule.value is None else quantity(rule.value, rule.low, rule.high, rule.unit),
            "bound": _amount(rule.bound, rule),
            "n": rule.n,
            "minimum_detectable": _amount(rule.minimum_detectable, rule),
            "message": rule.message,
        }
        for rule in run.rules
    ]
    return pd.DataFrame(rows, columns=list(RULE_COLUMNS))


def rules_of(runs: Iterable[GateRunRecord]) -> list[str]:
    """Return the texts of all rules, those of the first call first."""
    return list(dict.fromkeys(rule.rule for run in runs for rule in run.rules))


def trend(runs: Sequence[GateRunRecord], rule: str) -> pd.DataFrame:
    """Return the value of a rule in each call that has it, oldest first; missing where unknown.

    Args:
        runs: newest first, as returned by `store.gates.gate_runs`.
        rule: text of the rule.
    """
    rows = [
        {
            "at": run.started_at,
            "subject": run.subject,
            "subject_identity": run.subject_identity,
            "verdict": rule_record.verdict.value,
            **{name: getattr(rule_record, name) for name in ("value", "low", "high", "bound", "n", "unit", "message")},
        }
        for run in reversed(runs)
        for rule_record in run.rules
        if rule_record.rule == rule
    ]
    numbers = dict.fromkeys(("value", "low", "high", "bound"), "float64")
    return pd.DataFrame(rows, columns=list(TREND_COLUMNS)).astype(numbers)


def _count(run: GateRunRecord, verdict: Verdict) -> int:
    return sum(rule.verdict is verdict for rule in run.rules)


def _amount(number: float | None, rule: GateRuleRecord) -> str:
    return "" if number is None else quantity(number, None, None, rule.unit)
