"""The form of protocols that time single answers, and count memory, parameters and operations of the model."""

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import psutil
from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import (
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
    metrics,
)
from leaderboard.axes.latency.timing import time_answers
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.subject import Subject
from leaderboard.backends.weights import Cost
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError, as_exceptions, reason_of
from leaderboard.stats.autocorrelation import Series, series_quantile
from leaderboard.stats.estimate import Estimate

log = logging.getLogger(__name__)

_MODEL_PREFIX = "model:"
"""Prefix of the ids of observations of the model instead of an example."""
_TIMING = _MODEL_PREFIX + "timing"
BUSY_LOAD = 1.25
"""Runnable processes per CPU core above which a machine counts as busy; the run itself is one of them."""
_QUANTILES = {LATENCY_P50: 0.50, LATENCY_P90: 0.90, LATENCY_P95: 0.95, LATENCY_P99: 0.99}
_COSTS = {
    Cost.PEAK_MEMORY: PEAK_MEMORY,
    Cost.PARAMETERS: PARAMETERS,
    Cost.WEIGHT_BYTES: WEIGHT_BYTES,
    Cost.FLOPS: FLOPS,
}
_METHODS = {
    PARAMETERS: "exact count",
    WEIGHT_BYTES: "exact count",
    FLOPS: "exact count",
    PEAK_MEMORY: "one process, no interval",
}


class LatencyParameters(Parameters):
    """Parameters of latency: number of samples and of warm-up answers.

    Attributes:
        samples: maximal number of examples, drawn at random, each timed once.
        warm_up: number of untimed answers before the first timed one.
        reference_every: number of answers for each run of the reference workload, which takes longer than most.
        rounds: number of rounds of the samples, each with its own warm-up; intervals include the variation between
            them.
    """

    samples: Annotated[int, Field(gt=0)] = 200
    warm_up: Annotated[int, Field(ge=10)] = 10
    reference_every: Annotated[int, Field(ge=1)] = 1
    rounds: Annotated[int, Field(ge=1)] = 8


P = TypeVar("P", bound=LatencyParameters)
E = TypeVar("E", bound=Example)


@dataclass(frozen=True, slots=True)
class SingleAnswers(Generic[E]):
    """How a subject answers one example at a time.

    Attributes:
        compute: computes one answer, without any cache.
        token_count: returns the number of tokens that the model reads for it.
    """

    compute: Callable[[E], object]
    token_count: Callable[[E], int]


