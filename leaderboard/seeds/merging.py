"""Results over seeds: the evaluations of subjects that differ by seed alone become one, task by task.

Each estimate is the mean over seeds with the variance between seeds and between examples (`stats.seed_spread`). Where
one seed lacks an estimate, the merged one is *not measured* and names the seed.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation
from leaderboard.errors import LeaderboardError
from leaderboard.identity import digest
from leaderboard.seeds.groups import SeedGroup
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.seed_spread import mean_over_seeds, seeds_text
from leaderboard.store.records import EstimateRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import EvaluationResult, SubjectResults, results_by_identity
from leaderboard.store.stored_protocols import stored_protocol

log = logging.getLogger(__name__)

Key = tuple[str, str]
"""Name of a metric, and of the part of the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsEvaluation(EvaluationResult):
    """The evaluations of one task with several seeds, as one.

    Attributes:
        seeds: seeds of the group.
        members: evaluation of each seed; a seed without one is missing.
        sds: standard deviation between seeds of each metric; None where it is unknown.
    """

    seeds: tuple[int, ...]
    members: Mapping[int, EvaluationResult]
    sds: Mapping[Key, float | None]


def merged_results(group: SeedGroup, members: Mapping[str, SubjectResults]) -> SubjectResults:
    """Return the results of a group as those of one subject, under the label of the group.

    Args:
        group: the group; the results of a single seed do not change.
        members: results of its members, by identity.
    """
    results = {each.seed: members[each.identity] for each in group.members}
    first = next(iter(results.values()))
    if len(results) == 1:
        return replace(first, label=group.label)
    by_task: dict[str, dict[int, list[EvaluationResult]]] = {}
    for seed, result in results.items():
        for evaluation in result.evaluations:
            by_task.setdefault(evaluation.task.name, {}).setdefault(seed, []).append(evaluation)
    evaluations = [
        _merged(group.seeds, chosen) for by_seed in by_task.values() for chosen in _comparable(group.seeds, by_seed)
    ]
    identity = digest(sorted(each.identity for each in results.values()))
    return replace(first, identity=identity, label=group.label, evaluations=tuple(evaluations))


def merged_subjects(store: Store, groups: Sequence[SeedGroup]) -> dict[str, SubjectResults]:
    """Return the results of groups of a store's subjects, by label."""
    members = results_by_identity(store, [one.identity for each in groups for one in each.members])
    return {each.label: merged_results(each, members) for each in groups}


def _comparable(
    seeds: Sequence[int], by_seed: Mapping[int, Sequence[EvaluationResult]]
) -> list[dict[int, EvaluationResult]]:
    """Return the evaluations of one task with the same settings, newest of each seed.

    Where some settings were measured with every seed, only those; else those with the most seeds.
    """
    alike: dict[tuple[object, ...], dict[int, EvaluationResult]] = defaultdict(dict)
    for seed, evaluations in by_seed.items():
        for each in sorted(evaluations, key=lambda one: (one.status is Status.MEASURED, one.started_at)):
            alike[_setting(each)][seed] = each
    complete = [each for each in alike.values() if len(each) == len(seeds)]
    return complete or [max(alike.values(), key=lambda each: (len(each), _newest(each.values())))]


def _setting(evaluation: EvaluationResult) -> tuple[object, ...]:
    """Return what two evaluations share that differ by seed alone; times belong to a whole environment."""
    task, environment = evaluation.task, evaluation.environment
    here = environment.identity if _timed(evaluation) else environment.device.partition(":")[0]
    return task.identity, task.version, task.protocol_version, evaluation.limit, here


def _timed(evaluation: EvaluationResult) -> bool:
    try:
        return stored_protocol(evaluation.task).depends_on_environment
    except LeaderboardError:
        return False


def _newest(evaluations: Iterable[EvaluationResult]) -> object:
    return max(each.started_at for each in evaluations)


def _merged(seeds: Sequence[int], members: Mapping[int, EvaluationResult]) -> SeedsEvaluation:
    ordered = {seed: members[seed] for seed in seeds if seed in members}
    each = list(ordered.values())
    samples = {seed: _samples(evaluation) for seed, evaluation in ordered.items()}
    records, sds = [], {}
    for key, metric in _metrics(each).items():
        estimates = {seed: _estimate(ordered.get(seed), key) for seed in seeds}
        sample_by_seed = {seed: sample[key] for seed, sample in samples.items() if key in sample}
        mean = mean_over_seeds(estimates, sample_by_seed)
        records.append(EstimateRecord(metric, Measurement(metric, mean.estimate).estimate, key[1]))
        sds[key] = mean.sd
    measured = len(each) == len(seeds) and all(one.status is Status.MEASURED for one in each)
    newest = max(each, key=lambda one: one.started_at)
    return SeedsEvaluation(
        evaluation=digest([one.evaluation for one in each]),
        task=newest.task,
        environment=newest.environment,
        seed=seeds[0],
        limit=newest.limit,
        status=Status.MEASURED if measured else Status.NOT_MEASURED,
        reason="" if measured else next((one.estimate.reason for one in records if one.estimate.reason), ""),
        started_at=newest.started_at,
        duration_s=sum(one.duration_s for one in each),
        estimates=tuple(records),
        observe=tuple,
        notes=_notes(each, samples),
        imported_from=", ".join(dict.fromkeys(one.imported_from for one in each if one.imported_from)),
        seeds=tuple(seeds),
        members=ordered,
        sds=sds,
    )


def _metrics(evaluations: Sequence[EvaluationResult]) -> dict[Key, Metric]:
    """Return every metric that one of the evaluations has, in their order."""
    return {(each.metric.name, each.part): each.metric for one in evaluations for each in one.estimates}


def _estimate(evaluation: EvaluationResult | None, key: Key) -> Estimate:
    if evaluation is None:
        return Estimate.not_measured("no evaluation with these settings")
    for each in evaluation.estimates:
        if (each.metric.name, each.part) == key:
            return each.estimate
    return Estimate.not_measured(evaluation.reason or "not estimated")


def _samples(evaluation: EvaluationResult) -> Mapping[Key, Resampled]:
    """Return the statistics of an evaluation's examples; none for times, or where there are no observations."""
    if evaluation.status is not Status.MEASURED:
        return {}
    try:
        protocol = stored_protocol(evaluation.task)
        if protocol.depends_on_environment:
            return {}
        observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
        return protocol.resampled(observations) if observations else {}
    except LeaderboardError as error:  # no such protocol here, or observations of another version
        log.warning("%s: intervals over seeds are from each seed's interval (%s)", evaluation.task.name, error)
        return {}


def _notes(evaluations: Sequence[EvaluationResult], samples: Mapping[int, Mapping[Key, Resampled]]) -> tuple[str, ...]:
    """Return the notes of all seeds, the seeds, and whether their examples differ."""
    notes = dict.fromkeys(note for each in evaluations for note in each.notes)
    seeds = list(samples)
    answered = {frozenset(sample.ids) for each in samples.values() for sample in list(each.values())[:1]}
    different = ["the seeds answered different examples, drawn by seed"] if len(answered) > 1 else []
    return (f"mean over {seeds_text(seeds)}", *different, *notes)
