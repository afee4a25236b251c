"""Verdicts: PASS when the whole interval satisfies a rule, FAIL when the whole interval violates it, else INCONCLUSIVE.

Both ends of an interval are one-sided bounds. The bound that decides PASS is wrong with a probability of α: a gate
passes only when all its rules do, so that it needs no correction (intersection-union test, Berger 1982). The bound that
decides FAIL has level α / k, with k rules that can fail the gate (Bonferroni), so that a subject exactly at all of its
bounds fails the gate with a probability of at most α. An exact value decides by itself.
"""

import math
from dataclasses import dataclass

from leaderboard.gate.config import Decide
from leaderboard.gate.evidence import Evidence, Uncertainty
from leaderboard.gate.rules import Rule
from leaderboard.quantities import quantity
from leaderboard.ranking.conditions import Operator
from leaderboard.ranking.terms import Term
from leaderboard.stats.betting import ANYTIME
from leaderboard.store.records import GateRuleRecord, Verdict

_EQUAL = 1e-12
"""Relative difference below which two numbers are equal up to rounding."""
_HOLDS = {
    Operator.AT_MOST: "at most",
    Operator.AT_LEAST: "at least",
    Operator.BELOW: "below",
    Operator.ABOVE: "above",
}
_BROKEN = {
    Operator.AT_MOST: "above",
    Operator.AT_LEAST: "below",
    Operator.BELOW: "not below",
    Operator.ABOVE: "not above",
}


@dataclass(frozen=True, slots=True)
class Interval:
    """The one-sided bounds of a number that decide a verdict."""

    low: float
    high: float


def decision_levels(*, from_above: bool, alpha: float, rules: int) -> tuple[float, float]:
    """Return the levels of the lower and of the upper bound, of which the one that can fail the gate is shared."""
    failing = alpha / rules
    return (failing, alpha) if from_above else (alpha, failing)


def decision_interval(uncertainty: Uncertainty, *, from_above: bool, alpha: float, rules: int) -> Interval:
    """Return the bounds that decide a verdict.

    Args:
        uncertainty: uncertainty of the number.
        from_above: whether large numbers break the rule.
        alpha: chance of a wrong verdict, on either side.
        rules: number of rules that can fail the gate, at least 1.
    """
    low, high = decision_levels(from_above=from_above, alpha=alpha, rules=rules)
    return Interval(uncertainty.lower(low), uncertainty.upper(high))


def _possible(rule: Rule, interval: Interval) -> Interval:
    """Clip an interval to the possible values of the quantity; an interval of a difference is not clipped."""
    if rule.needs_baseline:
        return interval
    metric = rule.quantity.metric if isinstance(rule.quantity, Term) else None
    least, most = (0.0, 1.0) if metric is None else metric.bounds  # utilities and scores
    return Interval(min(max(interval.low, least), most), max(min(interval.high, most), least))


def interval_verdict(comparison: Operator, bound: float, interval: Interval) -> Verdict:
    """Return the verdict of a whole interval; an interval without width is a value that decides by itself."""
    ends = [_holds(comparison, end, bound) for end in (interval.low, interval.high)]
    if all(ends):
        return Verdict.PASS
    return Verdict.INCONCLUSIVE if any(ends) else Verdict.FAIL


def rule_record(rule: Rule, evidence: Evidence, *, position: int, rules: int) -> GateRuleRecord:
    """Return the verdict on a rule whose quantity was measured.

    Args:
        rule: the rule.
        evidence: the value and its uncertainty.
        position: position of the rule in its gate, from 0.
        rules: number of rules that can fail the gate.
    """
    comparison = rule.comparison or Operator.AT_MOST
    interval = evidence.uncertainty and _possible(
        rule, decision_interval(evidence.uncertainty, from_above=rule.broken_by_larger, alpha=rule.alpha, rules=rules)
    )
    detectable = evidence.uncertainty.detectable(rule.alpha) if evidence.uncertainty else None
    if rule.decide is Decide.POINT:
        verdict = interval_verdict(comparison, evidence.bound, Interval(evidence.value, evidence.value))
    else:
        verdict = interval_verdict(comparison, evidence.bound, interval) if interval else Verdict.INCONCLUSIVE
    shown = interval if interval and interval.low < interval.high else None
    return GateRuleRecord(
        position=position,
        rule=rule.text,
        severity=rule.severity,
        required=rule.required,
        verdict=verdict,
        value=evidence.value,
        low=shown.low if shown else None,
        high=shown.high if shown else None,
        n=evidence.n,
        unit=rule.quantity.unit,
        bound=evidence.bound,
        minimum_detectable=detectable,
        message=_explanation(rule, evidence, shown, verdict)
        + _decided_text(rule, evidence, rules)
        + _detectable_text(rule, evidence, detectable),
    )


def _explanation(rule: Rule, evidence: Evidence, shown: Interval | None, verdict: Verdict) -> str:
    comparison, unit = rule.comparison or Operator.AT_MOST, rule.quantity.unit
    number = quantity(evidence.value, shown.low if shown else None, shown.high if shown else None, unit)
    bound = quantity(evidence.bound, None, None, unit) if evidence.bound else "0"
    if verdict is Verdict.INCONCLUSIVE and not evidence.uncertainty:
        conclusion = f", and {evidence.unknown_because}; `decide: point` would judge the value alone"
    elif verdict is Verdict.INCONCLUSIVE:
        conclusion = f" is inconclusive: the interval contains {bound}"
    else:
        words = _HOLDS if verdict is Verdict.PASS else _BROKEN
        conclusion = f" is {words[comparison]} {bound}" + (
            ", judged by the value alone" if _by_value(rule, shown) else ""
        )
    return f"{evidence.prefix}{number}{conclusion}{evidence.suffix}"


def _by_value(rule: Rule, shown: Interval | None) -> bool:
    return rule.decide is Decide.POINT and shown is not None


def _decided_text(rule: Rule, evidence: Evidence, rules: int) -> str:
    """Return after how many examples a sequential rule was decided, as the end of a sentence."""
    uncertainty = evidence.uncertainty
    if uncertainty is None or uncertainty.decided_after is None or rule.decide is Decide.POINT:
        return ""
    levels = decision_levels(from_above=rule.broken_by_larger, alpha=rule.alpha, rules=rules)
    after = uncertainty.decided_after(evidence.bound, *levels)
    return f"; {ANYTIME}" if after is None else f"; {ANYTIME}, decided after {after} of {evidence.n} examples"


def _detectable_text(rule: Rule, evidence: Evidence, detectable: float | None) -> str:
    """Return the minimum detectable effect as the end of a sentence, and whether the rule's margin is smaller."""
    if not detectable:  # nothing varies, or the uncertainty is unknown
        return ""
    unit = rule.quantity.unit
    effect = f"; minimum detectable effect {quantity(detectable, None, None, unit)} (n = {evidence.n})"
    if evidence.margin is None or detectable <= evidence.margin or rule.decide is Decide.POINT:
        return effect
    margin = quantity(evidence.margin, None, None, unit)
    return f"{effect}, larger than the margin of this rule, {margin}"


def _holds(comparison: Operator, value: float, bound: float) -> bool:
    if math.isclose(value, bound, rel_tol=_EQUAL, abs_tol=_EQUAL):
        return not comparison.strict
    return value < bound if comparison.from_above else value > bound
