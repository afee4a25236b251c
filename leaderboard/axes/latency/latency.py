"""Latency: how long one answer takes, and what the model costs whatever the machine."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
import psutil
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
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import reason_of
from leaderboard.models.subject import Capability, Classifier, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.serial import Series, quantile

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

log = logging.getLogger(__name__)

_OF_THE_MODEL = "model:"
"""Begins the ids of observations that are of the model and not of an example."""
_TIMING = _OF_THE_MODEL + "timing"
BUSY = 1.25
"""Runnable processes a CPU core from which on a machine is called busy; the run itself is one of them."""
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
        rounds: that the samples are split into, each with a warm-up of its own; what differs between them is in every
            interval.
    """

    samples: Annotated[int, Field(gt=0)] = 200
    warm_up: Annotated[int, Field(ge=10)] = 10
    reference_every: Annotated[int, Field(ge=1)] = 1
    rounds: Annotated[int, Field(ge=1)] = 8


class Latency(Protocol[LatencyParameters]):
    """Times one answer at a time, from text to class, in turns with a fixed reference workload.

    An ensemble costs what its members cost together. The machine's load is written beside each sample, never a reason
    to refuse: read the ratio where it was busy.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    version: ClassVar[int] = 3
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
        test = splits["test"]
        drawn = np.random.default_rng(seed).permutation(len(test))[: self.parameters.samples]
        chosen = [test[index] for index in drawn]
        # Memory first: on a GPU the reference workload's weights would count.
        answer = (lambda: classifier.answer(chosen[0].content)) if chosen else (lambda: None)
        for metric, cost in costs(subject.models, engine, answer):
            yield Observation(_OF_THE_MODEL + metric.name, cost)
        samples = timed(
            classifier,
            [example.content for example in chosen],
            engine,
            subject.models,
            rounds=self.parameters.rounds,
            warm_up=self.parameters.warm_up,
            reference_every=self.parameters.reference_every,
        )
        try:
            for place, (example, (number, sample)) in enumerate(zip(chosen, samples, strict=True)):
                yield Observation(
                    example.id,
                    {
                        "place": place,
                        "round": number,
                        "seconds": sample.seconds,
                        "reference_seconds": sample.reference_seconds,
                        "tokens": _tokens(classifier, example),
                        "load": sample.load,
                        "cores": psutil.cpu_count() or 1,
                    },
                )
        except Exception as error:
            log.debug("timing ended early", exc_info=True)
            yield Observation(_TIMING, {"reason": reason_of(error)})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`."""
        of_the_model = {seen.example_id: seen for seen in observations if seen.example_id.startswith(_OF_THE_MODEL)}
        timed = _timed(observations)
        seconds, reference, tokens, numbered = (
            np.array([seen.data.get(key) for seen in timed], dtype=np.float64)  # None becomes NaN
            for key in ("seconds", "reference_seconds", "tokens", "round")
        )
        rounds: npt.NDArray[np.intp] = np.nan_to_num(numbered).astype(np.intp)
        compared, read = ~np.isnan(reference), ~np.isnan(tokens)
        minimum_n = LATENCY_RATIO.minimum_n
        measured = [
            attempt(
                LATENCY_RATIO,
                lambda: metrics.ratio(
                    seconds[compared], reference[compared], minimum_n=minimum_n, series=Series(rounds[compared])
                ),
            ),
            *(
                attempt(metric, partial(quantile, seconds, Series(rounds), q, minimum_n=metric.minimum_n))
                for metric, q in _QUANTILES.items()
            ),
            attempt(THROUGHPUT, lambda: metrics.throughput(tokens[read], seconds[read], Series(rounds[read]))),
        ]
        broken = of_the_model.get(_TIMING)
        if broken is not None and not timed:
            unknown = Estimate.not_measured(broken.data["reason"])
            measured = [Measurement(each.metric, unknown) for each in measured]
        return [*measured, *(attempt(metric, partial(_estimate, metric, of_the_model)) for metric in _METHODS)]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`: timing that ended early, and a machine that did other work meanwhile."""
        notes = []
        timed = _timed(observations)
        broken = next((seen.data["reason"] for seen in observations if seen.example_id == _TIMING), None)
        if broken is not None and timed:
            notes.append(f"timing ended after {len(timed)} samples: {broken}")
        load, cores = load_of(observations), max((seen.data.get("cores", 0) for seen in timed), default=0)
        if load is not None and cores and load > BUSY * cores:
            notes.append(
                f"timed while {load:.1f} processes wanted {cores} CPU cores: times in seconds are those of a busy "
                "machine; compare latency_ratio"
            )
        return tuple(notes)


def load_of(observations: Sequence[Observation]) -> float | None:
    """The machine's load while a subject was timed, the median over samples; None where it is not known."""
    loads = [float(seen.data["load"]) for seen in observations if isinstance(seen.data.get("load"), int | float)]
    return float(np.median(loads)) if loads else None


def _timed(observations: Sequence[Observation]) -> list[Observation]:
    """The samples in the order of time; in that of their ids where it is not known, as before version 3."""
    timed = [seen for seen in observations if not seen.example_id.startswith(_OF_THE_MODEL)]
    return sorted(timed, key=lambda seen: (seen.data.get("place", -1), seen.example_id))


def _tokens(classifier: Classifier, example: TextExample) -> int | None:
    """How many tokens were read; None where that cannot be told, which costs the throughput and no more."""
    try:
        return classifier.token_count(example.content)
    except Exception:
        log.debug("tokens were not counted", exc_info=True)
        return None


def _estimate(metric: Metric, of_the_model: Mapping[str, Observation]) -> Estimate:
    seen = of_the_model.get(_OF_THE_MODEL + metric.name)
    if seen is None:
        return Estimate.not_measured("nothing was observed")
    if "reason" in seen.data:
        return Estimate.not_measured(seen.data["reason"])
    return Estimate.measured(seen.data["value"], None, n=1, method=_METHODS[metric])
