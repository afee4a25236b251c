"""Protocol: how a task measures a subject. Observing, which is costly, is separate from estimating."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.errors import as_exceptions, reason_of
from leaderboard.registry import Registry
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Observation:
    """Record of one example: JSON-like data from which every metric is computed without the model."""

    example_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """True and predicted answer for one example, as text."""

    true: str
    predicted: str

    @property
    def right(self) -> bool:
        """Whether the prediction is correct."""
        return self.predicted == self.true


@dataclass(frozen=True, slots=True)
class Measurement:
    """Estimate of one metric; `part` names a part of the task ("gender", "amazon"), empty for the whole task.

    Intervals are cut off at the bounds of the metric.
    """

    metric: Metric
    estimate: Estimate
    part: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimate", self.estimate.within(self.metric.bounds))


def attempt(metric: Metric, estimate: Callable[[], Estimate], part: str = "") -> Measurement:
    """Return the estimate of one metric, or the reason why it failed, so that other metrics are not affected."""
    try:
        with as_exceptions():
            return Measurement(metric, estimate(), part)
    except Exception as error:
        log.debug("%s was not estimated", metric.name, exc_info=True)
        return Measurement(metric, Estimate.not_measured(reason_of(error)), part)


LEFT_OUT = "left_out"
"""Key of an observation of an example that this subject cannot answer; its value is the reason."""


def without_left_out(observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations of examples that were not left out."""
    return [observation for observation in observations if LEFT_OUT not in observation.data]


def left_out_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return a note where examples were left out, with the reason of the first."""
    reasons = [observation.data[LEFT_OUT] for observation in observations if LEFT_OUT in observation.data]
    if not reasons:
        return ()
    subject = "1 example was" if len(reasons) == 1 else f"{len(reasons)} examples were"
    return (f"{subject} left out of {len(observations)}: {reasons[0]}",)


class Parameters(BaseModel):
    """Parameters of a protocol, which a task file sets under `parameters:`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Parameters)


