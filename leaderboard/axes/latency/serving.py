"""Serving: the protocol that times streamed answers of a server under load."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import (
    COST_PER_1000_REQUESTS,
    ITL_P99,
    OUTPUT_THROUGHPUT,
    REQUEST_P50,
    TPOT_P50,
    TPOT_P90,
    TTFT_P50,
    TTFT_P90,
)
from leaderboard.axes.latency.load_generation import under_load
from leaderboard.axes.latency.load_prompts import load_prompts
from leaderboard.axes.latency.streamed_answers import StreamedAnswers
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.streaming import Prices
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError

_SERVER = "model:server"
"""Id of the observation of the server instead of a request."""
_CACHED_SHARE = 0.05
"""Share of the tokens of prompts from a server's cache above which a note says so."""


class ServingParameters(Parameters):
    """Load on a server.

    Attributes:
        concurrency: number of requests at the same time.
        requests: number of timed requests.
        rounds: number of rounds of them; the interval of the throughput is over rounds.
        prompt_words: number of words of each prompt, each of which has one token or more.
        output_tokens: number of tokens of each answer.
    """

    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    requests: Annotated[int, Field(ge=1, le=100_000)] = 128
    rounds: Annotated[int, Field(ge=1)] = 4
    prompt_words: Annotated[int, Field(ge=1, le=100_000)] = 200
    output_tokens: Annotated[int, Field(ge=2, le=100_000)] = 64

    @model_validator(mode="after")
    def _rounds_reach_the_load(self) -> Self:
        if self.requests // self.rounds < self.concurrency:
            raise ValueError(
                f"{self.rounds} rounds of {self.requests} requests have fewer than {self.concurrency} each, so that "
                f"`concurrency` is never reached; write `requests: {self.rounds * self.concurrency}` or more"
            )
        return self


class Serving(Protocol[ServingParameters]):
    """Protocol that asks a server for streamed answers of one length, a number of them at the same time.

    Prompts are random words that the server has not seen, answers are decoded greedily to their full length. Every time
    begins when the request is sent over an open connection, and includes the network and the queue of the server.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.STREAM})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = ServingParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (
        TTFT_P50,
        TTFT_P90,
        TPOT_P50,
        TPOT_P90,
        ITL_P99,
        REQUEST_P50,
        OUTPUT_THROUGHPUT,
        COST_PER_1000_REQUESTS,
    )
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield how the server was asked, then the times and token counts of each answer."""
        del splits
        if Capability.WEIGHTS in subject.capabilities:
            raise NotMeasurableError(
                f"{subject.name} is on this machine and behind no server; task generation_latency times its tokens"
            )
        streamer, settings = subject.streamer(), self.parameters
        rng, tokens, concurrency = np.random.default_rng(seed), settings.output_tokens, settings.concurrency
        first, *others = load_prompts(1 + concurrency, settings.prompt_words, rng)
        with subject.quietly() as progress:
            streamer.stream(first, tokens)
            list(under_load(streamer, others, tokens, concurrency))  # opens the connections
            prices = streamer.prices
            server = {"prices": None if prices is None else asdict(prices), "remarks": list(streamer.remarks)}
            yield Observation(_SERVER, server)
            for number in range(settings.rounds):
                size = _round_size(settings, number)
                prompts = load_prompts(size, settings.prompt_words, rng)
                for place, sample in enumerate(under_load(streamer, prompts, tokens, concurrency)):
                    progress("streaming", 1, settings.requests)
                    data = {"round": number, "start": sample.start, **asdict(sample.answer)}
                    yield Observation(f"{number + 1}:{place + 1}", data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate quantiles of times, the throughput and the cost."""
        answers = self._answers(observations)
        prices = _server_of(observations).get("prices")
        return [
            attempt(TTFT_P50, lambda: answers.first_token(0.5, TTFT_P50.minimum_n)),
            attempt(TTFT_P90, lambda: answers.first_token(0.9, TTFT_P90.minimum_n)),
            attempt(TPOT_P50, lambda: answers.time_per_token(0.5, TPOT_P50.minimum_n)),
            attempt(TPOT_P90, lambda: answers.time_per_token(0.9, TPOT_P90.minimum_n)),
            attempt(ITL_P99, lambda: answers.gaps(0.99, ITL_P99.minimum_n)),
            attempt(REQUEST_P50, lambda: answers.whole(0.5, REQUEST_P50.minimum_n)),
            attempt(OUTPUT_THROUGHPUT, answers.throughput),
            attempt(COST_PER_1000_REQUESTS, lambda: answers.cost(None if prices is None else Prices(**prices), 1000)),
        ]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on what the times include, on lengths, and on a server's cache of prompts."""
        answers, remarks = self._answers(observations), _server_of(observations).get("remarks", ())
        cached = answers.cached_share
        load = f"{self.parameters.concurrency} request{'s' if self.parameters.concurrency > 1 else ''} at a time"
        notes = [
            f"{load}: times include the network, the server's queue and its batches of requests",
            f"prompts have {answers.prompt_length} tokens, answers {answers.answer_length} (medians)",
            *remarks,
        ]
        if cached > _CACHED_SHARE:
            notes.append(f"the server took {cached:.0%} of the tokens of prompts from its cache")
        return tuple(notes)

    def _answers(self, observations: Sequence[Observation]) -> StreamedAnswers:
        samples = [each.data for each in observations if each.example_id != _SERVER]
        return StreamedAnswers.of(samples, self.parameters.prompt_words, self.parameters.output_tokens)


def _round_size(settings: ServingParameters, number: int) -> int:
    """Return the number of requests of a round, all of which together have those of the parameters."""
    return (number + 1) * settings.requests // settings.rounds - number * settings.requests // settings.rounds


def _server_of(observations: Sequence[Observation]) -> Mapping[str, Any]:
    return next((each.data for each in observations if each.example_id == _SERVER), {})
