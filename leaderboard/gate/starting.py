"""Starting: a gate's file made of what a subject was measured to be, for people to read and to sharpen."""

import json
import math
from collections.abc import Callable, Iterator

from leaderboard.axes.metric import Axis, Better, Metric
from leaderboard.errors import NotMeasurableError
from leaderboard.gate.measured import alone, estimate_of
from leaderboard.gate.told import line_of
from leaderboard.quantities import quantity
from leaderboard.ranking.conditions import UNIT_REQUIRED
from leaderboard.ranking.terms import Term
from leaderboard.stats.estimate import Estimate
from leaderboard.store.results import SubjectResults

_HEAD = """\
# What a subject must keep. Judge one with: leaderboard gate --config {file} --subject NAME
#
# The thresholds are what this subject was measured to be, with the room that so many examples need:
#   {subject}
# One that is as good passes each of them with a chance of .8 on new examples of the same kind.
#
# A rule passes when the whole interval keeps it, and fails when the whole interval breaks it; else the
# gate cannot tell.

name: {name}
# decide: interval    # or point: judge values alone
# alpha: 0.05         # chance of a wrong verdict on a rule, on either side
# cannot_tell: 3      # exit status of a gate that cannot tell; or fail, or pass

rules:
"""
_TAIL = """\

  # Rules that compare with a baseline. Save one first: leaderboard baseline save main --subject NAME
  # and write above: baseline: main
  #
{compared}  # - rule: score >= baseline - 0.02
  #   weights: {{latency: 0}}       # of the axes, 1 where not named
  #   severity: warning           # told, does not fail the gate
"""
_NON_INFERIOR = """\
  # - non_inferior: {term}
  #   margin: 0.02                # how much worse it may be
"""


def starting_gate(subject: SubjectResults, *, name: str = "release", file: str = "gate.yaml") -> str:
    """The text of a gate with a rule for each headline metric of a subject."""
    terms = list(_headline_terms(subject))
    rules = [line for term in terms for line in _lines(term, estimate_of(term, subject))]
    compared = [_NON_INFERIOR.format(term=line_of(term.text)) for term in terms if term.axis is Axis.ACCURACY][:1]
    head = _HEAD.format(file=file, subject=line_of(subject.label), name=json.dumps(name))
    return head + "".join(f"{line}\n" for line in rules or ["  []"]) + _TAIL.format(compared="".join(compared))


def _headline_terms(subject: SubjectResults) -> Iterator[Term]:
    """Every headline metric that a task of the subject reports, in the order of the axes."""
    asked = {
        (evaluation.task.name, record.metric.name): Term(record.metric.axis, record.metric, evaluation.task.name)
        for evaluation in subject.evaluations
        for record in evaluation.estimates
        if record.metric.headline and not record.part
    }
    return iter(sorted(asked.values(), key=lambda term: (list(Axis).index(term.axis), term.task)))


def _lines(term: Term, found: Estimate) -> Iterator[str]:
    metric = term.metric
    if metric is None or found.value is None:
        yield f"  # {line_of(term.text)}: not measured: {line_of(found.reason)}"
        return
    said = f"{quantity(found.value, found.low, found.high, term.unit)}, n = {found.n}"
    try:
        room = alone(found).detectable_margin()
    except NotMeasurableError as error:
        yield f"  # {line_of(term.text)}: {said}: {error}"
        return
    for sign, bound in _bounds(metric, found.value, room):
        unit = UNIT_REQUIRED.get(term.unit, "")
        rule = f"{term.text} {sign} {bound:.12g} {unit}".rstrip()
        yield f"  - {json.dumps(rule, ensure_ascii=False)}    # was {said}"


def _bounds(metric: Metric, value: float, room: float) -> Iterator[tuple[str, float]]:
    """The bounds that a value keeps with that much room, rounded away from it."""
    if metric.better is Better.TARGET and metric.target is not None:
        reach = abs(value - metric.target) + room
        yield "<=", _rounded(metric.target + reach, room, math.ceil)
        yield ">=", _rounded(metric.target - reach, room, math.floor)
    elif metric.better is Better.LOWER:
        yield "<=", _rounded(value + room, room, math.ceil)
    else:
        yield ">=", _rounded(value - room, room, math.floor)


def _rounded(bound: float, room: float, to: Callable[[float], int]) -> float:
    """To the second digit of the room; an exact value has none, and is its own bound."""
    if room == 0:
        return bound
    step = 10.0 ** (math.floor(math.log10(room)) - 1)
    return to(bound / step) * step
