"""Latency: how long one answer takes, and what the model costs whatever the machine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.axes.catalogue import (
    FLOPS,
    LATENCY_P50,
    LATENCY_P90,
    LATENCY_P95,
    LATENCY_P99,
    LATENCY_RATIO,
    PARAMETERS,
    PEAK_MEMORY,
    THROUGHPUT,
    WEIGHT_BYTES,
)
from leaderboard.axes.latency import metrics
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import Example, TextExample
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import quantile

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

_OF_THE_MODEL = "model:"
"""Begins the ids of observations that are of the model and not of an example."""
_QUANTILES = {LATENCY_P50: 0.50, LATENCY_P90: 0.90, LATENCY_P95: 0.95, LATENCY_P99: 0.99}
_METHODS = {
    PARAMETERS: "exact count",
    WEIGHT_BYTES: "exact count",
    FLOPS: "exact count",
    PEAK_MEMORY: "one process, no interval",
}


class LatencyParameters(Parameters):
    """How often to ask.

    Attributes:
        samples: at most this many texts, drawn at random, each timed once.
        warm_up: untimed answers before the first timed one.
        reference_every: answers for each run of the reference workload, which takes longer than most answers.
    """

    samples: Annotated[int, Field(gt=0)] = 200
    warm_up: Annotated[int, Field(ge=10)] = 10
    reference_every: Annotated[int, Field(ge=1)] = 1


class Latency(Protocol[LatencyParameters]):
    """Times one answer at a time, from text to class, in turns with a fixed reference workload.

    An ensemble costs what its members cost together. The machine's load is written beside each sample, never a reason
    to refuse: read the ratio where it was busy.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = LatencyParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (LATENCY_RATIO, *_QUANTILES, THROUGHPUT, *_METHODS)
    depends_on_environment: ClassVar[bool] = True

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        from leaderboard.axes.latency.observing import costs, timed  # noqa: PLC0415 - slow to import

        classifier = subject.classify()
        # Memory first: on a GPU the reference workload's weights would count.
        for metric, cost in costs(subject.models, engine):
            yield Observation(_OF_THE_MODEL + metric.name, cost)
        test = splits["test"]
        drawn = np.random.default_rng(seed).permutation(len(test))[: self.parameters.samples]
        chosen = [test[index] for index in drawn]
        samples = timed(
            classifier,
            [example.content for example in chosen],
            engine,
            warm_up=self.parameters.warm_up,
            reference_every=self.parameters.reference_every,
        )
        for example, sample in zip(chosen, samples, strict=True):
            yield Observation(
                example.id,
                {
                    "seconds": sample.seconds,
                    "reference_seconds": sample.reference_seconds,
                    "tokens": classifier.token_count(example.content),
                    "load": sample.load,
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`."""
        of_the_model = {seen.example_id: seen for seen in observations if seen.example_id.startswith(_OF_THE_MODEL)}
        timed = sorted(
            (seen for seen in observations if seen.example_id not in of_the_model), key=lambda seen: seen.example_id
        )
        seconds, reference, tokens = (
            np.array([seen.data[key] for seen in timed], dtype=np.float64)  # None becomes NaN
            for key in ("seconds", "reference_seconds", "tokens")
        )
        compared = ~np.isnan(reference)
        ratio = metrics.ratio(seconds[compared], reference[compared], minimum_n=LATENCY_RATIO.minimum_n)
        return [
            Measurement(LATENCY_RATIO, ratio),
            *(
                Measurement(metric, quantile(seconds, q, minimum_n=metric.minimum_n))
                for metric, q in _QUANTILES.items()
            ),
            Measurement(THROUGHPUT, metrics.throughput(tokens, seconds)),
            *(Measurement(metric, _estimate(metric, of_the_model)) for metric in _METHODS),
        ]


def _estimate(metric: Metric, of_the_model: Mapping[str, Observation]) -> Estimate:
    seen = of_the_model.get(_OF_THE_MODEL + metric.name)
    if seen is None:
        return Estimate.not_measured("nothing was observed")
    if "reason" in seen.data:
        return Estimate.not_measured(seen.data["reason"])
    return Estimate.measured(seen.data["value"], None, n=1, method=_METHODS[metric])
