"""Cold start: the protocol that times a fresh process up to its first answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import COLD_START
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.stats.intervals import mean

_PARTS = {"importing": "import", "loading": "load", "first_pass": "first pass"}
"""Part of the metric of each step."""


class ColdStartParameters(Parameters):
    """Number of processes that are started, one after another."""

    starts: Annotated[int, Field(ge=1, le=1000)] = 3


class ColdStartTimes(Protocol[ColdStartParameters]):
    """Protocol that starts fresh processes that load the model and run one pass, and times their steps.

    The model is loaded without what a recipe adds to it, such as a head; that takes no time that counts.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.WEIGHTS})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = ColdStartParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (COLD_START,)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the times of each process."""
        del splits, seed  # nothing is random
        weights = subject.weights()
        with subject.quietly() as progress:
            for number in range(self.parameters.starts):
                start = weights.cold_start()
                progress("starting", 1, self.parameters.starts)
                yield Observation(f"start:{number}", asdict(start))

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the mean of the whole time and of each step."""
        ordered = sorted(observations, key=lambda each: each.example_id)
        steps = {part: [each.data[name] for each in ordered] for name, part in _PARTS.items()}
        total = [sum(each.data[name] for name in _PARTS) for each in ordered]
        return [
            attempt(COLD_START, lambda: mean(total)),
            *(attempt(COLD_START, partial(mean, seconds), part) for part, seconds in steps.items()),
        ]
