"""Forgetting: the protocol that measures an earlier task of a subject trained on several tasks in turn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.accuracy import BACKWARD_TRANSFER
from leaderboard.axes.accuracy.classification import classify
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.resampled import Resampled


class ForgettingParameters(Parameters):
    """Parameters of a forgetting task.

    Attributes:
        learned: name of the earlier task, whose data this task has.
    """

    learned: str


class Forgetting(Protocol[ForgettingParameters]):
    """Protocol in which a subject classifies an earlier task now, and as it did right after training on it.

    Backward transfer is the accuracy now minus that then (Lopez-Paz & Ranzato 2017): of one earlier task, not the mean
    over all that were learned. Below 0 the task was forgotten, above 0 the later ones helped it.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = ForgettingParameters
    metrics: ClassVar[tuple[Metric, ...]] = (BACKWARD_TRANSFER,)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the log-probabilities of each example now and right after training on the earlier task."""
        del seed  # nothing is random
        current, earlier = subject.classifier(), self._earlier_classifier(subject)
        if current.labels != earlier.labels:
            raise NotMeasurableError(
                f"it answers with other classes now ({', '.join(current.labels)}) than when it had learned "
                f"'{self.parameters.learned}' ({', '.join(earlier.labels)})"
            )
        test = splits["test"]
        for after, before in zip(classify(current, test), classify(earlier, test), strict=True):
            log_probabilities = {"log_probabilities_then": before.data["log_probabilities"]}
            yield Observation(after.example_id, {**after.data, **log_probabilities})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate backward transfer, with the interval of the paired difference."""
        changes = list(map(_change, observations))
        return [attempt(BACKWARD_TRANSFER, lambda: bounded_mean(changes, BACKWARD_TRANSFER.bounds))]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return backward transfer as a function of how often each example counts."""
        if not observations:
            return {}
        changes = Resampled.mean(
            [observation.example_id for observation in observations], list(map(_change, observations))
        )
        return {(BACKWARD_TRANSFER.name, ""): changes}

    def _earlier_classifier(self, subject: Subject) -> Classifier:
        """Return the classifier right after training on the earlier task.

        Raises:
            NotMeasurableError: when it was trained on one task at most, or on this one last or never.
        """
        learned, order = self.parameters.learned, list(subject.stages)
        if not order:
            raise NotMeasurableError("it did not learn several tasks in turn, so that there is none to forget")
        if learned not in order:
            raise NotMeasurableError(f"it never learned '{learned}', only {', '.join(order)} in turn")
        if learned == order[-1]:
            raise NotMeasurableError(f"it learned '{learned}' last, and nothing since")
        return subject.stages[learned]


def _change(observation: Observation) -> int:
    return _is_correct(observation, "log_probabilities") - _is_correct(observation, "log_probabilities_then")


def _is_correct(observation: Observation, answer: str) -> int:
    return int(np.argmax(observation.data[answer]) == observation.data["label"])
