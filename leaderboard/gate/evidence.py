"""Evidence: the number that a rule compares with its bound, how sure it is on either side, and what it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from leaderboard.comparison.apart import evaluations_apart, subjects_apart
from leaderboard.comparison.margins import non_inferiority
from leaderboard.comparison.matching import Facing, Match, match
from leaderboard.errors import NotMeasurableError
from leaderboard.gate.measured import alone, estimate_of, suite_of_subject, task_of
from leaderboard.gate.rules import Rule
from leaderboard.quantities import quantity
from leaderboard.ranking.terms import Term
from leaderboard.stats.contrast import Contrast, Exact, independent
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import FloatArray, Resampled
from leaderboard.store.results import EvaluationResult, SubjectResults

OF_THE_MACHINE = frozenset({"seconds", "tokens/second"})
"""Units of numbers that say as much about the machine as about the subject."""


class NothingToCompareError(NotMeasurableError):
    """The subject was measured; what it is compared with was not, or is another thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is known of a number on either side of it.

    Attributes:
        lower, upper: from a level to the one-sided bound, beyond which the number lies with a chance of at most it.
        detectable: from a level to the margin that a subject without any true harm keeps with a power of .8.
        exact: whether the number has no error at all.
    """

    lower: Callable[[float], float]
    upper: Callable[[float], float]
    detectable: Callable[[float], float]
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a rule compares.

    Attributes:
        value: the subject's number, its difference from the baseline, or how much worse it is.
        n: independent examples behind it.
        bound: that it is compared with, in the same unit.
        sides: how sure it is; None where that is not known.
        unsure: why it is not known; empty otherwise.
        margin: how much worse than the baseline the rule lets a subject be; None where it lets it be no worse.
        lead, tail: how a sentence about it begins and ends.
    """

    value: float
    n: int
    bound: float
    sides: Sides | None = None
    unsure: str = ""
    margin: float | None = None
    lead: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Who is judged, and beside whom.

    Attributes:
        matches: evaluations that were held side by side so far, by task.
    """

    subject: SubjectResults
    baseline: SubjectResults | None
    matches: dict[str, Match] = field(default_factory=dict)

    def match(self, task: str) -> Match:
        """The two evaluations of a task that are most alike.

        Raises:
            NothingToCompareError: where the baseline has none.
        """
        if self.baseline is None or task not in {each.task.name for each in self.baseline.evaluations}:
            raise NothingToCompareError(f"the baseline was not measured on {task}")
        if task not in self.matches:
            self.matches[task] = match(self.subject, self.baseline, task)
        return self.matches[task]

    @property
    def notes(self) -> tuple[str, ...]:
        """What else differs in what was compared, subject against baseline, a sentence each."""
        if self.baseline is None:
            return ()
        said = list(subjects_apart(self.subject, self.baseline))
        return (*said, *(sentence for pair in self.matches.values() for sentence in evaluations_apart(pair)))


def evidence(rule: Rule, case: Case) -> Evidence:
    """What speaks for and against a rule.

    Raises:
        NotMeasurableError: when the subject was not measured.
        NothingToCompareError: when the baseline was not, or was asked something else.
        RequestError: for a metric that several tasks report, when the rule names none of them.
    """
    mine = estimate_of(rule.quantity, case.subject)
    if mine.value is None:
        raise NotMeasurableError(mine.reason)
    if case.baseline is None or not rule.needs_baseline:
        return _sure(Evidence(value=mine.value, n=mine.n, bound=rule.bound.at(None)), lambda: alone(mine))
    others = estimate_of(rule.quantity, case.baseline)
    if others.value is None:
        raise NothingToCompareError(f"the baseline has no value: {others.reason}")
    if isinstance(rule.quantity, Term) and rule.quantity.metric is not None:
        return _side_by_side(rule, rule.quantity, case)
    _check_same_tasks(case.subject, case.baseline)
    # utilities belong to no single example: they are compared by their intervals
    apart = _difference(rule, mine, others, "unpaired")
    return _sure(apart, lambda: independent(mine, _scaled(others, rule.bound.factor)))


def _side_by_side(rule: Rule, term: Term, case: Case) -> Evidence:
    """A metric of one task, example by example where both were seen to answer the same."""
    task = task_of(term, case.subject)
    if task is None or term.metric is None:
        raise NotMeasurableError(f"no task reported {term}")
    pair = case.match(task)
    _check_alike(pair, term)
    facing = pair.facing.get((term.metric.name, ""))
    if facing is None or facing.first.value is None or facing.second.value is None:
        raise NothingToCompareError(f"the evaluations of {task} that are most alike have no {term.metric.name}")
    how = "paired" if facing.shared else "unpaired"
    if facing.shared is None and pair.unpaired_because:
        how += f": {pair.unpaired_because}"
    if rule.comparison is None:
        return _harm(rule, term, facing, how)
    told = _difference(rule, facing.first, facing.second, how)
    return _sure(told, _scaled_facing(facing, rule.bound.factor).contrast)


def _check_same_tasks(subject: SubjectResults, baseline: SubjectResults) -> None:
    """Refuse to compare axes that are of other tasks.

    Raises:
        NothingToCompareError: for subjects of two suites, or, where they are of none, of other tasks.
    """
    mine, others = suite_of_subject(subject), suite_of_subject(baseline)
    if mine.suite != others.suite or (mine.required is None and mine.tasks != others.tasks):
        here, there = (", ".join(sorted(each.tasks)) for each in (mine, others))
        raise NothingToCompareError(f"its axes are of {here}, those of the baseline of {there}")


def _check_alike(pair: Match, term: Term) -> None:
    """Refuse to compare apples with pears.

    Raises:
        NothingToCompareError: for another task, or times that were taken on another machine.
    """
    if not pair.same_task:
        raise NothingToCompareError(
            f"the baseline was asked another {pair.task}: its version, data, prompt or protocol differ"
        )
    mine, others = (_machine(each) for each in (pair.first, pair.second))
    if term.unit in OF_THE_MACHINE and mine != others:
        raise NothingToCompareError(f"times of two machines: {mine} here, {others} for the baseline")


def _machine(evaluation: EvaluationResult) -> str:
    where = evaluation.environment
    threads = f"{where.threads} thread{'s' if where.threads > 1 else ''}"
    return f"{where.details.get('cpu', 'unknown CPU')}, {where.device}, {threads}, {where.dtype}"


def _difference(rule: Rule, first: Estimate, second: Estimate, how: str) -> Evidence:
    """First minus `factor` times second, beside what the bound says else."""
    mine, others = _number(first), _number(second)
    factor, unit = rule.bound.factor, rule.quantity.unit
    lenient = (rule.bound.at(others) - others) * (1 if rule.kept_from_above else -1)
    times = "" if factor == 1 else f"{factor:g} × "
    return Evidence(
        value=mine - factor * others,
        n=first.n + second.n,
        bound=rule.bound.number * rule.bound.size,
        margin=lenient if lenient > 0 else None,
        lead=f"{quantity(mine, None, None, unit)} against {times}{quantity(others, None, None, unit)}: difference ",
        tail=f" ({how})",
    )


def _harm(rule: Rule, term: Term, facing: Facing, how: str) -> Evidence:
    margin = rule.bound.at(None)
    mine, others = _number(facing.first), _number(facing.second)
    told = Evidence(
        value=term.loss_of(mine) - term.loss_of(others),
        n=facing.first.n + facing.second.n,
        bound=margin,
        margin=margin,
        lead=f"{quantity(mine, None, None, term.unit)} against {quantity(others, None, None, term.unit)}: worse by ",
        tail=f" ({how})",
    )
    try:
        found = non_inferiority(facing, margin, alpha=rule.alpha)
    except NotMeasurableError as error:
        return replace(told, unsure=str(error))
    sides = Sides(
        lower=lambda level: non_inferiority(facing, margin, alpha=level).low,
        upper=lambda level: non_inferiority(facing, margin, alpha=level).bound,
        detectable=lambda level: non_inferiority(facing, margin, alpha=level).minimum_detectable,
    )
    return replace(told, value=found.harm, n=found.n, sides=sides)


def _sure(told: Evidence, contrast: Callable[[], Contrast]) -> Evidence:
    """With what is known on either side, where anything is; else with the reason why nothing is."""
    try:
        found = contrast()
    except NotMeasurableError as error:
        return replace(told, unsure=str(error))
    sides = Sides(
        lower=lambda level: min(found.lower(level), found.value),
        upper=lambda level: max(found.upper(level), found.value),
        detectable=lambda level: found.detectable_margin(alpha=level),
        exact=isinstance(found, Exact),
    )
    return replace(told, value=found.value, n=found.n, sides=sides)


def _scaled_facing(facing: Facing, factor: float) -> Facing:
    """The same with `factor` times the baseline's number."""
    if factor == 1:
        return facing
    shared = facing.shared and replace(facing.shared, second=_scaled_resampled(facing.shared.second, factor))
    return replace(facing, second=_scaled(facing.second, factor), shared=shared)


def _scaled_resampled(number: Resampled, factor: float) -> Resampled:
    def value(times: FloatArray) -> FloatArray:
        return factor * number.value(times)

    return replace(number, value=value, scores=None if number.scores is None else factor * number.scores)


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    if factor == 1 or estimate.value is None:
        return estimate
    ends = None if estimate.low is None or estimate.high is None else (factor * estimate.low, factor * estimate.high)
    return Estimate.measured(factor * estimate.value, ends, n=estimate.n, method=estimate.method)


def _number(estimate: Estimate) -> float:
    if estimate.value is None:
        raise ValueError("an estimate that was not measured has no value")
    return estimate.value
