"""Verdicts: a rule passes when the whole interval keeps it, fails when the whole interval breaks it, else cannot tell.

Both ends of an interval are one-sided bounds. The one that lets a rule pass is wrong with a chance of α: a gate passes
only when all its rules do, so that no correction is needed there (intersection-union test, Berger 1982). The one that
lets it fail is held at α / k, of k rules that can fail the gate (Bonferroni), so that a subject exactly at all
of its bounds fails the gate with a chance of at most α. A value without error decides by itself.
"""

import math
from dataclasses import dataclass

from leaderboard.gate.config import Decide
from leaderboard.gate.evidence import Evidence, Sides
from leaderboard.gate.rules import Rule
from leaderboard.quantities import quantity
from leaderboard.ranking.conditions import Comparison
from leaderboard.ranking.terms import Term
from leaderboard.store.records import GateRuleRecord, Verdict

_EQUAL = 1e-12
"""Numbers this near to each other, relative to the larger, differ by rounding alone."""
_KEPT = {
    Comparison.AT_MOST: "at most",
    Comparison.AT_LEAST: "at least",
    Comparison.BELOW: "below",
    Comparison.ABOVE: "above",
}
_BROKEN = {
    Comparison.AT_MOST: "above",
    Comparison.AT_LEAST: "below",
    Comparison.BELOW: "not below",
    Comparison.ABOVE: "not above",
}


@dataclass(frozen=True, slots=True)
class Interval:
    """One-sided bounds of a number."""

    low: float
    high: float


def interval_of(sides: Sides, *, from_above: bool, alpha: float, rules: int) -> Interval:
    """The bounds that decide.

    Args:
        sides: of the number.
        from_above: whether large numbers break the rule.
        alpha: chance of a wrong verdict, on either side.
        rules: how many rules can fail the gate, at least 1.
    """
    failing = alpha / rules
    low, high = (failing, alpha) if from_above else (alpha, failing)
    return Interval(sides.lower(low), sides.upper(high))


def _possible(rule: Rule, interval: Interval) -> Interval:
    """The part of an interval that numbers of its kind can lie in; of differences, all of it."""
    if rule.needs_baseline:
        return interval
    metric = rule.quantity.metric if isinstance(rule.quantity, Term) else None
    least, most = (0.0, 1.0) if metric is None else metric.bounds  # utilities and scores
    return Interval(min(max(interval.low, least), most), max(min(interval.high, most), least))


def decided(comparison: Comparison, bound: float, interval: Interval) -> Verdict:
    """What a whole interval says; one without width is a value that decides."""
    ends = [_keeps(comparison, end, bound) for end in (interval.low, interval.high)]
    if all(ends):
        return Verdict.PASS
    return Verdict.CANNOT_TELL if any(ends) else Verdict.FAIL


def judged(rule: Rule, found: Evidence, *, position: int, rules: int) -> GateRuleRecord:
    """The verdict on a rule about something that was measured.

    Args:
        rule: what was asked.
        found: what speaks for and against it.
        position: of the rule in its gate, from 0.
        rules: how many rules can fail the gate.
    """
    comparison = rule.comparison or Comparison.AT_MOST
    interval = found.sides and _possible(
        rule, interval_of(found.sides, from_above=rule.kept_from_above, alpha=rule.alpha, rules=rules)
    )
    detectable = found.sides.detectable(rule.alpha) if found.sides else None
    if rule.decide is Decide.POINT:
        verdict = decided(comparison, found.bound, Interval(found.value, found.value))
    else:
        verdict = decided(comparison, found.bound, interval) if interval else Verdict.CANNOT_TELL
    shown = interval if interval and interval.low < interval.high else None
    return GateRuleRecord(
        position=position,
        rule=rule.text,
        severity=rule.severity,
        required=rule.required,
        verdict=verdict,
        value=found.value,
        low=shown.low if shown else None,
        high=shown.high if shown else None,
        n=found.n,
        unit=rule.quantity.unit,
        bound=found.bound,
        minimum_detectable=detectable,
        message=_reason(rule, found, shown, verdict) + _reach(rule, found, detectable),
    )


def _reason(rule: Rule, found: Evidence, shown: Interval | None, verdict: Verdict) -> str:
    comparison, unit = rule.comparison or Comparison.AT_MOST, rule.quantity.unit
    number = quantity(found.value, shown.low if shown else None, shown.high if shown else None, unit)
    bound = quantity(found.bound, None, None, unit) if found.bound else "0"
    if verdict is Verdict.CANNOT_TELL and not found.sides:
        said = f", and {found.unsure}; `decide: point` would judge the value alone"
    elif verdict is Verdict.CANNOT_TELL:
        said = f" reaches to both sides of {bound}"
    else:
        words = _KEPT if verdict is Verdict.PASS else _BROKEN
        said = f" is {words[comparison]} {bound}" + (", judged by the value alone" if _by_value(rule, shown) else "")
    return f"{found.lead}{number}{said}{found.tail}"


def _by_value(rule: Rule, shown: Interval | None) -> bool:
    return rule.decide is Decide.POINT and shown is not None


def _reach(rule: Rule, found: Evidence, detectable: float | None) -> str:
    """What so many examples can tell; said too where the rule's own margin is less than that."""
    if not detectable:  # nothing varies, or how it does is not known
        return ""
    unit = rule.quantity.unit
    least = f"; n = {found.n} detects {quantity(detectable, None, None, unit)}"
    if found.margin is None or detectable <= found.margin or rule.decide is Decide.POINT:
        return least
    margin = quantity(found.margin, None, None, unit)
    return f"{least}: this rule could not detect its own margin, {margin}"


def _keeps(comparison: Comparison, value: float, bound: float) -> bool:
    if math.isclose(value, bound, rel_tol=_EQUAL, abs_tol=_EQUAL):
        return not comparison.strict
    return value < bound if comparison.from_above else value > bound
