"""Template of a gate file: thresholds from the results of a subject, for people to edit."""

import json
import math
from collections.abc import Callable, Iterator

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Metric
from leaderboard.errors import NotMeasurableError
from leaderboard.escapes import line
from leaderboard.gate.estimates import estimate_contrast, estimate_of
from leaderboard.quantities import quantity
from leaderboard.ranking.conditions import UNIT_REQUIRED
from leaderboard.ranking.missing_axes import withheld
from leaderboard.ranking.terms import Term
from leaderboard.stats.estimate import Estimate
from leaderboard.store.results import SubjectResults

_HEAD = """\
# Rules that a subject must satisfy. Judge a subject with: leaderboard gate --config {file} --subject NAME
#
# The thresholds are the results of this subject, relaxed by the minimum detectable effect (80 % power):
#   {subject}
# A subject that is as good passes each rule with a probability of 0.8 on new examples of the same kind.
#
# A rule is PASS when the whole confidence interval satisfies it, FAIL when the whole interval violates it,
# else INCONCLUSIVE.

name: {name}
# decide: interval    # or point: ignore the intervals
# alpha: 0.05         # chance of a wrong verdict on a rule, on either side
# inconclusive: 3     # exit status of an INCONCLUSIVE gate; or fail, or pass

rules:
"""
_TAIL = """\

  # Rules that compare with a baseline. Save one first: leaderboard baseline save main --subject NAME
  # and add above: baseline: main
  #
{compared}  # - rule: score >= baseline - 0.02
  #   weights: {{latency: 0}}       # weight of each axis, 1 by default
  #   severity: warning           # reported, does not fail the gate
"""
_NON_INFERIOR = """\
  # - non_inferior: {term}
  #   margin: 0.02                # how much worse it may be
"""


def gate_template(subject: SubjectResults, *, name: str = "release", file: str = "gate.yaml") -> str:
    """Return a gate file with a rule for each headline metric of a subject, or a comment why there is none."""
    terms = list(_headline_terms(subject))
    rules = [rule for term in terms for rule in _lines(term, estimate_of(term, subject))]
    if all(rule.lstrip().startswith("#") for rule in rules):
        rules.append("  []")
    compared = [_NON_INFERIOR.format(term=line(term.text)) for term in terms if term.axis is Axis.ACCURACY][:1]
    head = _HEAD.format(file=file, subject=line(subject.label), name=json.dumps(name))
    return head + "".join(f"{rule}\n" for rule in rules) + _TAIL.format(compared="".join(compared))


def _headline_terms(subject: SubjectResults) -> Iterator[Term]:
    """Yield every headline metric of the tasks that the subject was measured on, in the order of the axes.

    The newest version of a task counts, and its last evaluation.
    """
    newest = {each.task.name: each for each in sorted(subject.evaluations, key=lambda each: each.task.version)}
    terms = {
        (evaluation.task.name, record.metric.name): Term(record.metric.axis, record.metric, evaluation.task.name)
        for evaluation in newest.values()
        for record in evaluation.estimates
        if record.metric.headline and not record.part and record.metric.name in METRICS
    }
    return iter(sorted(terms.values(), key=lambda term: (term.axis.place, term.task)))


def _lines(term: Term, estimate: Estimate) -> Iterator[str]:
    metric = term.metric
    if metric is None or estimate.value is None:
        yield f"  # {line(term.text)}: not measured: {line(estimate.reason)}"
        return
    measurement = f"{quantity(estimate.value, estimate.low, estimate.high, term.unit)}, n = {estimate.n}"
    if few := withheld(metric, estimate.n):
        yield f"  # {line(term.text)}: left out: {measurement}: {few} for a reliable rule"
        return
    try:
        room = estimate_contrast(estimate).detectable_margin()
    except NotMeasurableError as error:
        yield f"  # {line(term.text)}: {measurement}: {error}"
        return
    for sign, bound in _bounds(metric, estimate.value, room):
        unit = UNIT_REQUIRED.get(term.unit, "")
        rule = f"{term.text} {sign} {bound:.12g} {unit}".rstrip()
        yield f"  - {json.dumps(rule, ensure_ascii=False)}    # was {measurement}"


def _bounds(metric: Metric, value: float, room: float) -> Iterator[tuple[str, float]]:
    """Yield the bounds that leave a value that much room, rounded away from it."""
    if metric.better is Better.TARGET and metric.target is not None:
        reach = abs(value - metric.target) + room
        yield "<=", _rounded(metric.target + reach, room, math.ceil)
        yield ">=", _rounded(metric.target - reach, room, math.floor)
    elif metric.better is Better.LOWER:
        yield "<=", _rounded(value + room, room, math.ceil)
    else:
        yield ">=", _rounded(value - room, room, math.floor)


def _rounded(bound: float, room: float, to: Callable[[float], int]) -> float:
    """Round a bound to the second digit of the room; without room the value itself is the bound."""
    if room == 0:
        return bound
    step = 10.0 ** (math.floor(math.log10(room)) - 1)
    return to(bound / step) * step
