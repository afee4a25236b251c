"""Length latency: the protocol that times answers to texts of fixed lengths, and their tokenisation apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import LATENCY_P50, LATENCY_RATIO, TOKENISATION_P50, metrics
from leaderboard.axes.latency.sized_text import sized_text
from leaderboard.axes.latency.timing import time_answers
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.autocorrelation import Series, series_quantile
from leaderboard.stats.estimate import Estimate

_ANSWER, _TOKENS = "answer", "tokenisation"
_NEVER = 2**31


class LengthLatencyParameters(Parameters):
    """Lengths and samples.

    Attributes:
        lengths: numbers of tokens of the texts, with what a recipe puts around them.
        samples: number of timed answers at each length.
        rounds: number of rounds of them, each with a warm-up of its own and all lengths in random order.
        warm_up: number of untimed answers at the beginning of a round.
    """

    lengths: Annotated[tuple[Annotated[int, Field(ge=1, le=100_000)], ...], Field(min_length=1)] = (32, 128, 512)
    samples: Annotated[int, Field(ge=1)] = 40
    rounds: Annotated[int, Field(ge=1)] = 4
    warm_up: Annotated[int, Field(ge=10)] = 10


class LengthLatency(Protocol[LengthLatencyParameters]):
    """Protocol that times the class of one text at a time at fixed lengths, interleaved with a reference workload.

    The time of an answer has the tokenisation in it, which is timed apart, too.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = LengthLatencyParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (LATENCY_P50, LATENCY_RATIO, TOKENISATION_P50)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the lengths that the subject does not read, then the times of each answer."""
        del splits
        classifier, settings, rng = subject.classifier(), self.parameters, np.random.default_rng(seed)
        questions: list[tuple[int, str]] = []
        for tokens in settings.lengths:
            try:
                questions += [
                    (tokens, sized_text(classifier.token_count, tokens, rng)) for _ in range(settings.samples)
                ]
            except NotMeasurableError as error:
                yield Observation(f"refused:{tokens}", {"length": tokens, "reason": str(error)})
        shuffled = [questions[place] for place in rng.permutation(len(questions))]
        steps = {
            _ANSWER: lambda question: classifier.answer(question[1]),
            _TOKENS: lambda question: classifier.token_count(question[1]),
        }
        for step, work in steps.items():
            samples = time_answers(
                subject,
                work,
                shuffled,
                rounds=settings.rounds,
                warm_up=settings.warm_up,
                reference_every=1 if step == _ANSWER else _NEVER,
            )
            for place, ((tokens, _), (number, sample)) in enumerate(zip(shuffled, samples, strict=True)):
                data = {"length": tokens, "step": step, "place": place, "round": number, "seconds": sample.seconds}
                yield Observation(f"{step}:{place}", {**data, "reference_seconds": sample.reference_seconds})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the medians at each length."""
        lengths = sorted({int(each.data["length"]) for each in observations})
        if not lengths:
            return [Measurement(metric, Estimate.not_measured("no answers")) for metric in self.metrics]
        ordered = sorted(observations, key=lambda each: int(each.data.get("place", 0)))
        return [
            measurement
            for length in lengths
            for measurement in self._at_length(length, [each for each in ordered if each.data["length"] == length])
        ]

    def _at_length(self, length: int, observations: Sequence[Observation]) -> list[Measurement]:
        part = f"{length} tokens"
        reasons = [each.data["reason"] for each in observations if "reason" in each.data]
        if reasons:
            return [Measurement(metric, Estimate.not_measured(reasons[0]), part) for metric in self.metrics]
        answers = _Times([each.data for each in observations if each.data["step"] == _ANSWER])
        tokens = _Times([each.data for each in observations if each.data["step"] == _TOKENS])
        return [
            attempt(LATENCY_P50, lambda: answers.median(LATENCY_P50.minimum_n), part),
            attempt(LATENCY_RATIO, lambda: answers.ratio(LATENCY_RATIO.minimum_n), part),
            attempt(TOKENISATION_P50, lambda: tokens.median(TOKENISATION_P50.minimum_n), part),
        ]


@dataclass(frozen=True)
class _Times:
    """Samples of one length and step in the order of time."""

    samples: Sequence[Mapping[str, Any]]

    def median(self, minimum_n: int) -> Estimate:
        return series_quantile(self._column("seconds"), self._series, 0.5, minimum_n=minimum_n)

    def ratio(self, minimum_n: int) -> Estimate:
        reference = self._column("reference_seconds")
        if np.isnan(reference).any():
            raise NotMeasurableError("no reference workload runs where answers are computed elsewhere")
        return metrics.ratio(self._column("seconds"), reference, minimum_n=minimum_n, series=self._series)

    @property
    def _series(self) -> Series:
        return Series(np.array([each["round"] for each in self.samples], dtype=np.intp))

    def _column(self, name: str) -> FloatArray:
        return np.array([each[name] for each in self.samples], dtype=np.float64)
