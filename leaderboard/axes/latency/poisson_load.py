"""Poisson load: the protocol of MLPerf's server scenario for a model on this machine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle, islice
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import ARRIVAL_LATENCY, HIGHEST_RATE
from leaderboard.axes.latency.highest_rate import LoadRun, highest_rate, search_loads
from leaderboard.axes.latency.open_loop import SystemTimer, Timer, answer_arrivals, poisson_arrivals
from leaderboard.axes.latency.timing import without_garbage_collection
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.autocorrelation import minimum_samples
from leaderboard.stats.estimate import Estimate

_CAPACITY = "model:capacity"
"""Id of the observation of the capacity; the others are one a rate."""


class PoissonLoadParameters(Parameters):
    """Requests of the server scenario.

    Attributes:
        bound_s: longest time of an answer, from the arrival of its request, in seconds.
        percentile: share of the requests that have to be answered within it.
        requests: number of requests at each rate.
        alone: number of answers without a queue, whose mean time is that of the capacity; as many are not timed before.
    """

    bound_s: Annotated[float, Field(gt=0, le=3600)] = 0.1
    percentile: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95
    requests: Annotated[int, Field(ge=1, le=1_000_000)] = 400
    alone: Annotated[int, Field(ge=10)] = 30

    @model_validator(mode="after")
    def _can_be_significant(self) -> Self:
        needed = minimum_samples(self.percentile)
        if self.requests < needed:
            raise ValueError(
                f"{self.requests} requests cannot show that {self.percentile:.1%} are in time; write "
                f"`requests: {needed}` or more"
            )
        return self


class PoissonLoad(Protocol[PoissonLoadParameters]):
    """Protocol that classifies texts that arrive at random, at several rates, one at a time in the order of arrival.

    The loop is open: a request arrives when it is scheduled, even while earlier ones wait, and its time begins then.
    The highest rate is searched by bisection over shares of the capacity.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY, Capability.WEIGHTS})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = PoissonLoadParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (HIGHEST_RATE, ARRIVAL_LATENCY)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the mean time of an answer without a queue, then the latencies at each rate."""
        classifier, weights, settings = subject.classifier(), subject.weights(), self.parameters
        test: Sequence[TextExample] = splits["test"]
        if not test:
            raise NotMeasurableError("there is no text to classify")
        rng = np.random.default_rng(seed)
        texts = [test[place].content for place in rng.permutation(len(test))]

        def answer(text: Any) -> None:
            classifier.answer(text)
            weights.wait()

        with subject.quietly() as progress, without_garbage_collection():
            yield from load_observations(
                answer, texts, settings, rng=rng, timer=SystemTimer(), progress=lambda: progress("rates", 1, 5)
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the highest rate, and the percentile of the latencies at each rate."""
        runs, settings = _runs(observations), self.parameters
        bound, percentile = settings.bound_s, settings.percentile
        if not runs:
            return [Measurement(metric, Estimate.not_measured("no requests")) for metric in self.metrics]
        return [
            attempt(HIGHEST_RATE, lambda: highest_rate(runs, bound=bound, percentile=percentile)),
            *(
                attempt(ARRIVAL_LATENCY, partial(run.latency, percentile), f"{run.load:.0%} of capacity")
                for run in runs
            ),
        ]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note with the bound and the capacity."""
        capacities = [each.data["seconds"] for each in observations if each.example_id == _CAPACITY]
        if not capacities:
            return ()
        note = (
            f"{self.parameters.percentile:.0%} of requests within {self.parameters.bound_s:g} s of their arrival; the "
            f"capacity is {1 / capacities[0]:.3g} requests per second, one after another"
        )
        return (note,)


def load_observations(
    answer: Callable[[Any], object],
    texts: Sequence[Any],
    settings: PoissonLoadParameters,
    *,
    rng: np.random.Generator,
    timer: Timer,
    progress: Callable[[], None],
) -> Iterator[Observation]:
    """Yield the observations of the protocol, by any answers and any clock.

    Args:
        answer: computes one answer.
        texts: at least one; they are asked in turn.
        settings: of the protocol.
        rng: draws the arrivals.
        timer: clock.
        progress: called after each rate.
    """
    alone = list(islice(cycle(texts), settings.alone))
    for text in alone:
        answer(text)
    seconds = sum(answer_arrivals(answer, alone, np.zeros(len(alone)), timer).services) / len(alone)
    yield Observation(_CAPACITY, {"seconds": seconds})
    questions = list(islice(cycle(texts), settings.requests))

    def run(load: float) -> LoadRun:
        rate = load / seconds
        arrivals = poisson_arrivals(rate, len(questions), rng)
        return LoadRun(rate, load, np.array(answer_arrivals(answer, questions, arrivals, timer).latencies))

    for each in search_loads(run, bound=settings.bound_s, percentile=settings.percentile):
        progress()
        data = {"rate": each.rate, "load": each.load, "latencies": each.latencies.tolist()}
        yield Observation(f"load:{each.load:.2f}", data)


def _runs(observations: Sequence[Observation]) -> list[LoadRun]:
    runs = [
        LoadRun(each.data["rate"], each.data["load"], np.array(each.data["latencies"], dtype=np.float64))
        for each in observations
        if each.example_id != _CAPACITY
    ]
    return sorted(runs, key=lambda run: run.rate)
