"""Matching: which evaluations of two subjects are compared, and their estimates in pairs."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from leaderboard.axes.catalogue import METRICS, on_task
from leaderboard.axes.example_order import ExampleSequence, drawn_sequence, example_sequence
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Observation
from leaderboard.errors import LeaderboardError, NotMeasurableError, unknown_name
from leaderboard.seeds.merging import SeedsEvaluation
from leaderboard.stats.contrast import DIFFERENCE, Contrast, Weights, independent
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.paired import MINIMUM_SHARED, PairedSample, paired_sample
from leaderboard.stats.paired_seeds import PairedSeeds
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.seed_spread import seeds_text
from leaderboard.stats.sequential_contrast import ExampleOrder
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.store.stored_protocols import (
    StoredProtocol,
    UnreadableObservationsError,
    reading_observations,
    stored_protocol,
)

log = logging.getLogger(__name__)

_FEWEST_SEEDS = 2
"""Common seeds from which on the variance between them is known."""

Key = tuple[str, str]
"""Name of a metric, and of the part of the task."""


@dataclass(frozen=True)
class EstimatePair:
    """The estimates of one metric of two subjects.

    Attributes:
        task: name of the task.
        metric: the metric.
        part: part of the task; empty for the whole task.
        first: estimate of the first subject.
        second: estimate of the second subject.
        shared: both values on the examples that both answered; None where they are compared by their intervals.
        timed: whether the value depends on the machine and the moment: its interval does not cover the variation
            between two moments, so that there is no valid p-value.
        over_seeds: both values on common seeds and examples, where they are means over seeds.
        sds: standard deviation between seeds of the first and of the second; None where it is unknown.
    """

    task: str
    metric: Metric
    part: str
    first: Estimate
    second: Estimate
    shared: PairedSample | None = None
    timed: bool = False
    over_seeds: PairedSeeds | None = None
    sds: tuple[float | None, float | None] = (None, None)

    @property
    def common(self) -> PairedSample | PairedSeeds | None:
        """Both values on the examples, and seeds, that they have in common; None where intervals are compared."""
        return self.over_seeds or self.shared

    def contrast(self, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
        """Return the weighted sum of first and second, plus shift; first minus second by default.

        Raises:
            NotMeasurableError: where one value or its uncertainty is unknown.
        """
        for estimate in (self.first, self.second):
            if estimate.value is None:
                raise NotMeasurableError(estimate.reason)
        if self.common is not None:
            return self.common.contrast(weights, shift)
        return independent(self.first, self.second, weights, shift)


@dataclass(frozen=True)
class Match:
    """Two evaluations of one task, of two subjects.

    Attributes:
        first: evaluation of the first subject.
        second: evaluation of the second subject.
        sequential: whether common examples are tested one by one, in a random order, with anytime-valid bounds; so are
            examples that were asked until a rule held in any case.
    """

    first: EvaluationResult
    second: EvaluationResult
    sequential: bool = False

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.first.task.name

    @property
    def same_task(self) -> bool:
        """Whether the task with its data and prompt, and the version of the protocol, are the same."""
        one, other = self.first.task, self.second.task
        return one.identity == other.identity and one.protocol_version == other.protocol_version

    @property
    def measured(self) -> bool:
        """Whether both were measured."""
        return self.first.status is Status.MEASURED and self.second.status is Status.MEASURED

    @cached_property
    def observations(self) -> tuple[Sequence[Observation], Sequence[Observation]]:
        """Observations of the first and of the second, in the order of the example ids."""
        first, second = (_observed(each) for each in (self.first, self.second))
        return first, second

    @cached_property
    def protocol(self) -> StoredProtocol:
        """Protocol of the task of the first evaluation.

        Raises:
            LeaderboardError: when this program has no such protocol, or another version of it.
        """
        return stored_protocol(self.first.task)

    @cached_property
    def unpaired_reason(self) -> str:
        """Reason why nothing is compared example by example; empty where something is, or for times."""
        if not self.same_task or not self.measured:
            return ""
        try:
            timed = self.protocol.depends_on_environment
        except LeaderboardError as error:
            return str(error)
        if not timed and not all(self.observations):
            return "per-example observations are missing"
        return ""

    @cached_property
    def timed(self) -> bool:
        """Whether the values depend on the machine and the moment."""
        try:
            return self.protocol.depends_on_environment
        except LeaderboardError:
            return False

    @cached_property
    def pairs(self) -> Mapping[Key, EstimatePair]:
        """Every metric that both have, measured or not, headline metrics first.

        The newer version of the task decides which metrics are headline metrics.
        """
        first, second = (_estimates(each) for each in (self.first, self.second))
        newer = max(self.first, self.second, key=lambda each: each.task.version).task
        resampled, _ = self._numbers
        pairs = {}
        for key, (metric, estimate) in first.items():
            if key in second:
                samples = [numbers.get(key) for numbers in resampled]
                together = self._together(samples[0], samples[1], metric)
                counted = on_task(METRICS.get(metric.name, metric), newer.definition)
                pairs[key] = EstimatePair(
                    self.task, counted, key[1], estimate, second[key][1], together, timed=self.timed
                )
        return pairs

    @cached_property
    def _sequence(self) -> ExampleSequence | None:
        """Order of the common examples, where their number depends on the answers or the test is sequential."""
        sequences = [example_sequence(each) for each in self.observations]
        if self.sequential and not any(sequences):
            return drawn_sequence(self.observations[0])
        recorded = [each for each in sequences if each]
        return min(recorded, key=lambda each: len(each.ids)) if recorded else None

    def _together(self, first: Resampled | None, second: Resampled | None, metric: Metric) -> PairedSample | None:
        """Return both values on the common examples, in the order in which they were asked where that matters."""
        if first is None or second is None:
            return None
        if self._sequence is None:
            return paired_sample(first, second)
        recorded = len(self._sequence.ids) < self._sequence.horizon
        sample = paired_sample(first, second, minimum_shared=0.0 if recorded else MINIMUM_SHARED)
        return sample and replace(sample, order=_example_order(sample, self._sequence, metric))

    @property
    def unreadable(self) -> str:
        """Error of observations in a format that the protocol does not write; empty where they are readable."""
        return self._numbers[1]

    @cached_property
    def _numbers(self) -> tuple[tuple[Mapping[Key, Resampled], Mapping[Key, Resampled]], str]:
        """Values for pairing of both evaluations; none, with the error, where observations are unreadable."""
        if not self.same_task or self.unpaired_reason:
            return ({}, {}), ""
        try:
            with reading_observations(self.task):
                for observations in self.observations:
                    example_sequence(observations)  # an error shows here, before anything relies on it
            first, second = (
                self.protocol.resampled(observations) if observations else {} for observations in self.observations
            )
        except UnreadableObservationsError as error:
            log.warning("%s", error)
            return ({}, {}), str(error)
        return (first, second), ""


@dataclass(frozen=True)
class SeedsMatch(Match):
    """Two evaluations of one task of which at least one is over seeds: paired seed by seed, then example by example.

    An evaluation that is not over seeds is paired with every seed of the other where its recipe trains nothing.
    """

    @cached_property
    def seeds(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Seeds of the first and of the second; none for an evaluation that is not over seeds."""
        first, second = (tuple(each.members) if isinstance(each, SeedsEvaluation) else () for each in self._sides)
        return first, second

    @cached_property
    def members(self) -> tuple[Match, ...]:
        """The two evaluations of each common seed."""
        first, second = self.seeds
        common = [seed for seed in first or second if seed in (second or first)]
        return tuple(Match(_member(self.first, seed), _member(self.second, seed)) for seed in common)

    @cached_property
    def observations(self) -> tuple[Sequence[Observation], Sequence[Observation]]:
        """No observations: each seed has its own."""
        return (), ()

    @cached_property
    def unpaired_reason(self) -> str:
        """Reason why nothing is compared seed by seed and example by example; empty where something is."""
        if not self.same_task or not self.measured:
            return ""
        if len(self.members) < _FEWEST_SEEDS:
            first, second = (seeds_text(each) if each else "no seeds" for each in self.seeds)
            return f"fewer than two seeds in common ({first} against {second})"
        return next((each.unpaired_reason for each in self.members if each.unpaired_reason), "")

    @cached_property
    def pairs(self) -> Mapping[Key, EstimatePair]:
        """Every metric that both have, measured or not, headline metrics first."""
        by_seed = [each.pairs for each in self.members] if self.same_task and not self.unpaired_reason else []
        return {
            key: replace(pair, over_seeds=_over_seeds(key, by_seed), sds=(_sd(self.first, key), _sd(self.second, key)))
            for key, pair in super().pairs.items()
        }

    @property
    def _sides(self) -> tuple[EvaluationResult, EvaluationResult]:
        return self.first, self.second


