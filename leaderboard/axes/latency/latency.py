"""Latency: how long one answer takes, and what the model costs whatever the machine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

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
from leaderboard.axes.latency.cost import flops, parameters, weight_bytes
from leaderboard.axes.latency.memory import peak_memory
from leaderboard.axes.latency.reference import Reference
from leaderboard.axes.latency.timing import interleave
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import Example, TextExample
from leaderboard.engine.engine import Engine
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import quantile

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
    metrics: ClassVar[tuple[Metric, ...]] = (LATENCY_RATIO, *_QUANTILES, THROUGHPUT, *_METHODS)
    depends_on_environment: ClassVar[bool] = True

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: Engine, *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        classifier, asked = subject.classify(), subject.models
        kept = list({id(model.module): model for model in asked}.values())
        # Memory first: on a GPU the reference workload's weights would count.
        yield _observation(PEAK_MEMORY, lambda: _peak_memory(kept, engine))
        yield _observation(PARAMETERS, lambda: sum(map(parameters, kept)))
        yield _observation(WEIGHT_BYTES, lambda: sum(map(weight_bytes, kept)))
        yield _observation(FLOPS, lambda: sum(map(flops, asked)))
        test = splits["test"]
        drawn = np.random.default_rng(seed).permutation(len(test))[: self.parameters.samples]
        chosen = [test[index] for index in drawn]
        texts = [example.content for example in chosen]
        samples = interleave(
            classifier.answer,
            Reference(engine.device),
            texts,
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


def _peak_memory(models: Sequence[LoadedModel], engine: Engine) -> int:
    """The peak of a model's weights, measured once for all heads on them: it takes a process of its own."""
    if len(models) > 1:
        raise NotMeasurableError(f"the members of an ensemble are {len(models)} models; the peak is measured of one")
    model = models[0]
    if model.module not in engine.peaks:
        engine.peaks[model.module] = peak_memory(model, engine.threads)
    return engine.peaks[model.module]


def _observation(metric: Metric, measure: Callable[[], int]) -> Observation:
    """A number of the model's own, or why there is none: one that fails leaves the others standing."""
    try:
        data: dict[str, Any] = {"value": measure()}
    except NotMeasurableError as error:
        data = {"reason": str(error)}
    return Observation(_OF_THE_MODEL + metric.name, data)


def _estimate(metric: Metric, of_the_model: Mapping[str, Observation]) -> Estimate:
    seen = of_the_model.get(_OF_THE_MODEL + metric.name)
    if seen is None:
        return Estimate.not_measured("nothing was observed")
    if "reason" in seen.data:
        return Estimate.not_measured(seen.data["reason"])
    return Estimate.measured(seen.data["value"], None, n=1, method=_METHODS[metric])
