"""Training cost: the protocol that reports the time of a recipe's training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import TRAINING_SECONDS
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate


class TrainingCost(Protocol[Parameters]):
    """Protocol that reports the time of a training from the record that is kept with the trained weights."""

    axis: ClassVar[Axis] = Axis.LATENCY
    example: ClassVar[type[Example] | None] = None
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (TRAINING_SECONDS,)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the seconds of the training."""
        del splits, seed  # nothing is random
        if subject.training_seconds is None:
            raise NotMeasurableError(
                f"{subject.name} was not trained here, or its recipe keeps no record of the time; finetune and lora do"
            )
        yield Observation("model:training", {"seconds": subject.training_seconds})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Return the seconds; one training has no interval."""
        if not observations:
            return [Measurement(TRAINING_SECONDS, Estimate.not_measured("nothing was observed"))]
        seconds = float(observations[0].data["seconds"])
        return [
            Measurement(TRAINING_SECONDS, Estimate.measured(seconds, None, n=1, method="one training, no interval"))
        ]