def _example_order(sample: PairedSample, sequence: ExampleSequence, metric: Metric) -> ExampleOrder:
    """Return the places of the common examples in the order in which they were asked."""
    place = {sample.first.ids[index]: common for common, index in enumerate(sample.at_first)}
    places = np.array([place[name] for name in sequence.ids if name in place], dtype=np.intp)
    return ExampleOrder(places=places, horizon=sequence.horizon, bounds=(metric.bounds, metric.bounds))


def matches(first: SubjectResults, second: SubjectResults, *, tasks: Sequence[str] = ()) -> list[Match]:
    """Return the two most similar evaluations of each task that both subjects were measured on.

    Measured evaluations are preferred, then the same version of the task, the same limit and seed, the same
    environment, the most examples, and the newest.

    Args:
        first: results of a subject.
        second: results of another subject.
        tasks: names of the tasks; all when empty.

    Raises:
        RequestError: for a task that one of them was not measured on.
    """
    mine, others = (_by_task(each) for each in (first, second))
    for subject, tasks_of_subject in ((first, mine), (second, others)):
        for name in tasks:
            if name not in tasks_of_subject:
                raise unknown_name("task", name, tasks_of_subject, where=subject.label, see="leaderboard results")
    return [
        max((_matched(one, other) for one in mine[name] for other in others[name]), key=_likeness)
        for name in mine
        if name in others and (not tasks or name in tasks)
    ]


