"""Rules: the parsed lines of a gate file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import headline_names
from leaderboard.errors import RequestError
from leaderboard.gate.config import Decide, GateFile, RuleSpec
from leaderboard.ranking.conditions import Bound, Condition, Operator, parts_of
from leaderboard.ranking.terms import UTILITY, Reporting, Term
from leaderboard.store.records import Severity
from leaderboard.store.results import SubjectResults
from leaderboard.tasks import default_catalogue

SCORE = "score"


@dataclass(frozen=True, slots=True)
class Score:
    """The weighted mean of the utilities of all axes with a positive weight.

    Attributes:
        weights: weight of every axis.
    """

    weights: Mapping[Axis, float]

    @property
    def unit(self) -> str:
        """Unit of the score, which is that of utilities."""
        return UTILITY

    def __str__(self) -> str:
        return SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A parsed rule.

    Attributes:
        text: the rule as it is shown.
        quantity: the metric, axis or score that the rule is about.
        comparison: on which side of the bound the value must lie; None for non-inferiority, where the harm must be at
            most the bound.
        bound: the bound, or the margin of non-inferiority.
        severity, required, decide, alpha: as in `RuleSpec`.
    """

    text: str
    quantity: Term | Score
    comparison: Operator | None
    bound: Bound
    severity: Severity
    required: bool
    decide: Decide
    alpha: float

    @property
    def needs_baseline(self) -> bool:
        """Whether the rule compares with a baseline."""
        return self.comparison is None or self.bound.factor != 0

    @property
    def broken_by_larger(self) -> bool:
        """Whether larger numbers break the rule."""
        return self.comparison is None or self.comparison.from_above


@dataclass(frozen=True, slots=True)
class TaskMetrics:
    """Axis and metrics of a task that a rule may name."""

    axis: Axis
    metrics: Sequence[str]
    headlines: Sequence[str]


def parse_rules(gate: GateFile, tasks: Mapping[str, Reporting]) -> list[Rule]:
    """Parse the rules of a gate.

    Raises:
        RequestError: names the file and the line, and what would be valid.
    """
    return [
        _parsed(spec, gate, tasks, where=f"{gate.path}:{line}")
        for spec, line in zip(gate.config.rules, gate.lines, strict=True)
    ]


def rule_tasks(*subjects: SubjectResults) -> dict[str, Reporting]:
    """Return the tasks that rules may name: built-in ones, and those that these subjects were measured on."""
    tasks: dict[str, Reporting] = dict(default_catalogue().tasks)
    for subject in subjects:
        for evaluation in subject.evaluations:
            task = evaluation.task
            declared = [str(name) for name in task.definition.get("metrics") or ()]
            reported = [record.metric.name for record in evaluation.estimates]
            metrics = list(dict.fromkeys([*declared, *reported]))
            tasks[task.name] = TaskMetrics(task.axis, metrics, headline_names(metrics, task.definition))
    return tasks


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
                f"{where}: 'non_inferior' needs a task or a metric, and '{term}' is an axis\n"
                f"  For an axis, write: rule: {term} >= baseline - 0.02"
            )
        bound = Condition.parse(f"{term} <= {spec.margin}", tasks, where=where).bound
        if bound.factor != 0 or bound.at(None) < 0:
            raise RequestError(f"{where}: a margin must be 0 or more, in the unit of {term} ({term.unit})")
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
        raise RequestError(f"{where}: every axis has weight 0\n  Set a positive weight for at least one axis")
    return Score(weights)
