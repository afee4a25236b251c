"""Judge a subject: apply the rules of a gate to its results."""

from collections.abc import Sequence
from datetime import datetime

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.gate.config import Decide, GateConfig, GateFile, InconclusiveAs
from leaderboard.gate.evidence import Case, NothingToCompareError, rule_evidence
from leaderboard.gate.rules import Rule, parse_rules, rule_tasks
from leaderboard.gate.verdicts import rule_record
from leaderboard.store.records import GateRuleRecord, GateRunRecord, Severity, Verdict
from leaderboard.store.results import SubjectResults


def judge(gate: GateFile, case: Case, *, called: str = "", at: datetime) -> GateRunRecord:
    """Apply a gate to a subject.

    Args:
        gate: the gate file.
        case: subject and baseline.
        called: name of the baseline; empty where there is none.
        at: time of the call, timezone-aware.

    Raises:
        RequestError: for an invalid rule, or a rule that needs a baseline where there is none or where the baseline is
            the subject itself.
    """
    rules = parse_rules(gate, rule_tasks(*filter(None, [case.baseline, case.subject])))
    if case.baseline is None:
        _refuse_without_baseline(gate, rules)
    elif case.baseline.identity == case.subject.identity:
        _refuse_itself(gate, rules, case.subject)
    failing = max(1, sum(rule.severity is Severity.ERROR and rule.decide is Decide.INTERVAL for rule in rules))
    judgements = tuple(
        _rule_record(rule, case, position, failing if rule.severity is Severity.ERROR else 1)
        for position, rule in enumerate(rules)
    )
    return GateRunRecord(
        gate=gate.name,
        config=gate.config.model_dump(mode="json", exclude_unset=True),
        subject=case.subject.label,
        subject_identity=case.subject.identity,
        baseline=called,
        verdict=verdict_of(judgements),
        started_at=at,
        rules=judgements,
    )


def verdict_of(rules: Sequence[GateRuleRecord]) -> Verdict:
    """Return FAIL when any counted rule fails, else INCONCLUSIVE when any is inconclusive, else PASS."""
    counted = {rule.verdict for rule in rules if can_fail_gate(rule)}
    return next((each for each in (Verdict.FAIL, Verdict.INCONCLUSIVE) if each in counted), Verdict.PASS)


def counted_verdict(verdict: Verdict, config: GateConfig) -> Verdict:
    """Return the verdict as it counts: the gate may count INCONCLUSIVE as PASS or FAIL."""
    if verdict is not Verdict.INCONCLUSIVE:
        return verdict
    return {InconclusiveAs.FAIL: Verdict.FAIL, InconclusiveAs.PASS: Verdict.PASS}.get(config.inconclusive, verdict)


def can_fail_gate(rule: GateRuleRecord) -> bool:
    """Whether a rule can fail its gate: its severity is error, and it was measured or is required."""
    return rule.severity is Severity.ERROR and (rule.required or rule.value is not None)


def _rule_record(rule: Rule, case: Case, position: int, rules: int) -> GateRuleRecord:
    try:
        return rule_record(rule, rule_evidence(rule, case), position=position, rules=rules)
    except NothingToCompareError as error:
        return _unknown(rule, position, Verdict.INCONCLUSIVE, str(error))
    except NotMeasurableError as error:
        verdict = Verdict.FAIL if rule.required else Verdict.INCONCLUSIVE
        return _unknown(rule, position, verdict, f"not measured: {error}" + ("" if rule.required else " (optional)"))


def _unknown(rule: Rule, position: int, verdict: Verdict, message: str) -> GateRuleRecord:
    return GateRuleRecord(
        position=position,
        rule=rule.text,
        severity=rule.severity,
        required=rule.required,
        verdict=verdict,
        value=None,
        low=None,
        high=None,
        n=0,
        unit=rule.quantity.unit,
        bound=rule.bound.at(None) if not rule.needs_baseline else None,
        minimum_detectable=None,
        message=message,
    )


def _refuse_without_baseline(gate: GateFile, rules: Sequence[Rule]) -> None:
    for rule, line in zip(rules, gate.lines, strict=True):
        if rule.needs_baseline:
            raise RequestError(
                f"{gate.path}:{line}: '{rule.text}' needs a baseline\n"
                "  Name one with --baseline, or with `baseline:` in the file: a saved baseline (leaderboard baseline "
                "list), a result document, or a subject of the store"
            )


def _refuse_itself(gate: GateFile, rules: Sequence[Rule], subject: SubjectResults) -> None:
    """Refuse to compare a subject with itself: any difference between two measurements of it is noise."""
    for rule, line in zip(rules, gate.lines, strict=True):
        if rule.needs_baseline:
            raise RequestError(
                f"{gate.path}:{line}: '{rule.text}' compares {subject.label} with itself: the baseline has the same "
                "weights, recipe and training data\n"
                "  Name another subject with --subject, or another baseline with --baseline"
            )
