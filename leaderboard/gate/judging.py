"""Judging: a gate's rules over the results of a subject, and what follows for the gate."""

from collections.abc import Sequence
from datetime import datetime

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.gate.config import CannotTell, Decide, GateConfig, GateFile
from leaderboard.gate.evidence import Case, NothingToCompareError, evidence
from leaderboard.gate.rules import Rule, known_tasks, parse_rules
from leaderboard.gate.verdicts import judged
from leaderboard.store.records import GateRuleRecord, GateRunRecord, Severity, Verdict
from leaderboard.store.results import SubjectResults


def judge(gate: GateFile, case: Case, *, called: str = "", at: datetime) -> GateRunRecord:
    """What a gate says of a subject.

    Args:
        gate: its rules.
        case: who is judged, and beside whom.
        called: what the baseline is called; empty where there is none.
        at: when, timezone-aware.

    Raises:
        RequestError: for a rule that cannot be read, or that needs a baseline where there is none, or where the
            subject itself is the baseline.
    """
    rules = parse_rules(gate, known_tasks(*filter(None, [case.baseline, case.subject])))
    if case.baseline is None:
        _refuse_without_baseline(gate, rules)
    elif case.baseline.identity == case.subject.identity:
        _refuse_itself(gate, rules, case.subject)
    failing = max(1, sum(rule.severity is Severity.ERROR and rule.decide is Decide.INTERVAL for rule in rules))
    judgements = tuple(
        _judged(rule, case, position, failing if rule.severity is Severity.ERROR else 1)
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
    """Fail when any rule does; else cannot tell when any rule cannot; warnings and missing optional ones are told."""
    counted = {rule.verdict for rule in rules if counts(rule)}
    return next((each for each in (Verdict.FAIL, Verdict.CANNOT_TELL) if each in counted), Verdict.PASS)


def ends_as(verdict: Verdict, config: GateConfig) -> Verdict:
    """How a verdict counts, with what the gate says of those that cannot be told."""
    if verdict is not Verdict.CANNOT_TELL:
        return verdict
    return {CannotTell.FAIL: Verdict.FAIL, CannotTell.PASS: Verdict.PASS}.get(config.cannot_tell, verdict)


def counts(rule: GateRuleRecord) -> bool:
    """Whether a rule can fail its gate: an error, about something that was measured or had to be."""
    return rule.severity is Severity.ERROR and (rule.required or rule.value is not None)


def _judged(rule: Rule, case: Case, position: int, rules: int) -> GateRuleRecord:
    try:
        return judged(rule, evidence(rule, case), position=position, rules=rules)
    except NothingToCompareError as error:
        return _unknown(rule, position, Verdict.CANNOT_TELL, str(error))
    except NotMeasurableError as error:
        verdict = Verdict.FAIL if rule.required else Verdict.CANNOT_TELL
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
                "  Give one with --baseline, or as `baseline:` in the file: a saved one (leaderboard baseline list), "
                "a result document, or a subject of the store"
            )


def _refuse_itself(gate: GateFile, rules: Sequence[Rule], subject: SubjectResults) -> None:
    """Same weights, recipe and training data: whatever differs between two measurements is noise."""
    for rule, line in zip(rules, gate.lines, strict=True):
        if rule.needs_baseline:
            raise RequestError(
                f"{gate.path}:{line}: '{rule.text}' compares {subject.label} with itself: the baseline has the same "
                "weights, recipe and training data, so nothing can have become worse\n"
                "  Name another subject with --subject, or another baseline with --baseline"
            )
