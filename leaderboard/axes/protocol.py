"""Protocol: how a task interrogates a subject. Observing, which costs, stands apart from estimating, which does not."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from leaderboard.axes.metric import Axis, Metric
from leaderboard.data.examples import Example
from leaderboard.errors import reason_of
from leaderboard.models.subject import Capability, Subject
from leaderboard.registry import Registry
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen for one example: JSON-like data, enough to recompute every metric without the model."""

    example_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What would have been right for one example, and what the subject said, both for people."""

    true: str
    said: str

    @property
    def right(self) -> bool:
        """Whether it said what is true."""
        return self.said == self.true


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric's estimate; `part` names the part of the task it is of ("gender", "amazon"), empty for all of it.

    Whoever estimates, no interval leaves the bounds of its metric: what reaches beyond them is cut off here.
    """

    metric: Metric
    estimate: Estimate
    part: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimate", self.estimate.within(self.metric.bounds))


def attempt(metric: Metric, estimate: Callable[[], Estimate], part: str = "") -> Measurement:
    """One metric's estimate, or the reason why there is none: what breaks one number leaves the others standing."""
    try:
        return Measurement(metric, estimate(), part)
    except Exception as error:
        log.debug("%s was not estimated", metric.name, exc_info=True)
        return Measurement(metric, Estimate.not_measured(reason_of(error)), part)


LEFT_OUT = "left_out"
"""Key of an observation of an example that this subject cannot be asked about; its value says why."""


def kept(observations: Sequence[Observation]) -> list[Observation]:
    """The observations of examples that were not left out."""
    return [seen for seen in observations if LEFT_OUT not in seen.data]


def left_out(observations: Sequence[Observation]) -> tuple[str, ...]:
    """A note where examples were left out, with the reason of the first."""
    reasons = [seen.data[LEFT_OUT] for seen in observations if LEFT_OUT in seen.data]
    if not reasons:
        return ()
    were = "1 example was" if len(reasons) == 1 else f"{len(reasons)} examples were"
    return (f"{were} left out of {len(observations)}: {reasons[0]}",)


class Parameters(BaseModel):
    """What a task file may set about its protocol, under `parameters:`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Parameters)


class Protocol(ABC, Generic[P]):
    """One way of interrogating a subject.

    Class attributes:
        axis: the axis its tasks stand under.
        version: raised whenever the same subject and task would give other observations or estimates.
        needs: capabilities without which it cannot be run; a subject that lacks one is recorded as *not measured*.
        example: the type of example it asks about, or None when its task brings no data of its own.
        parameters_type: what a task may set.
        metrics: everything it can estimate, of which a task says what is kept.
        reported: what it estimates beside them, kept whatever the task says; informs, and never ranks.
        depends_on_environment: whether the numbers belong to this machine (latency) and not to the subject alone.
        reads_labels: whether it compares answers with the labels of examples; then a subject's classes have to be the
            task's by name.
        draws_by_class: whether it draws examples class by class, the classes in the order of their names.
        asks_about_training: whether it is meant to ask about what the subject was trained on; anywhere else such an
            example is a leak.
    """

    axis: ClassVar[Axis]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Capability]] = frozenset()
    example: ClassVar[type[Example] | None]
    parameters_type: ClassVar[type[Parameters]] = Parameters
    metrics: ClassVar[tuple[Metric, ...]]
    reported: ClassVar[tuple[Metric, ...]] = ()
    depends_on_environment: ClassVar[bool] = False
    reads_labels: ClassVar[bool] = True
    draws_by_class: ClassVar[bool] = False
    asks_about_training: ClassVar[bool] = False

    def __init__(self, parameters: P) -> None:
        self.parameters = parameters

    @abstractmethod
    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """Ask the subject and say what was seen, example by example. Costs forward passes; computes no metric.

        Args:
            subject: has every capability in `needs`.
            splits: the task's examples by split, of the type `example`, already limited.
            engine: spends the forward passes.
            seed: seed of everything random here.

        Raises:
            NotMeasurableError: when this subject has no answer, with the reason.
        """

    @abstractmethod
    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Turn observations into numbers: a pure function, without a model; resampling is seeded."""

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """The numbers that can be compared example by example with another subject's, by (metric name, part).

        Each gives the value of `estimate` where every example counts once. A number that is missing here is compared
        by its interval alone.
        """
        del observations
        return {}

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """What a reader of the numbers must know, one sentence each: "3 texts were longer than the model reads"."""
        del observations
        return ()

    def answer(self, seen: Observation) -> Answer | None:
        """What was answered for one example, where answers are right or wrong; None where they are neither."""
        del seen
        return None


protocols: Registry[type[Protocol[Any]]] = Registry(
    "protocol",
    "leaderboard.protocols",
    {
        "classification": "leaderboard.axes.accuracy.classification:Classification",
        "tagging": "leaderboard.axes.accuracy.tagging:Tagging",
        "multiple_choice": "leaderboard.axes.accuracy.multiple_choice:MultipleChoice",
        "forgetting": "leaderboard.axes.accuracy.forgetting:Forgetting",
        "shift": "leaderboard.axes.ood.shift:Shift",
        "tagging_shift": "leaderboard.axes.ood.tagging_shift:TaggingShift",
        "pairs": "leaderboard.axes.bias.pairs:Pairs",
        "stereoset": "leaderboard.axes.bias.stereoset:StereoSet",
        "counterfactual": "leaderboard.axes.bias.counterfactual:Counterfactual",
        "membership": "leaderboard.axes.privacy.membership:Membership",
        "latency": "leaderboard.axes.latency.latency:Latency",
        "faithfulness": "leaderboard.axes.explainability.faithfulness:Faithfulness",
        "lm_eval": "leaderboard.axes.harness.protocol:HarnessAccuracy",
        "lm_eval_bias": "leaderboard.axes.harness.protocol:HarnessBias",
    },
    see="leaderboard tasks list",
)