class Protocol(ABC, Generic[P]):
    """Procedure that measures a subject.

    Class attributes:
        axis: axis of its tasks.
        version: raised whenever the same subject and task would give other observations or estimates.
        needs: required capabilities; a subject that lacks one is recorded as *not measured*.
        needs_one_of: capabilities any of which may be enough, depending on the task; empty where `needs` has all.
        example: type of its examples, or None when its task has no data of its own.
        parameters_type: type of its parameters.
        metrics: metrics that it can estimate, of which a task selects some.
        reported: further metrics, kept for every task, which inform and never rank.
        depends_on_environment: whether the numbers depend on the machine (latency) and not on the subject alone.
        reads_labels: whether it compares predictions with the labels of examples; then a subject's classes have to be
            the task's by name.
        draws_by_class: whether it draws examples class by class, with the classes in the order of their names.
        scores_every_split: whether it scores every split that is not for training, and needs none that is named `test`.
        asks_about_training: whether it measures on the subject's training data, which elsewhere is contamination.
        mean_metrics: metrics that are means of the scores of examples of split `test`, each of which is observed on its
            own: a run may stop before all of them are asked.
        learned_from: splits that it makes something of that is no subject, such as a classifier of answers; they are
            never limited or divided.
        own_subject: whether its tasks have subjects of their own, trained on what `with_planted` returns; no other task
            is answered by those.
    """

    axis: ClassVar[Axis]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Capability]] = frozenset()
    needs_one_of: ClassVar[frozenset[Capability]] = frozenset()
    example: ClassVar[type[Example] | None]
    parameters_type: ClassVar[type[Parameters]] = Parameters
    metrics: ClassVar[tuple[Metric, ...]]
    reported: ClassVar[tuple[Metric, ...]] = ()
    depends_on_environment: ClassVar[bool] = False
    reads_labels: ClassVar[bool] = True
    draws_by_class: ClassVar[bool] = False
    scores_every_split: ClassVar[bool] = False
    asks_about_training: ClassVar[bool] = False
    own_subject: ClassVar[bool] = False
    learned_from: ClassVar[frozenset[str]] = frozenset()
    mean_metrics: ClassVar[tuple[Metric, ...]] = ()

    def __init__(self, parameters: P) -> None:
        self.parameters = parameters

    @property
    def task_metrics(self) -> tuple[Metric, ...]:
        """Metrics that only its parameters declare, such as modules of `evaluate`; none by default."""
        return ()

    @property
    def reference_models(self) -> tuple[str, ...]:
        """References of models that its parameters name, which `observe` has under `subject.reference_models`."""
        return ()

    def with_planted(self, train: Sequence[Any], labels: Sequence[str], *, seed: int) -> Sequence[Any]:
        """Return the training data of a subject of its task: `train` itself, for most protocols.

        It may depend on the parameters of the task and on the arguments alone, which identify the subject.

        Args:
            train: examples of the split `train`, of the type `example`.
            labels: names of the classes of the data; empty where it has none.
            seed: seed of the subject, which `observe` gets, too.
        """
        del labels, seed
        return train

    @abstractmethod
    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Run the subject and yield an observation for each example. Needs forward passes; computes no metric.

        Args:
            subject: subject with every capability in `needs`.
            splits: the task's examples by split, of the type `example`, already limited.
            seed: seed of everything random here.

        Raises:
            NotMeasurableError: when the subject cannot be measured, with the reason.
        """

    @abstractmethod
    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the metrics of observations: a pure function, without a model; resampling is seeded."""

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the metrics that can be compared example by example with another subject's, by (metric name, part).

        Each has the value of `estimate` where every example counts once. A metric that is missing here is compared by
        its interval alone.
        """
        del observations
        return {}

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes for a reader of the numbers, one sentence each: "3 texts were longer than the model reads"."""
        del observations
        return ()

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted answer for one example; None where there is no true answer."""
        del observation
        return None


protocols: Registry[type[Protocol[Any]]] = Registry(
    "protocol",
    "leaderboard.protocols",
    {
        "classification": "leaderboard.axes.accuracy.classification:Classification",
        "tagging": "leaderboard.axes.accuracy.tagging:Tagging",
        "multiple_choice": "leaderboard.axes.accuracy.multiple_choice:MultipleChoice",
        "generation": "leaderboard.axes.accuracy.generation:Generation",
        "reference_texts": "leaderboard.axes.accuracy.reference_texts:ReferenceTexts",
        "instruction_following": "leaderboard.axes.accuracy.instruction_following:InstructionFollowing",
        "perplexity": "leaderboard.axes.accuracy.perplexity:Perplexity",
        "minimal_pairs": "leaderboard.axes.accuracy.minimal_pairs:MinimalPairs",
        "forgetting": "leaderboard.axes.accuracy.forgetting:Forgetting",
        "shift": "leaderboard.axes.ood.shift:Shift",
        "perturbation": "leaderboard.axes.ood.perturbation:PerturbationShift",
        "tagging_shift": "leaderboard.axes.ood.tagging_shift:TaggingShift",
        "detection": "leaderboard.axes.ood.shift_detection:ShiftDetection",
        "prompt_formats": "leaderboard.axes.ood.prompt_formats:PromptFormats",
        "contrast_sets": "leaderboard.axes.ood.contrast_sets:ContrastSets",
        "choice_shift": "leaderboard.axes.ood.choice_shift:ChoiceShift",
        "pairs": "leaderboard.axes.bias.pairs:Pairs",
        "stereoset": "leaderboard.axes.bias.stereoset:StereoSet",
        "counterfactual": "leaderboard.axes.bias.counterfactual:Counterfactual",
        "group_fairness": "leaderboard.axes.bias.group_fairness:GroupFairness",
        "coreference": "leaderboard.axes.bias.coreference:Coreference",
        "continuation_bias": "leaderboard.axes.bias.continuation_bias:ContinuationBias",
        "bias_questions": "leaderboard.axes.bias.bias_questions:BiasQuestions",
        "membership": "leaderboard.axes.privacy.membership:Membership",
        "pretraining_membership": "leaderboard.axes.privacy.pretraining_membership:PretrainingMembership",
        "language_membership": "leaderboard.axes.privacy.language_membership:LanguageMembership",
        "context_leakage": "leaderboard.axes.privacy.context_leakage:ContextLeakage",
        "canaries": "leaderboard.axes.privacy.canaries.language_canaries:LanguageCanaries",
        "extraction": "leaderboard.axes.privacy.extraction:Extraction",
        "planted_people": "leaderboard.axes.privacy.planted_people:PlantedPeople",
        "label_canaries": "leaderboard.axes.privacy.canaries.label_canaries:LabelCanaries",
        "attribute_leakage": "leaderboard.axes.privacy.attribute_leakage:AttributeLeakage",
        "latency": "leaderboard.axes.latency.latency:Latency",
        "tagging_latency": "leaderboard.axes.latency.tagging_latency:TaggingLatency",
        "choice_latency": "leaderboard.axes.latency.choice_latency:ChoiceLatency",
        "length_latency": "leaderboard.axes.latency.length_latency:LengthLatency",
        "cold_start": "leaderboard.axes.latency.cold_start:ColdStartTimes",
        "training_cost": "leaderboard.axes.latency.training_cost:TrainingCost",
        "offline": "leaderboard.axes.latency.offline:Offline",
        "poisson_load": "leaderboard.axes.latency.poisson_load:PoissonLoad",
        "generation_latency": "leaderboard.axes.latency.generation_latency:GenerationLatency",
        "serving": "leaderboard.axes.latency.serving:Serving",
        "encrypted_inference": "leaderboard.axes.latency.encrypted_inference:EncryptedInference",
        "faithfulness": "leaderboard.axes.explainability.faithfulness:Faithfulness",
        "explanation_checks": "leaderboard.axes.explainability.explanation_checks:ExplanationChecks",
        "plausibility": "leaderboard.axes.explainability.plausibility:Plausibility",
        "choice_plausibility": "leaderboard.axes.explainability.choice_plausibility:ChoicePlausibility",
        "lm_eval": "leaderboard.axes.harness.protocol:HarnessAccuracy",
        "lm_eval_bias": "leaderboard.axes.harness.protocol:HarnessBias",
    },
    see="leaderboard tasks list",
)
