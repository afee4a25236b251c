"""Asks a model the documents of a task, and keeps what was seen of each, as `lm_eval.evaluate` does."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from lm_eval.api.instance import Instance
from lm_eval.api.metrics import mean
from lm_eval.api.registry import AGGREGATION_REGISTRY
from lm_eval.api.task import Task as HarnessTask
from lm_eval.utils import handle_non_serializable, hash_string

from leaderboard.axes.harness.estimating import aggregate
from leaderboard.axes.harness.fingerprint import fingerprint
from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.silence import seeded, silently
from leaderboard.axes.harness.tasks import load
from leaderboard.axes.protocol import Observation
from leaderboard.engine.engine import Engine
from leaderboard.engine.harness import HarnessModel
from leaderboard.errors import LeaderboardError
from leaderboard.models.loaded import LoadedModel

Values = dict[tuple[str, str], Any]
"""A document's value of each (metric, filter)."""


def observe(asked: HarnessParameters, model: LoadedModel, engine: Engine, *, seed: int) -> Iterator[Observation]:
    """What was seen for each document: digests of document, prompt and target, and every metric behind every filter.

    The documents come with the task, which is loaded again and must be what it was when the run was planned.

    Raises:
        NotMeasurableError: when the model has no answer.
        LeaderboardError: when the task changed, or lm-evaluation-harness cannot build its prompts.
    """
    loaded = load(asked)
    if fingerprint(loaded, asked) != asked.found:
        raise LeaderboardError(f"lm_eval:{asked.task} changed since this run was planned; run it again")
    answering = HarnessModel(engine, model, seed=seed)
    for task in loaded.tasks.values():
        yield from _observe_task(task, answering, asked)


def _observe_task(task: HarnessTask, model: HarnessModel, asked: HarnessParameters) -> Iterator[Observation]:
    _build_requests(task, model, asked)
    _answer(task.instances, model)
    requests: dict[int, list[Instance]] = defaultdict(list)
    for instance in sorted(task.instances, key=lambda instance: instance.idx):
        requests[instance.doc_id].append(instance)
    with silently():
        task.apply_filters()
        documents = dict(task.doc_iterator(limit=asked.limit))
        values = {number: _values(task, document, requests[number]) for number, document in documents.items()}
    template = model.chat_template_digest if asked.chat_template else None
    scores = _scores(task, values)
    for number, document in documents.items():
        hashes = _hashes(task, document, requests[number])
        data = {"task": task.task_name, "document": number, **hashes, "chat_template": template}
        yield Observation(f"{task.task_name}/{number}", data | {"scores": scores[number]})


def _build_requests(task: HarnessTask, model: HarnessModel, asked: HarnessParameters) -> None:
    try:
        with silently(), seeded():
            task.build_all_requests(
                limit=asked.limit,
                apply_chat_template=asked.chat_template,
                fewshot_as_multiturn=asked.chat_template,
                chat_template=model.apply_chat_template if asked.chat_template else None,
                tokenizer_name=model.tokenizer_name if asked.chat_template else "",
            )
    except LeaderboardError:
        raise
    except Exception as error:
        raise LeaderboardError(
            f"lm_eval:{task.task_name}: lm-evaluation-harness cannot build its prompts: {error}"
        ) from error


def _answer(instances: Sequence[Instance], model: HarnessModel) -> None:
    """Put the answers of the model into the requests, each as often as it is to be repeated."""
    by_kind: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        by_kind[instance.request_type].extend([instance] * instance.repeats)
    for kind, requests in by_kind.items():
        for instance, answer in zip(requests, getattr(model, kind)(requests), strict=True):
            instance.resps.append(answer)


def _values(task: HarnessTask, document: Any, requests: Sequence[Instance]) -> Values:
    return {
        (metric, filtered): value
        for filtered in requests[0].filtered_resps
        for metric, value in task.process_results(
            document, [request.filtered_resps[filtered] for request in requests]
        ).items()
    }


def _hashes(task: HarnessTask, document: Any, requests: Sequence[Instance]) -> dict[str, str]:
    """The three digests of `lm_eval --log_samples`, computed as there, so that samples can be matched."""
    said = json.dumps(document, indent=2, default=handle_non_serializable, ensure_ascii=False)
    return {
        "doc_hash": hash_string(said),
        "prompt_hash": hash_string(requests[0].arguments[0]),
        "target_hash": hash_string(str(task.doc_to_target(document))),
    }


def _scores(task: HarnessTask, values: Mapping[int, Values]) -> dict[int, list[dict[str, Any]]]:
    """Each document's values in JSON, with the name of what makes one number of them all.

    Where that has no name (code of the task's own), or a value cannot be said in JSON, the one number is kept instead.
    """
    together: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for seen in values.values():
        for key, value in seen.items():
            together[key].append(value)
    names = {function: name for name, function in AGGREGATION_REGISTRY.items()}
    aggregations: dict[tuple[str, str], tuple[str, float | None]] = {}
    for key, every in together.items():
        function = task.aggregation().get(key[0]) or mean
        named = names.get(function, "") if all(_speakable(value) for value in every) else ""
        aggregations[key] = (named, None if named else aggregate(function, every))
    return {
        number: [
            {"metric": metric, "filter": filtered, "aggregation": named, "value": _plain(value) if named else None}
            | ({} if named else {"whole": whole})
            for (metric, filtered), value in seen.items()
            for named, whole in [aggregations[metric, filtered]]
        ]
        for number, seen in values.items()
    }


def _speakable(value: Any) -> bool:
    try:
        json.dumps(_plain(value), allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _plain(value: Any) -> Any:
    """Without numpy's types, which JSON does not know."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value
