"""The protocols `lm_eval` and `lm_eval_bias`: any task of lm-evaluation-harness, asked of our engine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from leaderboard.axes.harness.metrics import reported_on
from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.presence import require_harness
from leaderboard.axes.harness.resampling import resampled
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import Example
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class HarnessAccuracy(Protocol[HarnessParameters]):
    """Prompts, few-shot examples, filters and metrics are the task's; the answers are our engine's."""

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.LOGLIKELIHOOD})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = HarnessParameters
    metrics: ClassVar[tuple[Metric, ...]] = reported_on(Axis.ACCURACY)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`; the documents come with the task, which is loaded again and compared."""
        del splits
        require_harness()
        from leaderboard.axes.harness.observing import observe  # noqa: PLC0415 - optional, and slow to import

        yield from observe(self.parameters, subject.model, engine, seed=seed)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`."""
        require_harness()
        from leaderboard.axes.harness.estimating import estimate  # noqa: PLC0415 - optional, and slow to import

        found = self.parameters.found
        return estimate(observations, found.groups if found else (), self.axis)

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`."""
        found = self.parameters.found
        return resampled(observations, self.axis, grouped=bool(found and found.groups))


class HarnessBias(HarnessAccuracy):
    """The same for tasks whose metrics count on the bias axis, as those of crows_pairs do."""

    axis: ClassVar[Axis] = Axis.BIAS
    metrics: ClassVar[tuple[Metric, ...]] = reported_on(Axis.BIAS)
