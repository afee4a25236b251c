"""Observation of a task of lm-evaluation-harness: runs its requests and records each document's scores."""

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

from leaderboard.axes.bias.swaps import SWAPPED, swapped_words
from leaderboard.axes.harness.estimating import aggregate
from leaderboard.axes.harness.fingerprint import fingerprint
from leaderboard.axes.harness.metrics import PREFERENCE
from leaderboard.axes.harness.model import HarnessModel
from leaderboard.axes.harness.output_suppression import harness_seeds, suppressed_output
from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.tasks import load_tasks
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.errors import LeaderboardError

Values = dict[tuple[str, str], Any]
"""Values of a document by (metric, filter)."""


def observe(parameters: HarnessParameters, subject: Subject, *, seed: int) -> Iterator[Observation]:
    """Yield, for each document, digests of document, prompt and target, and every metric after every filter.

    The task is loaded again with its documents, and must be the same as when the run was planned.

    Raises:
        NotMeasurableError: when the model has no answer.
        LeaderboardError: when the task changed, or lm-evaluation-harness cannot build its prompts.
    """
    loaded = load_tasks(parameters)
    if fingerprint(loaded, parameters) != parameters.fingerprint:
        raise LeaderboardError(f"lm_eval:{parameters.task} changed since this run was planned; run it again")
    model = HarnessModel(subject, seed=seed)
    for task in loaded.tasks.values():
        yield from _observe_task(task, model, parameters)


def _observe_task(task: HarnessTask, model: HarnessModel, parameters: HarnessParameters) -> Iterator[Observation]:
    _build_requests(task, model, parameters)
    _run_requests(task.instances, model)
    requests: dict[int, list[Instance]] = defaultdict(list)
    for instance in sorted(task.instances, key=lambda instance: instance.idx):
        requests[instance.doc_id].append(instance)
    with suppressed_output():
        task.apply_filters()
        documents = dict(task.doc_iterator(limit=parameters.limit))
        values = {number: _values(task, document, requests[number]) for number, document in documents.items()}
    template = model.chat_template_digest if parameters.chat_template else None
    scores = _scores(task, values)
    for number, document in documents.items():
        hashes = _hashes(task, document, requests[number])
        data = {"task": task.task_name, "document": number, **hashes, "chat_template": template}
        data |= _swapped(requests[number], values[number])
        yield Observation(f"{task.task_name}/{number}", data | {"scores": scores[number]})


def _swapped(requests: Sequence[Instance], values: Values) -> dict[str, list[str]]:
    """Return the words in which the two sentences of a document differ, where a preference is measured."""
    if len(requests) != 2 or not any(metric == PREFERENCE for metric, _ in values):  # noqa: PLR2004 - a pair
        return {}
    more, less = ("".join(request.arguments[:2]) for request in requests)
    return {SWAPPED: swapped_words(more, less)}


def _build_requests(task: HarnessTask, model: HarnessModel, parameters: HarnessParameters) -> None:
    try:
        with suppressed_output(), harness_seeds():
            task.build_all_requests(
                limit=parameters.limit,
                apply_chat_template=parameters.chat_template,
                fewshot_as_multiturn=parameters.chat_template,
                chat_template=model.apply_chat_template if parameters.chat_template else None,
                tokenizer_name=model.tokenizer_name if parameters.chat_template else "",
            )
    except LeaderboardError:
        raise
    except Exception as error:
        raise LeaderboardError(
            f"lm_eval:{task.task_name}: lm-evaluation-harness cannot build its prompts: {error}"
        ) from error


def _run_requests(instances: Sequence[Instance], model: HarnessModel) -> None:
    """Add the answers of the model to the requests, with their repeats."""
    by_kind: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        by_kind[instance.request_type].extend([instance] * instance.repeats)
    for kind, requests in by_kind.items():
        for instance, answer in zip(requests, getattr(model, kind)(requests), strict=True):
            instance.resps.append(answer)


def _values(task: HarnessTask, document: Any, requests: Sequence[Instance]) -> Values:
    return {
        (metric, filter_name): value
        for filter_name in requests[0].filtered_resps
        for metric, value in task.process_results(
            document, [request.filtered_resps[filter_name] for request in requests]
        ).items()
    }


def _hashes(task: HarnessTask, document: Any, requests: Sequence[Instance]) -> dict[str, str]:
    """Return the three digests of `lm_eval --log_samples`, so that samples can be matched."""
    document_json = json.dumps(document, indent=2, default=handle_non_serializable, ensure_ascii=False)
    return {
        "doc_hash": hash_string(document_json),
        "prompt_hash": hash_string(requests[0].arguments[0]),
        "target_hash": hash_string(str(task.doc_to_target(document))),
    }


def _scores(task: HarnessTask, values: Mapping[int, Values]) -> dict[int, list[dict[str, Any]]]:
    """Return each document's values in JSON, with the name of their aggregation.

    Where the aggregation has no name (code of the task), or a value is not JSON, the aggregated number is kept instead.
    """
    values_by_key: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for document_values in values.values():
        for key, value in document_values.items():
            values_by_key[key].append(value)
    names = {function: name for name, function in AGGREGATION_REGISTRY.items()}
    aggregations: dict[tuple[str, str], tuple[str, float | None]] = {}
    for key, all_values in values_by_key.items():
        function = task.aggregation().get(key[0]) or mean
        aggregation_name = names.get(function, "") if all(_is_json(value) for value in all_values) else ""
        aggregations[key] = (aggregation_name, None if aggregation_name else aggregate(function, all_values))
    return {
        number: [
            {
                "metric": metric,
                "filter": filter_name,
                "aggregation": aggregation_name,
                "value": _to_plain(value) if aggregation_name else None,
            }
            | ({} if aggregation_name else {"whole": whole})
            for (metric, filter_name), value in document_values.items()
            for aggregation_name, whole in [aggregations[metric, filter_name]]
        ]
        for number, document_values in values.items()
    }


def _is_json(value: Any) -> bool:
    try:
        json.dumps(_to_plain(value), allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _to_plain(value: Any) -> Any:
    """Convert numpy types to those of JSON."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_to_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _to_plain(each) for key, each in value.items()}
    return value
