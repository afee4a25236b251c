"""Tasks of lm-evaluation-harness, converted to tasks of this program."""

import logging
from dataclasses import dataclass

from pydantic import ValidationError

from leaderboard.axes.accuracy import ACCURACY, ACCURACY_NORM
from leaderboard.axes.axis import Axis
from leaderboard.axes.harness.metrics import HARNESS_METRICS
from leaderboard.axes.harness.parameters import FEWSHOT_SEED, HarnessParameters, TaskFingerprint
from leaderboard.errors import RequestError
from leaderboard.invalid import explain
from leaderboard.tasks import Anchors, Task

PREFIX = "lm_eval:"
_CHANCY = (ACCURACY, ACCURACY_NORM)
PROTOCOLS = {Axis.ACCURACY: "lm_eval", Axis.BIAS: "lm_eval_bias"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HarnessOptions:
    """Options of a run for tasks of lm-evaluation-harness; see `HarnessParameters`.

    Attributes:
        seed: Seed of the run, added to the seed of few-shot examples.
        limit: Maximum number of examples of the run.
    """

    path: str | None = None
    trust_code: bool = False
    num_fewshot: int | None = None
    chat_template: bool = False
    seed: int = 0
    limit: int | None = None

    @property
    def used_option(self) -> str:
        """The first option that only these tasks have and that is set; empty for none."""
        flags = {
            "--lm-eval-path": self.path is not None,
            "--trust-lm-eval-code": self.trust_code,
            "--num-fewshot": self.num_fewshot is not None,
            "--chat-template": self.chat_template,
        }
        return next((flag for flag, is_set in flags.items() if is_set), "")


def load_harness_tasks(name: str, options: HarnessOptions) -> list[Task]:
    """Load the tasks of `lm_eval:NAME`: one, or all of a tag.

    Raises:
        RequestError: For an unknown name, or a task that is not supported.
        SourceUnavailableError: when its data cannot be reached.
    """
    from leaderboard.axes.harness.tasks import expand_tag  # noqa: PLC0415 - optional, and slow to import

    parameters = HarnessParameters(
        task=name.removeprefix(PREFIX),
        path=options.path,
        trust_code=options.trust_code,
        num_fewshot=options.num_fewshot,
        chat_template=options.chat_template,
        limit=options.limit,
        fewshot_seed=FEWSHOT_SEED + options.seed,
    )
    return [_task(parameters.model_copy(update={"task": each})) for each in expand_tag(parameters)]


def resolve_harness_task(task: Task, options: HarnessOptions) -> Task:
    """Resolve a task file of a harness protocol to the harness task that it names.

    Raises:
        RequestError: For invalid parameters, or metrics that the harness task does not report.
        SourceUnavailableError: when its data cannot be reached.
    """
    try:
        parameters = HarnessParameters.model_validate(task.parameters)
    except ValidationError as error:
        raise RequestError(explain(error, HarnessParameters, where=task.name, prefix="parameters.")) from None
    seed, limit = parameters.fewshot_seed + options.seed, options.limit or parameters.limit
    resolved = _task(parameters.model_copy(update={"fewshot_seed": seed, "limit": limit}))
    missing = sorted(set(task.metrics) - set(resolved.metrics))
    if missing:
        raise RequestError(
            f"{task.name}: {PREFIX}{parameters.task} does not report {', '.join(missing)}\n"
            f"  It reports: {', '.join(resolved.metrics)}"
        )
    return task.model_copy(update={"parameters": resolved.parameters, "limit": limit})


def _task(parameters: HarnessParameters) -> Task:
    from leaderboard.axes.harness.fingerprint import (  # noqa: PLC0415 - optional
        data_citation,
        fingerprint,
        guessing_accuracy,
        reported_metrics,
    )
    from leaderboard.axes.harness.tasks import load_tasks  # noqa: PLC0415 - optional

    full_name = PREFIX + parameters.task
    loaded = load_tasks(parameters)
    content = fingerprint(loaded, parameters)
    metric_names, chance_level = reported_metrics(loaded), guessing_accuracy(loaded)
    metrics = [HARNESS_METRICS[name].metric for name in metric_names if name in HARNESS_METRICS]
    if not metrics:
        raise RequestError(
            f"{full_name}: reports {', '.join(metric_names)}, none of which this program supports\n"
            f"  Supported: {', '.join(HARNESS_METRICS)}"
        )
    axis = Axis.BIAS if any(metric.axis is Axis.BIAS for metric in metrics) else Axis.ACCURACY
    ignored = [
        name for name in metric_names if name not in HARNESS_METRICS or HARNESS_METRICS[name].metric.axis is not axis
    ]
    if ignored:
        log.warning("%s: metrics without a counterpart on the %s axis are ignored: %s", full_name, axis, ignored)
    in_all_tasks = all("acc_norm" in task.aggregation() for task in loaded.tasks.values())
    normalised = in_all_tasks and axis is Axis.ACCURACY and _averages(content, "acc_norm")
    return Task(
        name=_name(parameters),
        version=2 if normalised else 1,  # version 1 counted plain accuracy
        axis=axis,
        protocol=PROTOCOLS[axis],
        description=f"{parameters.task} of lm-evaluation-harness {content.harness}.",
        parameters=parameters.model_copy(update={"fingerprint": content}).model_dump(mode="json"),
        metrics=tuple(metric.name for metric in metrics if metric.axis is axis),
        headline=ACCURACY_NORM.name if normalised else None,
        anchors={
            metric.name: Anchors(worst=chance_level, best=1.0)
            for metric in metrics
            if chance_level and metric in _CHANCY
        },
        limit=parameters.limit,
        license="see the data set",
        citation=data_citation(loaded) or full_name,
    )


def _averages(content: TaskFingerprint, metric: str) -> bool:
    """Return whether there is one value of a metric for all: a single task, or a group that averages it."""
    return not content.groups or any(rule.metric == metric for rule in content.groups[0].metrics)


def _name(parameters: HarnessParameters) -> str:
    """Return the name with the options that distinguish its results."""
    shots = "" if parameters.num_fewshot is None else f":{parameters.num_fewshot}-shot"
    return f"{PREFIX}{parameters.task}{shots}{':chat' if parameters.chat_template else ''}"
