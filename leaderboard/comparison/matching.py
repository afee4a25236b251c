"""Which evaluations of two subjects are held side by side, and what each number of them is."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import ValidationError

from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Observation, Parameters, Protocol
from leaderboard.errors import LeaderboardError, NotMeasurableError, unknown_name
from leaderboard.stats.contrast import DIFFERENCE, Contrast, Weights, independent
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.paired import Shared, shared
from leaderboard.stats.resampled import Resampled
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.tasks import Task, protocol_of

log = logging.getLogger(__name__)

Key = tuple[str, str]
"""Name of a metric, and of the part it is of."""


@dataclass(frozen=True)
class Facing:
    """One number of two subjects, side by side.

    Attributes:
        task: by name.
        part: that it is of, empty for the whole task.
        shared: both on the examples that both answered; None where they are compared by their intervals alone.
        timed: whether it belongs to the machine and the moment: no interval holds what differs between two moments,
            so that no p-value would be honest.
    """

    task: str
    metric: Metric
    part: str
    first: Estimate
    second: Estimate
    shared: Shared | None = None
    timed: bool = False

    def contrast(self, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
        """The weighted sum of first and second, plus shift: first minus second, unless said otherwise.

        Raises:
            NotMeasurableError: where one of them is unknown, or how sure they are.
        """
        for estimate in (self.first, self.second):
            if estimate.value is None:
                raise NotMeasurableError(estimate.reason)
        if self.shared is not None:
            return self.shared.contrast(weights, shift)
        return independent(self.first, self.second, weights, shift)


@dataclass(frozen=True)
class Match:
    """Two evaluations of one task, of two subjects."""

    first: EvaluationResult
    second: EvaluationResult

    @property
    def task(self) -> str:
        """Its name."""
        return self.first.task.name

    @property
    def same_task(self) -> bool:
        """Whether both were asked the same: the task with its data and prompt, and the protocol."""
        one, other = self.first.task, self.second.task
        return one.identity == other.identity and one.protocol_version == other.protocol_version

    @property
    def measured(self) -> bool:
        """Whether both were measured."""
        return self.first.status is Status.MEASURED and self.second.status is Status.MEASURED

    @cached_property
    def observations(self) -> tuple[Sequence[Observation], Sequence[Observation]]:
        """What was seen of either, in the order of the ids."""
        first, second = (_observed(each) for each in (self.first, self.second))
        return first, second

    @cached_property
    def protocol(self) -> Protocol[Parameters]:
        """That asked the first.

        Raises:
            LeaderboardError: when this program has no such protocol, or another version of it.
        """
        task = self.first.task
        try:
            protocol = protocol_of(Task.model_validate(dict(task.definition)))
        except ValidationError:
            raise LeaderboardError("the task's definition cannot be read by this version of leaderboard") from None
        if protocol.version != task.protocol_version:
            raise LeaderboardError(
                f"they were observed by version {task.protocol_version} of protocol '{task.protocol}', "
                f"which is at version {protocol.version} now"
            )
        return protocol

    @cached_property
    def unpaired_because(self) -> str:
        """Why no number is compared example by example; empty where some are, or where none ever is."""
        if not self.same_task or not self.measured:
            return ""
        try:
            timed = self.protocol.depends_on_environment
        except LeaderboardError as error:
            return str(error)
        if not timed and not all(self.observations):
            return "what was seen of single examples is not there"
        return ""

    @cached_property
    def timed(self) -> bool:
        """Whether the numbers belong to the machine and the moment."""
        try:
            return self.protocol.depends_on_environment
        except LeaderboardError:
            return False

    @cached_property
    def facing(self) -> Mapping[Key, Facing]:
        """Every number that both have, measured or not, headline metrics first."""
        first, second = (_estimates(each) for each in (self.first, self.second))
        resampled = self._resampled()
        found = {}
        for key, (metric, estimate) in first.items():
            if key in second:
                pair = [numbers.get(key) for numbers in resampled]
                together = shared(pair[0], pair[1]) if pair[0] and pair[1] else None
                found[key] = Facing(self.task, metric, key[1], estimate, second[key][1], together, timed=self.timed)
        return found

    def _resampled(self) -> tuple[Mapping[Key, Resampled], Mapping[Key, Resampled]]:
        if not self.same_task or self.unpaired_because:
            return {}, {}
        return self._of(self.observations[0]), self._of(self.observations[1])

    def _of(self, seen: Sequence[Observation]) -> Mapping[Key, Resampled]:
        """What can be paired; nothing where what was seen is not what the protocol writes, as in a stranger's file."""
        try:
            return self.protocol.resampled(seen) if seen else {}
        except (LookupError, TypeError, ValueError, AttributeError):
            log.warning("%s: what was seen is not as protocol '%s' writes it", self.task, self.first.task.protocol)
            return {}


def matches(first: SubjectResults, second: SubjectResults, *, tasks: Sequence[str] = ()) -> list[Match]:
    """For each task that both were measured on, the two evaluations that are most alike.

    Measured ones before others; then of one and the same task, of the same limit and seed, in the same environment;
    then the fullest, then the newest.

    Args:
        first: a subject.
        second: another.
        tasks: only these, by name.

    Raises:
        RequestError: for a task that one of them was never measured on.
    """
    mine, others = (_by_task(each) for each in (first, second))
    for subject, known in ((first, mine), (second, others)):
        for name in tasks:
            if name not in known:
                raise unknown_name("task", name, known, where=subject.label, see="leaderboard results")
    return [
        max((Match(one, other) for one in mine[name] for other in others[name]), key=_likeness)
        for name in mine
        if name in others and (not tasks or name in tasks)
    ]


def match(first: SubjectResults, second: SubjectResults, task: str) -> Match:
    """The two evaluations of one task that are most alike.

    Raises:
        RequestError: when one of them was never measured on it.
    """
    return matches(first, second, tasks=[task])[0]


def _likeness(pair: Match) -> tuple[object, ...]:
    one, other = pair.first, pair.second
    return (
        pair.measured,
        pair.same_task,
        one.limit == other.limit and one.seed == other.seed,
        one.environment.identity == other.environment.identity,
        min(each.limit or float("inf") for each in (one, other)),
        min(one.started_at, other.started_at),
        max(one.started_at, other.started_at),
    )


def _by_task(subject: SubjectResults) -> dict[str, list[EvaluationResult]]:
    known: dict[str, list[EvaluationResult]] = {}
    for evaluation in subject.evaluations:
        known.setdefault(evaluation.task.name, []).append(evaluation)
    return known


def _estimates(evaluation: EvaluationResult) -> dict[Key, tuple[Metric, Estimate]]:
    return {(each.metric.name, each.part): (each.metric, each.estimate) for each in evaluation.estimates}


def _observed(evaluation: EvaluationResult) -> list[Observation]:
    seen = [Observation(each.example_id, each.data) for each in evaluation.observe()]
    return sorted(seen, key=lambda each: each.example_id)
