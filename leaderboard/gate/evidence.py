"""Evidence for a rule: the number that is compared with the bound, and its uncertainty."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from leaderboard.arrays import FloatArray
from leaderboard.comparison.caveats import evaluation_caveats, subject_caveats
from leaderboard.comparison.matching import EstimatePair, Match, match
from leaderboard.comparison.non_inferiority import non_inferiority
from leaderboard.errors import NotMeasurableError
from leaderboard.gate.estimates import estimate_contrast, estimate_of, suite_of_subject, task_of
from leaderboard.gate.rules import Rule
from leaderboard.gate.sequential import anytime_contrast
from leaderboard.quantities import quantity
from leaderboard.ranking.terms import Term
from leaderboard.stats.betting import ANYTIME
from leaderboard.stats.contrast import Contrast, Exact, independent
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.sequential_contrast import SequentialMean
from leaderboard.store.results import EvaluationResult, SubjectResults

MACHINE_UNITS = frozenset({"seconds", "tokens/second", "texts/second", "requests/second", "joules"})
"""Units of metrics that depend on the machine as much as on the subject."""


class NothingToCompareError(NotMeasurableError):
    """The subject was measured, but the baseline was not, or was measured on something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """One-sided confidence bounds of a number, as functions of the level.

    Attributes:
        lower, upper: map a level to the one-sided bound beyond which the number lies with at most that probability.
        detectable: maps a level to the minimum detectable effect (80 % power) of a one-sided test.
        exact: whether the number has no sampling error.
        decided_after: maps a bound and two levels to the number of examples after which the lower bound is above it or
            the upper bound below it, None where neither is; None where examples are not judged one by one.
    """

    lower: Callable[[float], float]
    upper: Callable[[float], float]
    detectable: Callable[[float], float]
    exact: bool = False
    decided_after: Callable[[float, float, float], int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The number that a rule compares with its bound.

    Attributes:
        value: the subject's value, its difference from the baseline, or how much worse it is.
        n: number of independent examples.
        bound: bound of the rule, in the same unit.
        uncertainty: one-sided bounds of the value; None where unknown.
        unknown_because: why the uncertainty is unknown; empty otherwise.
        margin: how much worse than the baseline the rule lets a subject be; None where it must not be worse.
        prefix, suffix: beginning and end of a sentence about the value.
    """

    value: float
    n: int
    bound: float
    uncertainty: Uncertainty | None = None
    unknown_because: str = ""
    margin: float | None = None
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The subject to judge and the baseline to compare it with.

    Attributes:
        subject: results of the subject.
        baseline: results of the baseline; None where there is none.
        sequential: whether examples are judged one by one with anytime-valid bounds.
        matches: pairs of evaluations that were compared so far, by task.
    """

    subject: SubjectResults
    baseline: SubjectResults | None
    sequential: bool = False
    matches: dict[str, Match] = field(default_factory=dict)

    def match(self, task: str) -> Match:
        """Return the two most similar evaluations of a task.

        Raises:
            NothingToCompareError: where the baseline has no evaluation of the task.
        """
        if self.baseline is None or task not in {each.task.name for each in self.baseline.evaluations}:
            raise NothingToCompareError(f"the baseline was not measured on {task}")
        if task not in self.matches:
            self.matches[task] = replace(match(self.subject, self.baseline, task), sequential=self.sequential)
        return self.matches[task]

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for everything else that differs between the compared evaluations."""
        if self.baseline is None:
            return ()
        sentences = list(subject_caveats(self.subject, self.baseline))
        return (*sentences, *(sentence for pair in self.matches.values() for sentence in evaluation_caveats(pair)))


def rule_evidence(rule: Rule, case: Case) -> Evidence:
    """Compute the number that a rule compares with its bound.

    Raises:
        NotMeasurableError: when the subject was not measured.
        NothingToCompareError: when the baseline was not measured, or on something else.
        RequestError: for a metric that several tasks report, when the rule names none of them.
    """
    mine = estimate_of(rule.quantity, case.subject)
    if mine.value is None:
        raise NotMeasurableError(mine.reason)
    if case.baseline is None or not rule.needs_baseline:
        return _with_uncertainty(
            Evidence(value=mine.value, n=mine.n, bound=rule.bound.at(None)),
            lambda: (
                anytime_contrast(rule.quantity, case.subject, mine, sequential=case.sequential)
                or estimate_contrast(mine)
            ),
        )
    others = estimate_of(rule.quantity, case.baseline)
    if others.value is None:
        raise NothingToCompareError(f"the baseline has no value: {others.reason}")
    if isinstance(rule.quantity, Term) and rule.quantity.metric is not None:
        return _term_evidence(rule, rule.quantity, case)
    _check_same_tasks(case.subject, case.baseline)
    # a utility is no mean over examples: two of them are compared by their intervals
    difference = _difference_evidence(rule, mine, others, "unpaired")
    return _with_uncertainty(difference, lambda: independent(mine, _scaled(others, rule.bound.factor)))


def _term_evidence(rule: Rule, term: Term, case: Case) -> Evidence:
    """Compare a metric of one task, example by example where both subjects have observations of the same examples."""
    task = task_of(term, case.subject)
    if task is None or term.metric is None:
        raise NotMeasurableError(f"no task reported {term}")
    evaluations = case.match(task)
    _check_alike(evaluations, term)
    pair = evaluations.pairs.get((term.metric.name, ""))
    if evaluations.unreadable:  # intervals alone could pass what the examples would not
        raise NothingToCompareError(evaluations.unreadable)
    if pair is None or pair.first.value is None or pair.second.value is None:
        raise NothingToCompareError(f"the most similar evaluations of {task} do not report {term.metric.name}")
    how = "paired" if pair.shared else "unpaired"
    if pair.shared and pair.shared.order and rule.comparison is None:
        how += f", {ANYTIME}"
    if pair.shared is None and evaluations.unpaired_reason:
        how += f": {evaluations.unpaired_reason}"
    if rule.comparison is None:
        return _harm_evidence(rule, term, pair, how)
    evidence = _difference_evidence(rule, pair.first, pair.second, how)
    return _with_uncertainty(evidence, _scaled_pair(pair, rule.bound.factor).contrast)


def _check_same_tasks(subject: SubjectResults, baseline: SubjectResults) -> None:
    """Refuse to compare axes that consist of different tasks.

    Raises:
        NothingToCompareError: for subjects of two suites, or, outside of suites, of different tasks.
    """
    mine, others = suite_of_subject(subject), suite_of_subject(baseline)
    if mine.suite != others.suite or (mine.required is None and mine.tasks != others.tasks):
        here, there = (", ".join(sorted(each.tasks)) for each in (mine, others))
        raise NothingToCompareError(f"the subject has results on {here}, the baseline on {there}")


def _check_alike(pair: Match, term: Term) -> None:
    """Refuse to compare different tasks, and times from different machines.

    Raises:
        NothingToCompareError: when they differ.
    """
    if not pair.same_task:
        raise NothingToCompareError(
            f"the baseline was measured on a different {pair.task}: the version, data, prompt or protocol differs"
        )
    mine, others = (_machine(each) for each in (pair.first, pair.second))
    if term.unit in MACHINE_UNITS and mine != others:
        raise NothingToCompareError(f"measured on different machines: {mine} (subject) and {others} (baseline)")


def _machine(evaluation: EvaluationResult) -> str:
    environment = evaluation.environment
    threads = f"{environment.threads} thread{'s' if environment.threads > 1 else ''}"
    return f"{environment.details.get('cpu', 'unknown CPU')}, {environment.device}, {threads}, {environment.dtype}"


def _difference_evidence(rule: Rule, first: Estimate, second: Estimate, how: str) -> Evidence:
    """Compute first minus `factor` times second; the rest of the bound is what it is compared with."""
    mine, others = _number(first), _number(second)
    factor, unit = rule.bound.factor, rule.quantity.unit
    lenient = (rule.bound.at(others) - others) * (1 if rule.broken_by_larger else -1)
    times = "" if factor == 1 else f"{factor:g} × "
    return Evidence(
        value=mine - factor * others,
        n=first.n + second.n,
        bound=rule.bound.number * rule.bound.size,
        margin=lenient if lenient > 0 else None,
        prefix=f"{quantity(mine, None, None, unit)} against {times}{quantity(others, None, None, unit)}: difference ",
        suffix=f" ({how})",
    )


def _harm_evidence(rule: Rule, term: Term, pair: EstimatePair, how: str) -> Evidence:
    margin = rule.bound.at(None)
    mine, others = _number(pair.first), _number(pair.second)
    evidence = Evidence(
        value=term.loss_of(mine) - term.loss_of(others),
        n=pair.first.n + pair.second.n,
        bound=margin,
        margin=margin,
        prefix=f"{quantity(mine, None, None, term.unit)} against {quantity(others, None, None, term.unit)}: worse by ",
        suffix=f" ({how})",
    )
    try:
        result = non_inferiority(pair, margin, alpha=rule.alpha)
    except NotMeasurableError as error:
        return replace(evidence, unknown_because=str(error))
    uncertainty = Uncertainty(
        lower=lambda level: non_inferiority(pair, margin, alpha=level).low,
        upper=lambda level: non_inferiority(pair, margin, alpha=level).bound,
        detectable=lambda level: non_inferiority(pair, margin, alpha=level).minimum_detectable,
    )
    return replace(evidence, value=result.harm, n=result.n, uncertainty=uncertainty)


def _with_uncertainty(evidence: Evidence, contrast: Callable[[], Contrast]) -> Evidence:
    """Add the one-sided bounds of the contrast to the evidence, or the reason why there are none."""
    try:
        difference = contrast()
    except NotMeasurableError as error:
        return replace(evidence, unknown_because=str(error))
    uncertainty = Uncertainty(
        lower=lambda level: min(difference.lower(level), difference.value),
        upper=lambda level: max(difference.upper(level), difference.value),
        detectable=lambda level: difference.detectable_margin(alpha=level),
        exact=isinstance(difference, Exact),
        decided_after=difference.decided_after if isinstance(difference, SequentialMean) else None,
    )
    return replace(evidence, value=difference.value, n=difference.n, uncertainty=uncertainty)


def _scaled_pair(pair: EstimatePair, factor: float) -> EstimatePair:
    """Multiply the baseline's number by `factor`."""
    if factor == 1:
        return pair
    shared = pair.shared and replace(
        pair.shared,
        second=_scaled_resampled(pair.shared.second, factor),
        order=pair.shared.order and pair.shared.order.with_second_scaled(factor),
    )
    return replace(pair, second=_scaled(pair.second, factor), shared=shared)


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
