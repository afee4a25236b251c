"""Sequential evidence: the number of a rule judged example by example, with anytime-valid bounds."""

import math

from leaderboard.axes.example_order import drawn_sequence, example_sequence, scores_in_order
from leaderboard.axes.protocol import Observation
from leaderboard.errors import LeaderboardError, NotMeasurableError
from leaderboard.gate.rules import Score
from leaderboard.ranking.terms import Term
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.sequential_contrast import SequentialMean
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.store.stored_protocols import UnreadableObservationsError, reading_observations, stored_protocol


def anytime_contrast(
    quantity: Term | Score, subject: SubjectResults, estimate: Estimate, *, sequential: bool
) -> SequentialMean | None:
    """Return the metric of a rule as the mean of scores in the order in which their examples were asked.

    Args:
        quantity: what the rule is about.
        subject: results of the subject.
        estimate: its estimate, which the evaluation is recognised by.
        sequential: whether to draw an order where all examples were asked.

    Returns:
        None where bounds for a fixed number of examples are right: all examples were asked and the gate is not
        sequential, or the number is no mean of independent, bounded scores.

    Raises:
        NotMeasurableError: for observations whose order cannot be read.
    """
    if not isinstance(quantity, Term) or quantity.metric is None or not all(map(math.isfinite, quantity.metric.bounds)):
        return None
    evaluation = _evaluation(quantity, subject, estimate)
    if evaluation is None:
        return None
    observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
    try:
        with reading_observations(evaluation.task.name):
            sequence = example_sequence(observations)
    except UnreadableObservationsError as error:
        raise NotMeasurableError(str(error)) from None
    if not observations or (sequence is None and not sequential):
        return None
    try:
        number = stored_protocol(evaluation.task).resampled(observations).get((quantity.metric.name, ""))
    except LeaderboardError:
        return None
    sequence = sequence or drawn_sequence(observations)
    scores = None if number is None else scores_in_order(number, sequence)
    if scores is None or not len(scores):
        return None
    return SequentialMean.of(scores, quantity.metric.bounds, horizon=sequence.horizon)


def _evaluation(term: Term, subject: SubjectResults, estimate: Estimate) -> EvaluationResult | None:
    """Return the newest evaluation that reported the estimate."""
    name = term.metric.name if term.metric else ""
    for evaluation in reversed(subject.evaluations):
        if term.task in ("", evaluation.task.name) and any(
            record.metric.name == name and not record.part and record.estimate == estimate
            for record in evaluation.estimates
        ):
            return evaluation
    return None
