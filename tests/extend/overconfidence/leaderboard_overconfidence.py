"""Overconfidence: how much surer of its answers a classifier is than it should be; a protocol and its metric."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes import Axis, Better, Measurement, Metric, Observation, Parameters, Protocol
from leaderboard.backends import Capability, Subject
from leaderboard.data import Example, TextExample
from leaderboard.stats import mean

OVERCONFIDENCE = Metric(
    name="overconfidence",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.TARGET,
    target=0.0,
    worst=0.5,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    headline=True,
    minimum_n=10,
    summary="Mean probability of the predicted class minus accuracy; 0 is calibrated.",
    source="Guo et al. 2017",
)


class Confidence(Protocol[Parameters]):
    """The subject classifies every example of split `test`, and how sure it is of its answer is kept."""

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    metrics: ClassVar[tuple[Metric, ...]] = (OVERCONFIDENCE,)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield how sure the subject is of its answer to each example, and whether the answer is right."""
        del seed  # nothing is random
        examples = splits["test"]
        answers = np.exp(subject.classifier().log_probabilities([example.content for example in examples]))
        for example, probabilities in zip(examples, answers, strict=True):
            right = int(probabilities.argmax()) == example.label
            yield Observation(example.id, {"confidence": float(probabilities.max()), "right": right})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Compute the mean difference, with Student's t interval."""
        ordered = sorted(observations, key=lambda each: each.example_id)
        return [Measurement(OVERCONFIDENCE, mean([each.data["confidence"] - each.data["right"] for each in ordered]))]
