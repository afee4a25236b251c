"""Guests: tasks of lm-evaluation-harness become tasks of ours, so that all that follows treats them alike."""

import logging
from dataclasses import dataclass

from pydantic import ValidationError

from leaderboard.axes.catalogue import ACCURACY, ACCURACY_NORM
from leaderboard.axes.harness.metrics import REPORTED
from leaderboard.axes.harness.parameters import FEWSHOT_SEED, HarnessParameters
from leaderboard.axes.harness.presence import require_harness
from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.invalid import explain
from leaderboard.tasks import Anchors, Task

PREFIX = "lm_eval:"
_CHANCY = (ACCURACY, ACCURACY_NORM)
PROTOCOLS = {Axis.ACCURACY: "lm_eval", Axis.BIAS: "lm_eval_bias"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GuestOptions:
    """How a run asks tasks of lm-evaluation-harness; see `HarnessParameters`.

    Attributes:
        seed: of the run; it moves the seed that few-shot examples are drawn with.
        limit: of the run.
    """

    path: str | None = None
    trust_code: bool = False
    num_fewshot: int | None = None
    chat_template: bool = False
    seed: int = 0
    limit: int | None = None

    @property
    def given(self) -> str:
        """The flag of a setting that only these tasks have, if one was given."""
        flags = {
            "--lm-eval-path": self.path is not None,
            "--trust-lm-eval-code": self.trust_code,
            "--num-fewshot": self.num_fewshot is not None,
            "--chat-template": self.chat_template,
        }
        return next((flag for flag, given in flags.items() if given), "")


def guests(name: str, options: GuestOptions) -> list[Task]:
    """The tasks that `lm_eval:NAME` stands for: one, or as many as carry the tag.

    Raises:
        RequestError: for an unknown name, or a task that cannot be asked here.
        SourceUnavailableError: when its data cannot be reached.
    """
    require_harness()
    from leaderboard.axes.harness.tasks import names_behind  # noqa: PLC0415 - optional, and slow to import

    asked = HarnessParameters(
        task=name.removeprefix(PREFIX),
        path=options.path,
        trust_code=options.trust_code,
        num_fewshot=options.num_fewshot,
        chat_template=options.chat_template,
        limit=options.limit,
        fewshot_seed=FEWSHOT_SEED + options.seed,
    )
    return [_guest(asked.model_copy(update={"task": each})) for each in names_behind(asked)]


def pinned(task: Task, options: GuestOptions) -> Task:
    """A task of ours that asks lm-evaluation-harness, with what was found there under its name.

    Raises:
        RequestError: for wrong parameters, or metrics that nobody reports.
        SourceUnavailableError: when its data cannot be reached.
    """
    require_harness()
    try:
        said = HarnessParameters.model_validate(task.parameters)
    except ValidationError as error:
        raise RequestError(explain(error, HarnessParameters, where=task.name, prefix="parameters.")) from None
    seed, limit = said.fewshot_seed + options.seed, options.limit or said.limit
    found = _guest(said.model_copy(update={"fewshot_seed": seed, "limit": limit}))
    silent = sorted(set(task.metrics) - set(found.metrics))
    if silent:
        raise RequestError(
            f"{task.name}: {PREFIX}{said.task} does not report {', '.join(silent)}\n"
            f"  It reports: {', '.join(found.metrics)}"
        )
    return task.model_copy(update={"parameters": found.parameters, "limit": limit})


def _guest(asked: HarnessParameters) -> Task:
    from leaderboard.axes.harness.fingerprint import chance, citation, fingerprint, reported  # noqa: PLC0415 - optional
    from leaderboard.axes.harness.tasks import load  # noqa: PLC0415 - optional

    where = PREFIX + asked.task
    loaded = load(asked)
    found = fingerprint(loaded, asked)
    said, guessed = reported(loaded), chance(loaded)
    known = [REPORTED[name].metric for name in said if name in REPORTED]
    if not known:
        raise RequestError(
            f"{where}: reports {', '.join(said)}, none of which this board knows\n  Known: {', '.join(REPORTED)}"
        )
    axis = Axis.BIAS if any(metric.axis is Axis.BIAS for metric in known) else Axis.ACCURACY
    left_out = [name for name in said if name not in REPORTED or REPORTED[name].metric.axis is not axis]
    if left_out:
        log.warning("%s: not kept, since this board has no such metric on the %s axis: %s", where, axis, left_out)
    return Task(
        name=_name(asked),
        version=1,
        axis=axis,
        protocol=PROTOCOLS[axis],
        description=f"{asked.task} of lm-evaluation-harness {found.harness}.",
        parameters=asked.model_copy(update={"found": found}).model_dump(mode="json"),
        metrics=tuple(metric.name for metric in known if metric.axis is axis),
        anchors={metric.name: Anchors(worst=guessed, best=1.0) for metric in known if guessed and metric in _CHANCY},
        limit=asked.limit,
        license="see the data set",
        citation=citation(loaded) or where,
    )


def _name(asked: HarnessParameters) -> str:
    """Says what a reader of results must tell apart."""
    shots = "" if asked.num_fewshot is None else f":{asked.num_fewshot}-shot"
    return f"{PREFIX}{asked.task}{shots}{':chat' if asked.chat_template else ''}"
