"""Adaptive plans: plans of evaluations with the stopping rule that a run requests for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leaderboard.axes.catalogue import METRICS, headline_names
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Observation
from leaderboard.errors import RequestError
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.stopping_requests import StoppingRequest, UntilBetter
from leaderboard.evaluation.stopping_rules import ComparisonRule, StoppingRule, WidthRule
from leaderboard.stats.estimate import Status
from leaderboard.store.repository import Store
from leaderboard.store.results import EvaluationResult, SubjectResults, results_of
from leaderboard.store.stored_protocols import stored_protocol


@dataclass(frozen=True, slots=True)
class AdaptivePlans:
    """Plans of a run with stopping rules.

    Attributes:
        plans: all plans, those that can stop with their rule.
        in_full: why a task is measured in full, by its name.
    """

    plans: list[EvaluationPlan]
    in_full: Mapping[str, str]


def adaptive_plans(
    plans: Sequence[EvaluationPlan], request: StoppingRequest | None, store: Store | None
) -> AdaptivePlans:
    """Return the plans of a run, each with its stopping rule where its task can stop early.

    Args:
        plans: plans of whole tasks.
        request: request of `--until`; None leaves the plans as they are.
        store: store with the subject to compare with; None where there is none yet.

    Raises:
        RequestError: where no task can stop early, or a name is that of no subject.
    """
    if request is None:
        return AdaptivePlans(list(plans), {})
    rules, in_full = list[StoppingRule | None](), dict[str, str]()
    for plan in plans:
        metric = mean_metric(plan)
        if metric is None:
            in_full[plan.task.name] = "its headline metric is no mean over independently asked examples"
            rules.append(None)
            continue
        rule = _rule(plan, metric, request, store)
        if isinstance(rule, str):
            in_full[plan.task.name] = rule
        rules.append(rule if isinstance(rule, StoppingRule) else None)
    if not any(rules):
        reasons = "\n".join(f"  {task}: {reason}" for task, reason in in_full.items())
        raise RequestError(f"--until {request}: no task of this run can stop early\n{reasons}")
    return AdaptivePlans([replace(plan, until=rule) for plan, rule in zip(plans, rules, strict=True)], in_full)


def mean_metric(plan: EvaluationPlan) -> Metric | None:
    """Return the headline metric that a stopping rule of the task is about; None where it cannot stop early."""
    if plan.protocol.task_metrics:  # modules of `evaluate` may score all answers together
        return None
    definition = plan.task.model_dump(mode="json")
    declared = {metric.name for metric in plan.protocol.mean_metrics}
    headlines = headline_names(plan.task.metrics, definition)
    return METRICS[headlines[0]] if headlines and headlines[0] in declared else None


def _rule(plan: EvaluationPlan, metric: Metric, request: StoppingRequest, store: Store | None) -> StoppingRule | str:
    """Return the rule of a task, or why it has none."""
    if not isinstance(request, UntilBetter):
        return WidthRule(metric, request.half_width)
    name, sign = _other_side(plan, request)
    if store is None:
        raise RequestError(f"--until {request}: the store has no subject '{name}'\n  Measure it first")
    other = results_of(store, name)
    if other.identity == plan.subject.identity:
        raise RequestError(f"--until {request}: {other.label} is the subject that is measured")
    best = _fullest(plan, other)
    if best is None:
        return f"{other.label} has no per-example observations of this version of the task; measure it first"
    evaluation, scores = best
    number = stored_protocol(evaluation.task).resampled(scores).get((metric.name, ""))
    if number is None or number.scores is None:
        return f"{other.label} has no scores of {metric.name}"
    return ComparisonRule(
        metric=metric,
        other=other.label,
        evaluation=evaluation.evaluation,
        claim=str(request),
        sign=sign,
        other_scores=dict(zip(number.ids, number.scores.tolist(), strict=True)),
    )


def _other_side(plan: EvaluationPlan, request: UntilBetter) -> tuple[str, int]:
    """Return the stored subject's name, and 1 where the measured one is claimed to be better, else -1."""
    names = {plan.subject.name, plan.subject.called or plan.subject.model.name, plan.subject.identity}
    sides = [side in names for side in (request.first, request.second)]
    if sides == [True, False]:
        return request.second, 1
    if sides == [False, True]:
        return request.first, -1
    problem = "both are" if all(sides) else "neither is"
    raise RequestError(
        f"--until {request}: {problem} the subject that is measured, {plan.subject.name}\n"
        f"  Write it on one side, and the name of a stored subject on the other (see `leaderboard results`)"
    )


def _fullest(plan: EvaluationPlan, other: SubjectResults) -> tuple[EvaluationResult, list[Observation]] | None:
    """Return the evaluation of the plan's task with the most observations; the newest of several."""
    best: tuple[EvaluationResult, list[Observation]] | None = None
    for evaluation in other.evaluations:
        version = evaluation.task.identity, evaluation.task.protocol_version
        if version == (plan.task_digest, plan.protocol.version) and evaluation.status is Status.MEASURED:
            observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
            if observations and (best is None or len(observations) >= len(best[1])):
                best = evaluation, observations
    return best
