"""Generation latency: the protocol that times the first token and the further ones of one text at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import ITL_P99, REQUEST_P50, TPOT_P50, TPOT_P90, TTFT_P50, TTFT_P90
from leaderboard.axes.latency.load_prompts import load_prompts
from leaderboard.axes.latency.streamed_answers import StreamedAnswers
from leaderboard.axes.latency.timing import without_garbage_collection
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.streaming import Streamer
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate

_REFUSED = "refused:"
"""Prefix of the ids of observations of lengths that the subject does not read."""


class GenerationLatencyParameters(Parameters):
    """Prompts and texts.

    Attributes:
        prompt_words: lengths of the prompts in words, each of which has one token or more.
        output_tokens: number of tokens of each text.
        samples: number of texts at each length, in rounds that go over all lengths in random order.
        warm_up: number of texts at each length that are not timed.
    """

    prompt_words: Annotated[tuple[Annotated[int, Field(ge=1, le=100_000)], ...], Field(min_length=1)] = (32, 128, 512)
    output_tokens: Annotated[int, Field(ge=2, le=100_000)] = 16
    samples: Annotated[int, Field(ge=1, le=100_000)] = 40
    warm_up: Annotated[int, Field(ge=1)] = 2


class GenerationLatency(Protocol[GenerationLatencyParameters]):
    """Protocol that times generated texts token by token, one text at a time, at several lengths of the prompt.

    Prompts are random words that no cache has seen, and texts are decoded greedily to their full length. The subject
    is a causal model, an encoder-decoder, or a server that streams; times of the latter include the network.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.STREAM})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = GenerationLatencyParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (TTFT_P50, TTFT_P90, TPOT_P50, TPOT_P90, ITL_P99, REQUEST_P50)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the lengths that the subject does not read, then the times of each text."""
        del splits
        streamer, settings, rng = subject.streamer(), self.parameters, np.random.default_rng(seed)
        with subject.quietly() as progress, without_garbage_collection():
            refusals = {words: _warm_up(streamer, words, settings, rng) for words in settings.prompt_words}
            for words, reason in refusals.items():
                if reason:
                    yield Observation(f"{_REFUSED}{words}", {"words": words, "reason": reason})
            lengths = [words for words, reason in refusals.items() if not reason]
            for number in range(settings.samples):
                for words in rng.permutation(lengths).tolist():
                    answer = streamer.stream(load_prompts(1, words, rng)[0], settings.output_tokens)
                    progress("writing", 1, settings.samples * len(lengths))
                    # Answers at one length follow each other, so that all of them are one series.
                    data = {"words": words, "round": 0, "start": number, **asdict(answer)}
                    yield Observation(f"{words}:{number}", {**data, "arrivals": list(answer.arrivals)})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the quantiles of the times at each length of the prompt."""
        ordered = sorted(observations, key=lambda each: int(each.data["words"]))
        parts = {words: list(each) for words, each in groupby(ordered, key=lambda each: int(each.data["words"]))}
        if not parts:
            return [Measurement(metric, Estimate.not_measured("no answers")) for metric in self.metrics]
        return [each for words, part in parts.items() for each in self._at_length(words, part)]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note with the lengths in tokens."""
        timed: dict[int, list[Observation]] = {}
        for each in observations:
            if not each.example_id.startswith(_REFUSED):
                timed.setdefault(int(each.data["words"]), []).append(each)
        tokens = [f"{words} words: {self._answers(words, part).prompt_length}" for words, part in sorted(timed.items())]
        return (f"tokens of a prompt (medians): {', '.join(tokens)}",) if tokens else ()

    def _at_length(self, words: int, observations: Sequence[Observation]) -> list[Measurement]:
        part = f"{words} words"
        reasons = [each.data["reason"] for each in observations if "reason" in each.data]
        if reasons:
            return [Measurement(metric, Estimate.not_measured(reasons[0]), part) for metric in self.metrics]
        answers = self._answers(words, observations)
        quantiles = {
            TTFT_P50: partial(answers.first_token, 0.5),
            TTFT_P90: partial(answers.first_token, 0.9),
            TPOT_P50: partial(answers.time_per_token, 0.5),
            TPOT_P90: partial(answers.time_per_token, 0.9),
            ITL_P99: partial(answers.gaps, 0.99),
            REQUEST_P50: partial(answers.whole, 0.5),
        }
        return [attempt(metric, partial(times, metric.minimum_n), part) for metric, times in quantiles.items()]

    def _answers(self, words: int, observations: Sequence[Observation]) -> StreamedAnswers:
        return StreamedAnswers.of([each.data for each in observations], words, self.parameters.output_tokens)


def _warm_up(streamer: Streamer, words: int, settings: GenerationLatencyParameters, rng: np.random.Generator) -> str:
    """Return why the subject does not read prompts of a length; empty where it does."""
    try:
        for prompt in load_prompts(settings.warm_up, words, rng):
            streamer.stream(prompt, settings.output_tokens)
    except NotMeasurableError as error:
        return str(error)
    return ""
