"""What exactly a task of lm-evaluation-harness is: everything that changes a number of it, as digests."""

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

from leaderboard.axes.harness.parameters import Found, Group, GroupMetric, HarnessParameters
from leaderboard.axes.harness.tasks import Loaded
from leaderboard.axes.harness.trust import code_digest
from leaderboard.settings import user_path

_LOOKED_AT = 100
"""Questions of a task whose choices are counted."""


def fingerprint(loaded: Loaded, asked: HarnessParameters) -> Found:
    """Digests of what was loaded, and the versions it came in."""
    return Found(
        harness=version("lm_eval"),
        versions={name: str(task.VERSION) for name, task in loaded.tasks.items()},
        config=_digest(_config(task) for _, task in sorted(loaded.tasks.items())),
        documents=_digest(
            document for _, task in sorted(loaded.tasks.items()) for document in _documents(task, asked.limit)
        ),
        code=code_digest(user_path(asked.path)) if asked.path and asked.trust_code else "",
        groups=tuple(map(_group, loaded.groups)),
    )


def reported(loaded: Loaded) -> list[str]:
    """Every metric that the tasks report, as lm-evaluation-harness calls it."""
    return list(dict.fromkeys(name for task in loaded.tasks.values() for name in task.aggregation()))


def citation(loaded: Loaded) -> str:
    """Where the data of the tasks comes from, as they say it."""
    sources = (str(task.config.dataset_path or task.DATASET_PATH or "") for task in loaded.tasks.values())
    return ", ".join(dict.fromkeys(filter(None, sources)))


def chance(loaded: Loaded) -> float | None:
    """Accuracy of guessing, where every question offers as many choices (by the first of each task); else None."""
    counts = {
        len(task.doc_to_choice(document)) if task.OUTPUT_TYPE == "multiple_choice" else 0
        for task in loaded.tasks.values()
        for document in islice(task.eval_docs, _LOOKED_AT)
    }
    return 1 / counts.pop() if len(counts) == 1 and min(counts) > 1 else None


def _config(task: HarnessTask) -> dict[str, Any]:
    """All that a task says: prompts, few-shot, filters, generation, metrics; where its file lies does not matter."""
    said = dict(task.dump_config())
    said["metadata"] = {key: value for key, value in (said.get("metadata") or {}).items() if key != "config_source"}
    return {"class": type(task).__qualname__, "aggregation": task.aggregation(), **said}


def _documents(task: HarnessTask, limit: int | None) -> Iterable[Any]:
    """The documents that are asked about, then those that few-shot examples are drawn from."""
    yield from islice(task.eval_docs, limit)
    if task.config.num_fewshot:
        yield from (task.sampler.df if hasattr(task, "sampler") else task.fewshot_docs())


def _group(group: HarnessGroup) -> Group:
    metrics = tuple(
        GroupMetric(
            metric=said.metric,
            weight_by_size=said.weight_by_size,
            filters=None if said.filter_list is None else tuple(said.filter_list),
        )
        for said in group.aggregate_metric_list or ()
    )
    return Group(name=group.name, tasks=tuple(task.task_name for task in group.get_all_tasks()), metrics=metrics)


def _digest(values: Iterable[Any]) -> str:
    hasher = hashlib.sha256()
    for value in values:
        hasher.update(json.dumps(value, sort_keys=True, ensure_ascii=False, default=_said).encode())
        hasher.update(b"\0")
    return hasher.hexdigest()


def _said(value: Any) -> Any:
    """What JSON has no word for; a function is its source, since its address changes from run to run."""
    if callable(value):
        try:
            return inspect.getsource(value)
        except (TypeError, OSError):
            return getattr(value, "__qualname__", type(value).__qualname__)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return handle_non_serializable(value)
