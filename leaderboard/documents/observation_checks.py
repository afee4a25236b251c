"""Observations of a document, held against their protocol and against the document's numbers when it is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.axes.protocol import Observation
from leaderboard.documents.agreement import agree, every_digit
from leaderboard.errors import LeaderboardError
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.resampled import Resampled
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.store.stored_protocols import StoredProtocol, UnreadableObservationsError, stored_protocol
from leaderboard.visible_text import label

_RESAMPLED = "bootstrap"
"""Word in the method of an interval whose ends are quantiles of random draws."""
_DRAWS = 0.05
"""Tolerance of the ends of such an interval, as a share of its width. The draws are seeded, but equal rows share their
weights, and whether two rows are equal may hang on the last digit of a float, which machines round differently."""

_MOST_VALUES = 256
"""Maximum values of one list in an observation, such as the classes, with whose square the cost of intervals grows: of
wider ones only the point estimates are recomputed, since a document must not take all memory."""
_Name = tuple[str, str]
"""Names of a metric and of a part of its task."""


@dataclass(frozen=True, slots=True)
class ObservationCheck:
    """What a look at the observations of a document gave.

    Attributes:
        problems: a sentence for each evaluation whose observations are not as its protocol writes them, or give other
            numbers.
        unchecked: how many evaluations have numbers that nothing could be held against: without observations, or with
            those of a protocol, or of a version of one, that this program does not have.
    """

    problems: tuple[str, ...]
    unchecked: int


def check_observations(results: Iterable[SubjectResults]) -> ObservationCheck:
    """Estimate every evaluation again from its observations, and hold the document's numbers against that."""
    problems, unchecked = [], 0
    for subject in results:
        for evaluation in subject.evaluations:
            observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
            protocol = _protocol(evaluation) if observations else None
            if protocol is None:
                unchecked += any(each.estimate.status is Status.MEASURED for each in evaluation.estimates)
                continue
            try:
                problem = _contradiction(evaluation.estimates, protocol, observations)
            except UnreadableObservationsError as error:
                problems.append(f"{subject.label}: {error}")
                continue
            if problem:
                problems.append(f"{subject.label} on task '{evaluation.task.name}': {problem}")
    return ObservationCheck(tuple(problems), unchecked)


def _protocol(evaluation: EvaluationResult) -> StoredProtocol | None:
    """The protocol that the observations are of; None where this program has not that version of it."""
    try:
        return stored_protocol(evaluation.task)
    except LeaderboardError:
        return None


def _contradiction(
    estimates: Sequence[EstimateRecord], protocol: StoredProtocol, observations: list[Observation]
) -> str:
    """The first number that is another one by the observations; empty where all agree."""
    numbers = protocol.resampled(observations)  # what comparisons will ask for must not fail on them later
    protocol.notes(observations)
    for each in observations:
        protocol.answer(each)
    if numbers and _is_wide(observations):
        recomputed = _point_estimates(estimates, numbers)
    else:
        recomputed = {(each.metric.name, label(each.part)): each.estimate for each in protocol.estimate(observations)}
        nothing = Estimate.not_measured("not estimated by the protocol")
        recomputed = {_name(record): nothing for record in estimates} | recomputed
    for record in estimates:
        own = recomputed.get(_name(record))
        if own is not None and not _is_confirmed(record.estimate, own):
            stated = f"{every_digit(record.estimate)} in the document and {every_digit(own)} by its observations"
            return f"{':'.join(filter(None, _name(record)))} is {stated}"
    return ""


def _is_wide(observations: Iterable[Observation]) -> bool:
    return any(
        isinstance(value, list) and len(value) > _MOST_VALUES for each in observations for value in each.data.values()
    )


def _point_estimates(estimates: Iterable[EstimateRecord], numbers: Mapping[_Name, Resampled]) -> dict[_Name, Estimate]:
    """The values that every example counting once gives, with the document's own n and intervals."""
    own = {}
    for record in estimates:
        number, stated = numbers.get(_name(record)), record.estimate
        if number is not None:
            value = float(number.value(np.ones((1, len(number.ids))))[0])
            ends = None if stated.low is None or stated.high is None else (stated.low, stated.high)
            own[_name(record)] = Estimate.measured(value, ends, n=stated.n, method=stated.method)
    return own


def _name(record: EstimateRecord) -> _Name:
    return record.metric.name, record.part


def _is_confirmed(stated: Estimate, recomputed: Estimate) -> bool:
    if Status.MEASURED not in {stated.status, recomputed.status}:
        return True
    slack = 0.0
    if recomputed.low is not None and recomputed.high is not None and _RESAMPLED in recomputed.method:
        slack = _DRAWS * (recomputed.high - recomputed.low)
    return agree(stated, recomputed, slack=slack)
