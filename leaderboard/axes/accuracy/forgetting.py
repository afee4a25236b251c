"""Forgetting: of a subject that learned several tasks in turn, what became of an earlier one?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leaderboard.axes.accuracy.classification import classify
from leaderboard.axes.catalogue import BACKWARD_TRANSFER
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Capability, Classifier, Subject
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class ForgettingParameters(Parameters):
    """What a forgetting task must set.

    Attributes:
        learned: name of the earlier task, whose data this task brings.
    """

    learned: str


class Forgetting(Protocol[ForgettingParameters]):
    """The subject classifies split `test` of an earlier task as it is now, and as it was right after learning it.

    Backward transfer is the accuracy now minus that then (Lopez-Paz & Ranzato 2017): of one earlier task, not the mean
    over all that were learned. Below 0 the task was forgotten, above 0 the later ones helped it.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = ForgettingParameters
    metrics: ClassVar[tuple[Metric, ...]] = (BACKWARD_TRANSFER,)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del engine, seed  # the classifiers bring their own engine; nothing is random
        now, then = subject.classify(), self._then(subject)
        if now.labels != then.labels:
            raise NotMeasurableError(
                f"it answers with other classes now ({', '.join(now.labels)}) than when it had learned "
                f"'{self.parameters.learned}' ({', '.join(then.labels)})"
            )
        test = splits["test"]
        for after, before in zip(classify(now, test), classify(then, test), strict=True):
            earlier = {"log_probabilities_then": before.data["log_probabilities"]}
            yield Observation(after.example_id, {**after.data, **earlier})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`. The interval is of the difference on the same examples."""
        changes = bounded_mean(list(map(_change, observations)), BACKWARD_TRANSFER.bounds)
        return [Measurement(BACKWARD_TRANSFER, changes)]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`."""
        if not observations:
            return {}
        changes = Resampled.mean([seen.example_id for seen in observations], list(map(_change, observations)))
        return {(BACKWARD_TRANSFER.name, ""): changes}

    def _then(self, subject: Subject) -> Classifier:
        """The subject as it was right after learning the task.

        Raises:
            NotMeasurableError: when it learned one task at most, or this one last or not at all.
        """
        learned, order = self.parameters.learned, list(subject.stages)
        if not order:
            raise NotMeasurableError("it did not learn several tasks in turn, so that there is none to forget")
        if learned not in order:
            raise NotMeasurableError(f"it never learned '{learned}', only {', '.join(order)} in turn")
        if learned == order[-1]:
            raise NotMeasurableError(f"it learned '{learned}' last, and nothing since")
        return subject.stages[learned]


def _change(seen: Observation) -> int:
    return _right(seen, "log_probabilities") - _right(seen, "log_probabilities_then")


def _right(seen: Observation, answer: str) -> int:
    return int(np.argmax(seen.data[answer]) == seen.data["label"])
