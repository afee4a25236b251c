"""Offline: the protocol of the throughput in batches, where all texts are there from the beginning."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import COST_PER_MILLION_TOKENS, ENERGY_PER_TEXT, OFFLINE_TEXTS, OFFLINE_TOKENS
from leaderboard.axes.latency.offline_rounds import OfflineRounds
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.energy import EnergyMeter
from leaderboard.backends.subject import Subject
from leaderboard.backends.weights import Weights
from leaderboard.data.examples import Example, Text, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.settings import machine_price

_MACHINE = "model:machine"
"""Id of the observation of the machine: its price and its energy counter."""
_TRIAL = "trial:"
"""Prefix of the ids of rounds in which batch sizes are compared; the others begin with `round:`."""


class OfflineParameters(Parameters):
    """Batches of the offline scenario.

    Attributes:
        batch_sizes: numbers of texts of a batch, of which the fastest one is measured.
        texts: number of texts of a round, drawn at random; as many are read to compare the batch sizes with each other.
        rounds: number of measured rounds, which the intervals are over.
        price_per_hour: price of the machine in USD an hour; by default that of `LEADERBOARD_MACHINE_PRICE`.
    """

    batch_sizes: Annotated[tuple[Annotated[int, Field(ge=1, le=4096)], ...], Field(min_length=1)] = (1, 4, 16, 64)
    texts: Annotated[int, Field(ge=1)] = 64
    rounds: Annotated[int, Field(ge=1)] = 8
    price_per_hour: Annotated[float, Field(ge=0, le=1e6)] | None = None

    @field_validator("batch_sizes")
    @classmethod
    def _ascending(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if list(sizes) != sorted(set(sizes)):
            raise ValueError(f"batch_sizes {list(sizes)}: write each size once, in ascending order")
        return sizes


class Offline(Protocol[OfflineParameters]):
    """Protocol that classifies texts in batches, none of them from a cache, with the energy that it takes.

    Each batch size classifies one round of texts; the fastest one classifies the further rounds, which alone are
    measured, so that the choice of the size makes no number better. Every round begins with a batch that is not timed.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY, Capability.WEIGHTS})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = OfflineParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (OFFLINE_TEXTS, OFFLINE_TOKENS, ENERGY_PER_TEXT, COST_PER_MILLION_TOKENS)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the machine, a round of each batch size, then the rounds of the fastest one."""
        classifier, weights = subject.classifier(), subject.weights()
        rng = np.random.default_rng(seed)
        distinct = list(dict.fromkeys(example.content for example in splits["test"]))  # equal ones are computed once
        size = min(self.parameters.texts, len(distinct))
        if not size:
            raise NotMeasurableError("there is no text to classify")
        meter, machine = _machine(weights, self.parameters.price_per_hour)
        yield Observation(_MACHINE, machine)
        sizes = [each for each in self.parameters.batch_sizes if each <= size] or [size]
        with subject.quietly() as progress, weights.uncached():
            clock = _BatchClock(classifier, weights, meter)
            trials: list[tuple[float, int]] = []
            for number, batch_size in enumerate((*sizes, *[0] * self.parameters.rounds)):
                chosen = batch_size or min(trials)[1]
                data = clock.round([distinct[place] for place in rng.permutation(len(distinct))[:size]], chosen)
                progress("batches", 1, len(sizes) + self.parameters.rounds)
                if batch_size:
                    trials.append((data["seconds"], batch_size))
                yield Observation(f"{_TRIAL if batch_size else 'round:'}{number}", data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate both throughputs, the energy and the cost."""
        rounds, machine = _rounds(observations), _machine_of(observations)
        return [
            attempt(OFFLINE_TEXTS, lambda: rounds.per_second("texts")),
            attempt(OFFLINE_TOKENS, lambda: rounds.per_second("tokens")),
            attempt(ENERGY_PER_TEXT, lambda: rounds.energy(machine.get("energy", ""))),
            attempt(COST_PER_MILLION_TOKENS, lambda: rounds.cost(machine.get("price"))),
        ]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note on the batch sizes that were compared."""
        trials = [each.data for each in observations if each.example_id.startswith(_TRIAL)]
        if not trials:
            return ()
        trials.sort(key=lambda data: int(data["batch_size"]))
        fastest = min(trials, key=lambda data: float(data["seconds"]))
        speeds = ", ".join(f"{data['batch_size']}: {data['texts'] / data['seconds']:.3g}" for data in trials)
        return (f"batches of {fastest['batch_size']} texts are fastest; texts per second by batch size: {speeds}",)


class _BatchClock:
    """Times rounds of batches."""

    def __init__(self, classifier: Classifier, weights: Weights, meter: EnergyMeter | None) -> None:
        self._classifier = classifier
        self._weights = weights
        self._meter = meter

    def round(self, texts: Sequence[Text], batch_size: int) -> dict[str, Any]:
        """Return the time, the energy and the counts of one round, as JSON."""
        batches = [texts[start : start + batch_size] for start in range(0, len(texts), batch_size)]

        def work() -> None:
            for batch in batches:
                self._classifier.log_probabilities(batch)
            self._weights.wait()

        self._classifier.log_probabilities(batches[0])
        self._weights.wait()
        joules, start = None, time.perf_counter()
        if self._meter is None:
            work()
        else:
            joules = self._meter.joules(work)
        seconds = time.perf_counter() - start
        tokens = self._token_count(texts)
        return {
            "batch_size": batch_size, "texts": len(texts), "tokens": tokens, "seconds": seconds, "joules": joules,
        }  # fmt: skip

    def _token_count(self, texts: Sequence[Text]) -> int | None:
        try:
            return sum(self._classifier.token_count(text) for text in texts)
        except NotMeasurableError:  # the tokens per second alone are missing
            return None


def _machine(weights: Weights, price: float | None) -> tuple[EnergyMeter | None, dict[str, Any]]:
    """Return the energy counter, or None, and the observation of the machine with the reason why there is none."""
    machine: dict[str, Any] = {"price": machine_price() if price is None else price}
    try:
        meter = weights.energy_meter()
    except NotMeasurableError as error:
        return None, {**machine, "energy": str(error)}
    return meter, {**machine, "energy": ""}


def _rounds(observations: Sequence[Observation]) -> OfflineRounds:
    rounds = [each for each in observations if each.example_id.startswith("round:")]
    return OfflineRounds([each.data for each in sorted(rounds, key=lambda each: int(each.example_id.split(":")[1]))])


def _machine_of(observations: Sequence[Observation]) -> Mapping[str, Any]:
    return next((each.data for each in observations if each.example_id == _MACHINE), {})
