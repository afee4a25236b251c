"""Caveats of a comparison: differences between two evaluations other than the subjects themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from leaderboard.axes.latency.answer_latency import median_load
from leaderboard.comparison.matching import Match, SeedsMatch
from leaderboard.seeds.merging import SeedsEvaluation
from leaderboard.store.records import EnvironmentRecord, TaskRecord
from leaderboard.store.results import EvaluationResult, SubjectResults

_SHOWN = 4
_LOAD_DIFFERENCE = 0.5
"""Difference in load (runnable processes for each CPU core) from which on times are not comparable."""


def subject_caveats(first: SubjectResults, second: SubjectResults) -> Iterator[str]:
    """Yield a sentence for each difference between two subjects that is easily overlooked."""
    if first.identity == second.identity:
        yield "both are the same subject"
    if first.model.dtype != second.model.dtype:
        yield f"weights: {first.model.dtype} against {second.model.dtype}"
    if first.recipe.adapt_to != second.recipe.adapt_to:
        adapted = [f"'{each.recipe.adapt_to}'" if each.recipe.adapt_to else "nothing" for each in (first, second)]
        yield f"adapted to {adapted[0]} against {adapted[1]}"
    over_seeds = any(isinstance(each, SeedsEvaluation) for each in (*first.evaluations, *second.evaluations))
    if first.recipe.seed != second.recipe.seed and not over_seeds:
        yield f"prepared with seed {first.recipe.seed} against {second.recipe.seed}"


def evaluation_caveats(match: Match) -> Iterator[str]:
    """Yield a sentence, headed by the task, for each difference in how two evaluations were made."""
    first, second = match.first, match.second
    if not match.measured:
        return
    for sentence in _differences(match, first, second):
        yield f"{match.task}: {sentence}"


def _differences(match: Match, first: EvaluationResult, second: EvaluationResult) -> Iterator[str]:
    if not match.same_task:
        yield f"{_tasks(first.task, second.task)}; compared by intervals, not example by example"
    elif match.unpaired_reason:
        yield f"compared by intervals, not example by example: {match.unpaired_reason}"
    seeds = match.seeds if isinstance(match, SeedsMatch) else ((first.seed,), (second.seed,))
    for setting, one, other in (("limit", first.limit, second.limit), ("seed", *map(_seeds, seeds))):
        if one != other:
            yield f"{setting} {'none' if one is None else one} against {'none' if other is None else other}"
    if match.timed:
        if first.environment.identity != second.environment.identity:
            yield f"timed in different environments ({_environments(first.environment, second.environment)})"
        yield from _loads(match)
    elif _device(first) != _device(second):
        yield f"measured on {_device(first)} against {_device(second)}"
    yield from _examples(match)


def _seeds(seeds: tuple[int, ...]) -> str | None:
    return ", ".join(map(str, seeds)) or None


def _loads(match: Match) -> Iterator[str]:
    """Yield a warning where the load of the machine differed, since times in seconds depend on it."""
    first, second = map(median_load, match.observations)
    cores = (
        max((each.data.get("cores", 0) for observations in match.observations for each in observations), default=0) or 1
    )
    if first is not None and second is not None and abs(first - second) > _LOAD_DIFFERENCE * cores:
        yield f"timed at a load of {first:.1f} against {second:.1f}: compare latency_ratio, not times in seconds"


def _tasks(first: TaskRecord, second: TaskRecord) -> str:
    """Describe how two tasks with the same name differ."""
    if first.version != second.version:
        return f"version {first.version} of the task against version {second.version}"
    if first.identity == second.identity:
        return f"protocol version {first.protocol_version} against {second.protocol_version}"
    keys = [key for key in _changed(first.definition, second.definition) if key != "description"]
    return f"the task was changed ({_named(keys)})" if keys else "the data of the task was changed"


def _environments(first: EnvironmentRecord, second: EnvironmentRecord) -> str:
    sides = [
        {"device": each.device, "dtype": each.dtype, "threads": each.threads, **each.details, "code": None}
        for each in (first, second)
    ]
    return ", ".join(
        f"{key} {sides[0].get(key)} against {sides[1].get(key)}" if not isinstance(sides[0].get(key), dict) else key
        for key in _changed(*sides)[:_SHOWN]
    )


def _examples(match: Match) -> Iterator[str]:
    if not match.same_task or match.timed:
        return
    first, second = ({each.example_id: each.data for each in observations} for observations in match.observations)
    both = first.keys() & second.keys()
    if first and second and len(both) < max(len(first), len(second)):
        yield f"{len(both)} examples in common, of {len(first)} and {len(second)}"
    other = sum(first[name].get("prompt_hash") != second[name].get("prompt_hash") for name in both)
    if other:
        yield f"{other} of {len(both)} prompts differ"


def _device(evaluation: EvaluationResult) -> str:
    return evaluation.environment.device.partition(":")[0]


def _changed(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    return [key for key in dict.fromkeys((*first, *second)) if first.get(key) != second.get(key)]


def _named(keys: list[str]) -> str:
    return ", ".join(keys[:_SHOWN]) + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")