class AnswerLatency(Protocol[P], Generic[P, E]):
    """Base of protocols that time one answer at a time, interleaved with a fixed reference workload.

    An ensemble costs the sum of its members. The machine's load is recorded with each sample; on a busy machine, use
    the ratio.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (LATENCY_RATIO, *_QUANTILES, THROUGHPUT, *_METHODS)
    depends_on_environment: ClassVar[bool] = True

    @abstractmethod
    def single_answers(self, subject: Subject) -> SingleAnswers[E]:
        """Return how the subject answers one example.

        Raises:
            NotMeasurableError: when it does not.
        """

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the costs of the model, then the time of each answer."""
        answers = self.single_answers(subject)
        test: Sequence[E] = splits["test"]
        sampled = np.random.default_rng(seed).permutation(len(test))[: self.parameters.samples]
        chosen = [test[index] for index in sampled]
        # Memory first: on a GPU the reference workload's weights would count.
        answer = (lambda: answers.compute(chosen[0])) if chosen else (lambda: None)
        for cost, cost_data in _observe_costs(subject, answer):
            yield Observation(_MODEL_PREFIX + _COSTS[cost].name, cost_data)
        samples = time_answers(
            subject,
            answers.compute,
            chosen,
            rounds=self.parameters.rounds,
            warm_up=self.parameters.warm_up,
            reference_every=self.parameters.reference_every,
        )
        try:
            for position, (example, (number, sample)) in enumerate(zip(chosen, samples, strict=True)):
                yield Observation(
                    example.id,
                    {
                        "place": position,
                        "round": number,
                        "seconds": sample.seconds,
                        "reference_seconds": sample.reference_seconds,
                        "tokens": _count_tokens(answers, example),
                        "load": sample.load,
                        "cores": psutil.cpu_count() or 1,
                    },
                )
        except Exception as error:
            log.debug("timing ended early", exc_info=True)
            yield Observation(_TIMING, {"reason": reason_of(error)})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate quantiles, throughput, the ratio to the reference, and the costs of the model."""
        model_observations = {
            observation.example_id: observation
            for observation in observations
            if observation.example_id.startswith(_MODEL_PREFIX)
        }
        samples = _samples_in_order(observations)
        seconds, reference, tokens, round_numbers = (
            np.array([observation.data.get(key) for observation in samples], dtype=np.float64)  # None becomes NaN
            for key in ("seconds", "reference_seconds", "tokens", "round")
        )
        rounds: npt.NDArray[np.intp] = np.nan_to_num(round_numbers).astype(np.intp)
        has_reference, has_tokens = ~np.isnan(reference), ~np.isnan(tokens)
        minimum_n = LATENCY_RATIO.minimum_n
        measured = [
            attempt(
                LATENCY_RATIO,
                lambda: metrics.ratio(
                    seconds[has_reference],
                    reference[has_reference],
                    minimum_n=minimum_n,
                    series=Series(rounds[has_reference]),
                ),
            ),
            *(
                attempt(metric, partial(series_quantile, seconds, Series(rounds), q, minimum_n=metric.minimum_n))
                for metric, q in _QUANTILES.items()
            ),
            attempt(
                THROUGHPUT,
                lambda: metrics.throughput(tokens[has_tokens], seconds[has_tokens], Series(rounds[has_tokens])),
            ),
        ]
        failure = model_observations.get(_TIMING)
        if failure is not None and not samples:
            not_measured = Estimate.not_measured(failure.data["reason"])
            measured = [Measurement(each.metric, not_measured) for each in measured]
        return [*measured, *(attempt(metric, partial(_estimate, metric, model_observations)) for metric in _METHODS)]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on timing that ended early, and on a busy machine."""
        notes = []
        samples = _samples_in_order(observations)
        failure = next(
            (observation.data["reason"] for observation in observations if observation.example_id == _TIMING), None
        )
        if failure is not None and samples:
            notes.append(f"timing ended after {len(samples)} samples: {failure}")
        load, cores = (
            median_load(observations),
            max((observation.data.get("cores", 0) for observation in samples), default=0),
        )
        if load is not None and cores and load > BUSY_LOAD * cores:
            notes.append(
                f"timed while {load:.1f} processes wanted {cores} CPU cores: times in seconds are those of a busy "
                "machine; compare latency_ratio"
            )
        return tuple(notes)


def median_load(observations: Sequence[Observation]) -> float | None:
    """Return the median load of the machine over the samples; None where it is not recorded."""
    loads = [
        float(observation.data["load"])
        for observation in observations
        if isinstance(observation.data.get("load"), int | float)
    ]
    return float(np.median(loads)) if loads else None


def _samples_in_order(observations: Sequence[Observation]) -> list[Observation]:
    """Return the samples in the order of time; by id where it is not recorded, as before version 3."""
    samples = [observation for observation in observations if not observation.example_id.startswith(_MODEL_PREFIX)]
    return sorted(samples, key=lambda observation: (observation.data.get("place", -1), observation.example_id))


def _observe_costs(subject: Subject, answer: Callable[[], object]) -> Iterator[tuple[Cost, Mapping[str, int | str]]]:
    """Yield the costs of the subject's models, or the reason why they are unknown for remote models."""
    try:
        weights = subject.weights()
    except NotMeasurableError as error:
        yield from ((cost, {"reason": str(error)}) for cost in _COSTS)
    else:
        yield from weights.costs(answer)


def _count_tokens(answers: SingleAnswers[E], example: E) -> int | None:
    """Return the number of input tokens; None where it is unknown, so that only the throughput is missing."""
    try:
        with as_exceptions():
            return answers.token_count(example)
    except Exception:
        log.debug("tokens were not counted", exc_info=True)
        return None


def _estimate(metric: Metric, model_observations: Mapping[str, Observation]) -> Estimate:
    observation = model_observations.get(_MODEL_PREFIX + metric.name)
    if observation is None:
        return Estimate.not_measured("nothing was observed")
    if "reason" in observation.data:
        return Estimate.not_measured(observation.data["reason"])
    return Estimate.measured(observation.data["value"], None, n=1, method=_METHODS[metric])
