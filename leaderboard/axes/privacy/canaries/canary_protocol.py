"""CanaryProtocol: what protocols of canaries share, whatever the model learns from them."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from pydantic import Field, model_validator

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import ACCOUNTANT_EPSILON, AUDIT_EPSILON, CANARY_EXPOSURE, CANARY_SKEW_NORMAL_EXPOSURE
from leaderboard.axes.privacy.canaries.audit import audit_epsilon
from leaderboard.axes.privacy.canaries.canary import Canary, canaries, references
from leaderboard.axes.privacy.canaries.exposure import rank_exposures, skew_normal_exposures
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import text_fingerprint
from leaderboard.errors import NotMeasurableError
from leaderboard.stats import intervals
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

E = TypeVar("E", bound=TextExample)

NOT_INSERTED = "not_inserted"
"""Part of the canaries that the coin left out: their exposure is that of chance."""
_EXPOSURES: Mapping[Metric, Callable[[FloatArray, FloatArray], FloatArray]] = {
    CANARY_EXPOSURE: rank_exposures,
    CANARY_SKEW_NORMAL_EXPOSURE: skew_normal_exposures,
}


class Role(StrEnum):
    """What an observation is of: a canary, a reference, or the guarantee of the training."""

    CANARY = "canary"
    REFERENCE = "reference"
    GUARANTEE = "guarantee"


class CanaryParameters(Parameters):
    """Numbers of canaries.

    Attributes:
        canaries: number of canaries that a fair coin inserts once each or leaves out; the audit is of these.
        repeats: further numbers of copies.
        repeated: number of canaries for each of these, which a coin inserts so often or leaves out.
        references: number of random texts that canaries are compared with, which are never trained on.
    """

    canaries: Annotated[int, Field(ge=1, le=100_000)] = 200
    repeats: tuple[Annotated[int, Field(ge=2, le=1000)], ...] = (4, 16)
    repeated: Annotated[int, Field(ge=1, le=10_000)] = 20
    references: Annotated[int, Field(ge=1, le=1_000_000)] = 1000

    @model_validator(mode="after")
    def _repeats_differ(self) -> Self:
        if len(set(self.repeats)) < len(self.repeats):
            raise ValueError(f"repeats: {list(self.repeats)} has a number twice; give each once")
        return self

    @property
    def numbers(self) -> list[tuple[int, int]]:
        """Pairs of a number of copies and the number of its canaries."""
        return [(1, self.canaries), *((copies, self.repeated) for copies in self.repeats)]


class CanaryProtocol(Protocol[CanaryParameters], Generic[E]):
    """Protocol that plants random texts in the training data, and measures how likely they are afterwards.

    Canaries and references are drawn in the same way, so that a model which has not memorised a canary gives it any
    rank among the references with the same probability. The results hold losses and no text.
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    parameters_type: ClassVar[type[Parameters]] = CanaryParameters
    metrics: ClassVar[tuple[Metric, ...]] = (CANARY_EXPOSURE, CANARY_SKEW_NORMAL_EXPOSURE, AUDIT_EPSILON)
    reported: ClassVar[tuple[Metric, ...]] = (ACCOUNTANT_EPSILON,)
    reads_labels: ClassVar[bool] = False
    asks_about_training: ClassVar[bool] = True
    own_subject: ClassVar[bool] = True

    @abstractmethod
    def draw(self, example_id: str, rng: np.random.Generator, labels: Sequence[str]) -> E:
        """Draw a canary or a reference.

        Args:
            example_id: its id.
            rng: the only source of chance.
            labels: names of the classes of the data; empty where it has none.
        """

    @abstractmethod
    def losses(self, subject: Subject, examples: Sequence[E]) -> FloatArray:
        """Return the loss of each example in nats, shape (n,)."""

    @abstractmethod
    def labels_of(self, subject: Subject) -> Sequence[str]:
        """Return the names of the classes that examples are drawn with, in the order of the task."""

    def canaries(self, labels: Sequence[str], *, seed: int) -> list[Canary[E]]:
        """Draw the canaries and their coins."""
        return canaries(self.parameters.numbers, partial(self.draw, labels=labels), seed=seed)

    def with_planted(self, train: Sequence[Any], labels: Sequence[str], *, seed: int) -> Sequence[Any]:
        """Return the training data with the canaries that the coins put in, all copies at the end."""
        planted = (copy for canary in self.canaries(labels, seed=seed) for copy in canary.planted())
        return [*train, *planted]

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the loss of each canary and of each reference in nats, and the guarantee of the training.

        Raises:
            NotMeasurableError: when the subject was not trained on the canaries.
        """
        del splits  # the canaries do not depend on the data
        if not subject.trained_on:
            raise NotMeasurableError(
                "no canary was planted: nothing was trained here; use --recipe finetune, lora or another that trains"
            )
        labels = self.labels_of(subject)
        planted = self.canaries(labels, seed=seed)
        if missing := [each for each in planted if each.inserted and not _was_trained_on(subject, each.example)]:
            raise NotMeasurableError(
                f"{len(missing)} of {len(planted)} canaries are not in the training data: the subject was trained for "
                "another task"
            )
        others = references(self.parameters.references, partial(self.draw, labels=labels), seed=seed)
        examples = [*(canary.example for canary in planted), *others]
        losses = require_finite(self.losses(subject, examples), subject.name).tolist()
        for canary, loss in zip(planted, losses, strict=False):
            data = {"role": Role.CANARY.value, "copies": canary.copies, "inserted": canary.inserted, "loss": loss}
            yield Observation(canary.example.id, data)
        for example, loss in zip(others, losses[len(planted) :], strict=True):
            yield Observation(example.id, {"role": Role.REFERENCE.value, "loss": loss})
        if (budget := subject.privacy_budget) is not None:
            data = {"role": Role.GUARANTEE.value, "epsilon": budget.epsilon, "delta": budget.delta}
            yield Observation(Role.GUARANTEE.value, data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate exposures, with canaries by their number of copies as parts, and both ε."""
        parts, reference_losses = _parts(observations), _losses(observations, Role.REFERENCE)
        measurements = [
            attempt(metric, partial(_mean_exposure, exposures, _loss_array(part), reference_losses), name)
            for metric, exposures in _EXPOSURES.items()
            for name, part in parts.items()
        ]
        once = [each for each in _of_role(observations, Role.CANARY) if each.data["copies"] == 1]
        coins = np.array([each.data["inserted"] for each in once], dtype=np.bool_)
        return [
            *measurements,
            attempt(AUDIT_EPSILON, lambda: audit_epsilon(_loss_array(once), coins)),
            Measurement(ACCOUNTANT_EPSILON, _accountant_epsilon(observations)),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the exposures by rank as means over canaries, with the same references."""
        reference_losses = _losses(observations, Role.REFERENCE)
        return {
            (CANARY_EXPOSURE.name, name): Resampled.mean(
                [each.example_id for each in part], rank_exposures(_loss_array(part), reference_losses)
            )
            for name, part in _parts(observations).items()
            if part and len(reference_losses)
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return the number of planted rows."""
        rows = sum(each.data["copies"] for each in _of_role(observations, Role.CANARY) if each.data["inserted"])
        return (f"{rows} rows with canaries are in the training data of this subject",) if rows else ()


def _was_trained_on(subject: Subject, example: TextExample) -> bool:
    return text_fingerprint(example) in subject.trained_on


def _of_role(observations: Sequence[Observation], role: Role) -> list[Observation]:
    """Return the observations of a role in the order of their ids."""
    return sorted((each for each in observations if each.data["role"] == role), key=lambda each: each.example_id)


def _losses(observations: Sequence[Observation], role: Role) -> FloatArray:
    return _loss_array(_of_role(observations, role))


def _loss_array(observations: Sequence[Observation]) -> FloatArray:
    return np.array([each.data["loss"] for each in observations], dtype=np.float64)


def _parts(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return the canaries that were inserted once, those inserted more often, and those left out, by part."""
    drawn = _of_role(observations, Role.CANARY)
    inserted = [each for each in drawn if each.data["inserted"]]
    parts = {"": [each for each in inserted if each.data["copies"] == 1]}
    for copies in sorted({each.data["copies"] for each in inserted} - {1}):
        parts[f"{copies}_copies"] = [each for each in inserted if each.data["copies"] == copies]
    left_out = [each for each in drawn if not each.data["inserted"]]
    return {**parts, NOT_INSERTED: left_out} if left_out else parts


def _mean_exposure(
    exposures: Callable[[FloatArray, FloatArray], FloatArray], losses: FloatArray, reference_losses: FloatArray
) -> Estimate:
    if len(losses) == 0:
        return Estimate.not_measured("no such canary was drawn")
    return intervals.mean(np.sort(exposures(losses, reference_losses)))


def _accountant_epsilon(observations: Sequence[Observation]) -> Estimate:
    guarantees = _of_role(observations, Role.GUARANTEE)
    if not guarantees:
        return Estimate.not_measured(
            "the training had no noise (recipe.dp_epsilon, or recipe.dp_noise), so that no ε is guaranteed"
        )
    (guarantee,) = guarantees
    method = f"upper bound by the accountant at δ = {guarantee.data['delta']:.2g}"
    return Estimate.measured(guarantee.data["epsilon"], None, n=1, method=method)