def match(first: SubjectResults, second: SubjectResults, task: str) -> Match:
    """Return the two most similar evaluations of one task.

    Raises:
        RequestError: when one of them was not measured on it.
    """
    return matches(first, second, tasks=[task])[0]


def _matched(first: EvaluationResult, second: EvaluationResult) -> Match:
    over_seeds = isinstance(first, SeedsEvaluation) or isinstance(second, SeedsEvaluation)
    return SeedsMatch(first, second) if over_seeds else Match(first, second)


def _member(evaluation: EvaluationResult, seed: int) -> EvaluationResult:
    return evaluation.members[seed] if isinstance(evaluation, SeedsEvaluation) else evaluation


def _over_seeds(key: Key, by_seed: Sequence[Mapping[Key, EstimatePair]]) -> PairedSeeds | None:
    """Return both values of a metric on common seeds and examples; None where a seed has no common examples."""
    shared = [pair.shared for pairs in by_seed if (pair := pairs.get(key)) and pair.shared is not None]
    return PairedSeeds(tuple(shared)) if shared and len(shared) == len(by_seed) else None


def _sd(evaluation: EvaluationResult, key: Key) -> float | None:
    return evaluation.sds.get(key) if isinstance(evaluation, SeedsEvaluation) else None


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
    by_task: dict[str, list[EvaluationResult]] = {}
    for evaluation in subject.evaluations:
        by_task.setdefault(evaluation.task.name, []).append(evaluation)
    return by_task


def _estimates(evaluation: EvaluationResult) -> dict[Key, tuple[Metric, Estimate]]:
    return {(each.metric.name, each.part): (each.metric, each.estimate) for each in evaluation.estimates}


def _observed(evaluation: EvaluationResult) -> list[Observation]:
    observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
    return sorted(observations, key=lambda each: each.example_id)
