"""Protocols `lm_eval` and `lm_eval_bias`: any task of lm-evaluation-harness on a subject."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias.swaps import swap_notes
from leaderboard.axes.harness.metrics import harness_metrics_of
from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.resampling import resampled
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.stats.resampled import Resampled


class HarnessAccuracy(Protocol[HarnessParameters]):
    """Protocol with prompts, few-shot examples, filters and metrics of a task of lm-evaluation-harness."""

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 2
    needs_one_of: ClassVar[frozenset[Capability]] = frozenset({Capability.LOGLIKELIHOOD, Capability.GENERATE})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = HarnessParameters
    metrics: ClassVar[tuple[Metric, ...]] = harness_metrics_of(Axis.ACCURACY)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of each document; the task is loaded again and compared with its fingerprint."""
        del splits
        from leaderboard.axes.harness.observing import observe  # noqa: PLC0415 - optional, and slow to import

        yield from observe(self.parameters, subject, seed=seed)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics by the rules of lm-evaluation-harness."""
        from leaderboard.axes.harness.estimating import estimate  # noqa: PLC0415 - optional, and slow to import

        fingerprint = self.parameters.fingerprint
        return estimate(observations, fingerprint.groups if fingerprint else (), self.axis)

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return means of scores as functions of how often each document counts."""
        fingerprint = self.parameters.fingerprint
        return resampled(observations, self.axis, grouped=bool(fingerprint and fingerprint.groups))


class HarnessBias(HarnessAccuracy):
    """Protocol of tasks of lm-evaluation-harness whose metrics are on the bias axis, such as crows_pairs."""

    version: ClassVar[int] = 3  # 2 kept no swapped words, and took pairs that have some in common as independent
    axis: ClassVar[Axis] = Axis.BIAS
    metrics: ClassVar[tuple[Metric, ...]] = harness_metrics_of(Axis.BIAS)

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note on pairs that swap the same words."""
        return swap_notes(observations)
