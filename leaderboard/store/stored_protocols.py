"""Protocols for observations of a store or a document, which are untrusted input.

A protocol trusts the observations of its own `observe`. Here any exception caused by invalid observations becomes one
error that names the task.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from pydantic import ValidationError

from leaderboard.arrays import FloatArray
from leaderboard.axes import example_order
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol
from leaderboard.errors import LeaderboardError, reason_of
from leaderboard.invalid import explain
from leaderboard.stats.resampled import Resampled
from leaderboard.store.records import TaskRecord
from leaderboard.tasks import Task, protocol_of


class UnreadableObservationsError(LeaderboardError):
    """Observations in a format that their protocol does not write."""


@dataclass(frozen=True, slots=True)
class StoredProtocol:
    """A protocol that is applied to untrusted observations.

    Attributes:
        protocol: protocol of the task with its parameters.
        task: name of the task.
    """

    protocol: Protocol[Parameters]
    task: str

    @property
    def version(self) -> int:
        """Version of the protocol in this program."""
        return self.protocol.version

    @property
    def reported(self) -> tuple[Metric, ...]:
        """Metrics that the protocol reports in addition to those of a task, and those that its parameters declare."""
        return (*self.protocol.reported, *self.protocol.task_metrics)

    @property
    def depends_on_environment(self) -> bool:
        """Whether the results depend on the machine."""
        return self.protocol.depends_on_environment

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Compute the estimates of observations.

        Raises:
            UnreadableObservationsError: when they are not as the protocol writes them.
        """
        with reading_observations(self.task):
            return example_order.estimate(self.protocol, observations)

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return the notes for readers of the results.

        Raises:
            UnreadableObservationsError: when they are not as the protocol writes them.
        """
        with reading_observations(self.task):
            return self.protocol.notes(observations)

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the statistics that can be compared example by example.

        Raises:
            UnreadableObservationsError: when they are not as the protocol writes them; also raised by a statistic that
                is computed later.
        """
        with reading_observations(self.task):
            numbers = self.protocol.resampled(observations)
            for number in numbers.values():  # an error shows here, before anything relies on the statistic
                number.value(np.ones((1, len(number.ids))))
        return {key: replace(number, value=self._guarded(number.value)) for key, number in numbers.items()}

    def answer(self, observation: Observation) -> Answer | None:
        """Return the answer to one example.

        Raises:
            UnreadableObservationsError: when it is not as the protocol writes it.
        """
        with reading_observations(self.task):
            answer = self.protocol.answer(observation)
            texts: tuple[object, ...] = () if answer is None else (answer.true, answer.predicted)
            if not all(isinstance(each, str) for each in texts):
                raise TypeError(f"example {observation.example_id!r} has an answer that is not text")
            return answer

    def _guarded(self, value: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray], FloatArray]:
        def guarded(times: FloatArray) -> FloatArray:
            with reading_observations(self.task):
                return value(times)

        return guarded


@contextmanager
def reading_observations(task: str = "") -> Iterator[None]:
    """Convert any exception from untrusted observations into one error.

    Args:
        task: name of the task for the message; empty where the message names it elsewhere.

    Raises:
        UnreadableObservationsError: when the block raises anything but a `LeaderboardError`.
    """
    try:
        with np.errstate(all="ignore"):  # an overflow is not finite, which estimates report
            yield
    except LeaderboardError:
        raise
    except Exception as error:
        reason = reason_of(error)[:200]
        prefix = f"task '{task}': " if task else ""
        raise UnreadableObservationsError(
            f"{prefix}its observations are not in the format of its protocol ({reason})"
        ) from error


def stored_protocol(task: TaskRecord) -> StoredProtocol:
    """Return the protocol of a stored task.

    Raises:
        LeaderboardError: when this program has no such protocol, another version of it, or cannot read the definition.
    """
    protocol = protocol_of(defined_task(task))
    if protocol.version != task.protocol_version:
        raise LeaderboardError(
            f"the observations are from version {task.protocol_version} of protocol '{task.protocol}', "
            f"which is now at version {protocol.version}"
        )
    return StoredProtocol(protocol, task.name)


def defined_task(task: TaskRecord) -> Task:
    """Return the task as its file was at the time of the measurement.

    Raises:
        LeaderboardError: when this program cannot read that file.
    """
    try:
        return Task.model_validate(dict(task.definition))
    except ValidationError as error:
        why = explain(error, Task, where=f"task '{task.name}', as it was measured").splitlines()[0]
        raise LeaderboardError(why) from None
