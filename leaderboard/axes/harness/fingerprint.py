"""Fingerprint: digests of everything that changes a number of a task of lm-evaluation-harness."""

import hashlib
import inspect
import json
from collections.abc import Iterable
from importlib.metadata import version
from itertools import islice
from typing import Any

from lm_eval.api.group import Group as HarnessGroup
from lm_eval.api.task import Task as HarnessTask
from lm_eval.utils import handle_non_serializable

from leaderboard.axes.harness.parameters import Group, GroupMetric, HarnessParameters, TaskFingerprint
from leaderboard.axes.harness.tasks import LoadedTasks
from leaderboard.axes.harness.trust import code_digest
from leaderboard.settings import user_path

_SAMPLED_QUESTIONS = 100
"""Number of questions of a task whose choices are counted."""


def fingerprint(loaded: LoadedTasks, parameters: HarnessParameters) -> TaskFingerprint:
    """Return the digests and versions of loaded tasks."""
    return TaskFingerprint(
        harness=version("lm_eval"),
        versions={name: str(task.VERSION) for name, task in loaded.tasks.items()},
        config=_digest(_config(task) for _, task in sorted(loaded.tasks.items())),
        documents=_digest(
            document for _, task in sorted(loaded.tasks.items()) for document in _documents(task, parameters.limit)
        ),
        code=code_digest(user_path(parameters.path)) if parameters.path and parameters.trust_code else "",
        groups=tuple(map(_group, loaded.groups)),
    )


def reported_metrics(loaded: LoadedTasks) -> list[str]:
    """Return the names of all metrics that the tasks report, as in lm-evaluation-harness."""
    return list(dict.fromkeys(name for task in loaded.tasks.values() for name in task.aggregation()))


def data_citation(loaded: LoadedTasks) -> str:
    """Return the names of the tasks' data sets."""
    sources = (str(task.config.dataset_path or task.DATASET_PATH or "") for task in loaded.tasks.values())
    return ", ".join(dict.fromkeys(filter(None, sources)))


def guessing_accuracy(loaded: LoadedTasks) -> float | None:
    """Return the accuracy of guessing where all questions have the same number of choices; else None."""
    counts = {
        len(task.doc_to_choice(document)) if task.OUTPUT_TYPE == "multiple_choice" else 0
        for task in loaded.tasks.values()
        for document in islice(task.eval_docs, _SAMPLED_QUESTIONS)
    }
    return 1 / counts.pop() if len(counts) == 1 and min(counts) > 1 else None


def _config(task: HarnessTask) -> dict[str, Any]:
    """Return the configuration of a task (prompts, few-shot, filters, metrics …) without the path of its file."""
    config = dict(task.dump_config())
    config["metadata"] = {key: value for key, value in (config.get("metadata") or {}).items() if key != "config_source"}
    return {"class": type(task).__qualname__, "aggregation": task.aggregation(), **config}


def _documents(task: HarnessTask, limit: int | None) -> Iterable[Any]:
    """Yield the documents of the questions, then those that few-shot examples are drawn from."""
    yield from islice(task.eval_docs, limit)
    if task.config.num_fewshot:
        yield from (task.sampler.df if hasattr(task, "sampler") else task.fewshot_docs())


def _group(group: HarnessGroup) -> Group:
    metrics = tuple(
        GroupMetric(
            metric=rule.metric,
            weight_by_size=rule.weight_by_size,
            filters=None if rule.filter_list is None else tuple(rule.filter_list),
        )
        for rule in group.aggregate_metric_list or ()
    )
    return Group(name=group.name, tasks=tuple(task.task_name for task in group.get_all_tasks()), metrics=metrics)


def _digest(values: Iterable[Any]) -> str:
    hasher = hashlib.sha256()
    for value in values:
        hasher.update(json.dumps(value, sort_keys=True, ensure_ascii=False, default=_json_default).encode())
        hasher.update(b"\0")
    return hasher.hexdigest()


def _json_default(value: Any) -> Any:
    """Return a JSON value for other types; a function is its source, since its address changes between runs."""
    if callable(value):
        try:
            return inspect.getsource(value)
        except (TypeError, OSError):
            return getattr(value, "__qualname__", type(value).__qualname__)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return handle_non_serializable(value)
