"""Rules: what the lines of a gate's file mean, once the tasks are known that they may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.gate.config import Decide, GateFile, RuleSpec
from leaderboard.ranking.conditions import Bound, Comparison, Condition, parts_of
from leaderboard.ranking.terms import UTILITY, Reporting, Term
from leaderboard.store.records import Severity
from leaderboard.store.results import SubjectResults
from leaderboard.tasks import default_catalogue

SCORE = "score"


@dataclass(frozen=True, slots=True)
class Score:
    """The weighted mean of the utilities of all axes of positive weight, every one of them measured.

    Attributes:
        weights: by axis, all of them.
    """

    weights: Mapping[Axis, float]

    @property
    def unit(self) -> str:
        """That of utilities."""
        return UTILITY

    def __str__(self) -> str:
        return SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is asked.

    Attributes:
        text: as people read it.
        quantity: what is looked at.
        comparison: on which side of the bound it must lie; None for non-inferiority, where the harm must be at most
            the bound.
        bound: with which it is compared.
        severity, required, decide, alpha: see `RuleSpec`.
    """

    text: str
    quantity: Term | Score
    comparison: Comparison | None
    bound: Bound
    severity: Severity
    required: bool
    decide: Decide
    alpha: float

    @property
    def needs_baseline(self) -> bool:
        """Whether it compares with a baseline."""
        return self.comparison is None or self.bound.factor != 0

    @property
    def kept_from_above(self) -> bool:
        """Whether it is larger numbers that break it."""
        return self.comparison is None or self.comparison.from_above


@dataclass(frozen=True, slots=True)
class MeasuredTask:
    """What a rule has to know of a task that something was measured on."""

    axis: Axis
    metrics: Sequence[str]


def parse_rules(gate: GateFile, tasks: Mapping[str, Reporting]) -> list[Rule]:
    """The rules of a gate.

    Raises:
        RequestError: naming the file and the line, and what would be valid.
    """
    return [
        _parsed(spec, gate, tasks, where=f"{gate.path}:{line}")
        for spec, line in zip(gate.config.rules, gate.lines, strict=True)
    ]


def known_tasks(*measured: SubjectResults) -> dict[str, Reporting]:
    """Tasks that rules may name: those of the program, and those that these subjects were measured on."""
    known: dict[str, Reporting] = dict(default_catalogue().tasks)
    for subject in measured:
        for evaluation in subject.evaluations:
            task = evaluation.task
            asked = [str(name) for name in task.definition.get("metrics") or ()]
            told = [record.metric.name for record in evaluation.estimates]
            known[task.name] = MeasuredTask(
                task.axis, [name for name in dict.fromkeys([*asked, *told]) if name in METRICS]
            )
    return known


def _parsed(spec: RuleSpec, gate: GateFile, tasks: Mapping[str, Reporting], *, where: str) -> Rule:
    rest: dict[str, Any] = {
        "severity": spec.severity,
        "required": spec.required,
        "decide": spec.decide or gate.config.decide,
        "alpha": spec.alpha or gate.config.alpha,
    }
    if spec.non_inferior is not None:
        term = Term.parse(spec.non_inferior, tasks, where=where)
        if term.metric is None:
            raise RequestError(
                f"{where}: 'non_inferior' is about one metric, and '{term}' is an axis\n"
                f"  Name a task or a metric, or write: rule: {term} >= baseline - 0.02"
            )
        bound = Condition.parse(f"{term} <= {spec.margin}", tasks, where=where).bound
        if bound.factor != 0 or bound.at(None) < 0:
            raise RequestError(f"{where}: a margin is 0 or more, in the unit of {term} ({term.unit})")
        text = f"{term} no worse than baseline by {bound}"
        return Rule(text=text, quantity=term, comparison=None, bound=bound, **rest)
    written = str(spec.rule)
    if _is_score(written):
        score, comparison, bound = parts_of(written, lambda _: _score(spec, where), where=where)
        return Rule(text=f"{score} {comparison} {bound}", quantity=score, comparison=comparison, bound=bound, **rest)
    condition = Condition.parse(written, tasks, where=where)
    return Rule(
        text=condition.text,
        quantity=condition.term,
        comparison=condition.comparison,
        bound=condition.bound,
        **rest,
    )


def _is_score(text: str) -> bool:
    return text.split(maxsplit=1)[:1] == [SCORE] or text.startswith(tuple(f"{SCORE}{sign}" for sign in "<>≤≥"))


def _score(spec: RuleSpec, where: str) -> Score:
    weights = {axis: float((spec.weights or {}).get(axis, 1.0)) for axis in Axis}
    if not any(weights.values()):
        raise RequestError(f"{where}: every axis has weight 0; give at least one a positive weight")
    return Score(weights)
