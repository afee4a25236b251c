"""What a task of lm-evaluation-harness is asked with, and what exactly was found under its name."""

from typing import Annotated

from pydantic import Field

from leaderboard.axes.protocol import Parameters

FEWSHOT_SEED = 1234
"""The seed that lm-evaluation-harness draws few-shot examples with; a run's own seed is added to it."""


class GroupMetric(Parameters):
    """How a group averages one metric over its tasks.

    Attributes:
        metric: as lm-evaluation-harness calls it.
        weight_by_size: whether a task counts by its number of documents, or each task the same.
        filters: only these; None for all.
    """

    metric: str
    weight_by_size: bool
    filters: tuple[str, ...] | None


class Group(Parameters):
    """A group: the names of all its tasks, those of groups inside it among them, and what it averages."""

    name: str
    tasks: tuple[str, ...]
    metrics: tuple[GroupMetric, ...]


class Found(Parameters):
    """Everything behind a name that changes a number.

    Attributes:
        harness: version of lm-evaluation-harness.
        versions: version of each task, by name.
        config: digest of the whole configuration of each task: prompts, few-shot, filters, generation, metrics.
        documents: digest of the documents asked about, and of those that few-shot examples are drawn from.
        code: digest of the Python files beside a task whose code is trusted; empty where none runs.
        groups: the group that was asked for and those inside it; none for a single task.
    """

    harness: str
    versions: dict[str, str]
    config: str
    documents: str
    code: str = ""
    groups: tuple[Group, ...] = ()


class HarnessParameters(Parameters):
    """How a task of lm-evaluation-harness is asked.

    Attributes:
        task: name of a task or group.
        path: folder of task files that is searched first.
        trust_code: whether Python code in that folder may run.
        num_fewshot: solved examples in front of each question; None for what the task says.
        chat_template: whether prompts are put into the model's chat template, few-shot examples as turns of it.
        limit: the first so many documents of each task; None for all.
        fewshot_seed: seed of drawing few-shot examples.
        found: what was found under the name when the run was planned; a file need not say it.
    """

    task: str
    path: str | None = None
    trust_code: bool = False
    num_fewshot: Annotated[int | None, Field(ge=0)] = None
    chat_template: bool = False
    limit: Annotated[int | None, Field(gt=0)] = None
    fewshot_seed: int = FEWSHOT_SEED
    found: Found | None = None
