"""Adaptive asking: examples in random order, batch by batch, until a stopping rule holds."""

from collections.abc import Iterator, Mapping, Sequence

from leaderboard.axes.example_order import ExampleSequence, scores_in_order, with_places
from leaderboard.axes.protocol import Observation, Parameters, Protocol
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.data.sampling import random_sample
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.stopping_rules import Scores, StoppingRule

SCORED_SPLIT = "test"
_SMALLEST_BATCH = 32
_GROWTH = 8
"""A batch has an eighth of the examples asked so far: at most so much is asked in vain."""


def observe_plan(
    plan: EvaluationPlan, subject: Subject, splits: Mapping[str, Sequence[Example]]
) -> tuple[list[Observation], tuple[str, ...]]:
    """Return the observations of a plan, and what its stopping rule decided, if it has one.

    Raises:
        NotMeasurableError: when the subject cannot be measured, with the reason.
    """
    if plan.until is None:
        return list(plan.protocol.observe(subject, splits, seed=plan.seed)), ()
    observations, decision = observe_until(plan.until, plan.protocol, subject, splits, seed=plan.seed)
    return observations, (decision,)


def observe_until(
    rule: StoppingRule,
    protocol: Protocol[Parameters],
    subject: Subject,
    splits: Mapping[str, Sequence[Example]],
    *,
    seed: int,
) -> tuple[list[Observation], str]:
    """Ask examples until the rule holds or all were asked; those that are not asked cost no forward pass.

    The order depends on the seed and on the contents of the examples alone, and so does the place where it stops: a
    resumed run asks the same ones, whose answers are cached.

    Args:
        rule: the stopping rule.
        protocol: protocol that can observe parts of split `test`.
        subject: the subject.
        splits: splits of the task, already limited.
        seed: seed of the order.

    Returns:
        Observations in the order of asking, each with its place, and what was decided in one sentence.

    Raises:
        NotMeasurableError: without examples, or as `observe` does.
    """
    chosen = rule.chosen(splits[SCORED_SPLIT])
    examples = random_sample(chosen, len(chosen), seed)
    if not examples:
        raise NotMeasurableError("no examples to ask")
    observations: list[Observation] = []
    for start, end in _batches(len(examples)):
        observations += protocol.observe(subject, {SCORED_SPLIT: examples[start:end]}, seed=seed)
        scores = _scores(rule, protocol, observations, asked_examples=end, horizon=len(examples))
        if rule.is_met(scores):
            break
    return with_places(observations, len(examples)), rule.sentence(scores)


def _batches(n: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each batch of n examples."""
    start = 0
    while start < n:
        end = min(n, start + max(_SMALLEST_BATCH, start // _GROWTH))
        yield start, end
        start = end


def _scores(
    rule: StoppingRule,
    protocol: Protocol[Parameters],
    observations: Sequence[Observation],
    *,
    asked_examples: int,
    horizon: int,
) -> Scores:
    number = protocol.resampled(observations).get((rule.metric.name, ""))
    ids = tuple(each.example_id for each in observations)
    values = None if number is None else scores_in_order(number, ExampleSequence(ids, horizon))
    if number is None or values is None:
        raise NotMeasurableError(f"{rule.metric.name} is no mean of the scores of {len(ids)} examples")
    scored = set(number.ids)
    return Scores([name for name in ids if name in scored], values, asked_examples, horizon)
