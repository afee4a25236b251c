"""Parameters of tasks of lm-evaluation-harness, and the fingerprint of the loaded task."""

from typing import Annotated

from pydantic import ConfigDict, Field

from leaderboard.axes.protocol import Parameters

FEWSHOT_SEED = 1234
"""Seed of few-shot examples in lm-evaluation-harness; the seed of the run is added to it."""


class GroupMetric(Parameters):
    """Rule by which a group averages one metric over its tasks.

    Attributes:
        metric: name of the metric in lm-evaluation-harness.
        weight_by_size: whether a task counts by its number of documents, or each task the same.
        filters: filters that are averaged; None for all.
    """

    metric: str
    weight_by_size: bool
    filters: tuple[str, ...] | None


class Group(Parameters):
    """Group of tasks, with those of groups inside it, and the metrics that it averages."""

    name: str
    tasks: tuple[str, ...]
    metrics: tuple[GroupMetric, ...]


class TaskFingerprint(Parameters):
    """Versions and digests of everything that changes a number of a task.

    Attributes:
        harness: version of lm-evaluation-harness.
        versions: version of each task, by name.
        config: digest of the whole configuration of each task: prompts, few-shot, filters, generation, metrics.
        documents: digest of the documents, and of those that few-shot examples are drawn from.
        code: digest of the Python files of a task whose code is trusted; empty where none runs.
        groups: the requested group and those inside it; empty for a single task.
    """

    harness: str
    versions: dict[str, str]
    config: str
    documents: str
    code: str = ""
    groups: tuple[Group, ...] = ()


class HarnessParameters(Parameters):
    """Parameters of a task of lm-evaluation-harness.

    Attributes:
        task: name of a task or group.
        path: folder of task files that is searched first.
        trust_code: whether Python code in that folder may run.
        num_fewshot: number of solved examples before each question; None for the task's own number.
        chat_template: whether prompts are rendered with the model's chat template, few-shot examples as turns.
        limit: number of first documents of each task; None for all.
        fewshot_seed: seed of few-shot examples.
        fingerprint: fingerprint of the task when the run was planned, under the key `found`; optional in a file.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    task: str
    path: str | None = None
    trust_code: bool = False
    num_fewshot: Annotated[int | None, Field(ge=0)] = None
    chat_template: bool = False
    limit: Annotated[int | None, Field(gt=0)] = None
    fewshot_seed: int = FEWSHOT_SEED
    fingerprint: Annotated[TaskFingerprint | None, Field(alias="found")] = None
