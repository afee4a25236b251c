"""Estimates from streamed answers of a server, each withheld where the answers do not show it.

Times of tokens need answers whose tokens arrive one by one. Times and costs of whole answers need answers of the length
that was requested.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.streaming import Prices
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.autocorrelation import Series, ratio_of_sums, series_quantile
from leaderboard.stats.estimate import Estimate

_SINGLE = 0.9
"""Network reads per token of an answer whose tokens arrive one by one; some tokens are parts of a character."""
_ALLOWED = 0.05
"""Share of answers of another form that is left out; with more of them nothing is measured."""
_COUNTS = "the server does not say how many tokens {} (`usage.{}`; asked for with `stream_options.include_usage`)"


@dataclass(frozen=True)
class StreamedAnswers:
    """Streamed answers in the order of their rounds and requests.

    Attributes:
        samples: data of each answer, as `Serving` observes it.
        prompt_words: number of words of each prompt.
        output_tokens: number of tokens that each answer was to have.
    """

    samples: Sequence[Mapping[str, Any]]
    prompt_words: int
    output_tokens: int

    @classmethod
    def of(cls, samples: Sequence[Mapping[str, Any]], prompt_words: int, output_tokens: int) -> Self:
        """Return answers sorted by their round and the time of their request."""
        ordered = sorted(samples, key=lambda sample: (sample["round"], sample["start"]))
        return cls(ordered, prompt_words, output_tokens)

    def first_token(self, q: float, minimum_n: int) -> Estimate:
        """Return a quantile of the times to the first token, in seconds.

        Raises:
            NotMeasurableError: when tokens arrive together, so that the first one cannot be timed.
        """
        chosen = self._streamed
        return _quantile([sample["arrivals"][0] for sample in chosen], chosen, q, minimum_n)

    def time_per_token(self, q: float, minimum_n: int) -> Estimate:
        """Return a quantile of the times per token after the first: (last - first) / (tokens - 1), in seconds.

        Raises:
            NotMeasurableError: when tokens arrive together or are not counted.
        """
        self._require_counts("an answer has", "completion_tokens")
        chosen = [sample for sample in self._streamed if sample["completion_tokens"] > 1]
        if not chosen:
            raise NotMeasurableError("no answer has a second token")
        times = [
            (sample["arrivals"][-1] - sample["arrivals"][0]) / (sample["completion_tokens"] - 1) for sample in chosen
        ]
        return _quantile(times, chosen, q, minimum_n)

    def gaps(self, q: float, minimum_n: int) -> Estimate:
        """Return a quantile of the times between successive tokens of all answers, in seconds.

        Raises:
            NotMeasurableError: when tokens arrive together or are not counted.
        """
        self._require_counts("an answer has", "completion_tokens")
        chosen = self._streamed
        gaps = np.concatenate([np.diff(sample["arrivals"]) for sample in chosen])
        ends = np.concatenate([np.add(sample["arrivals"][1:], sample["start"]) for sample in chosen])
        rounds = np.repeat(_rounds(chosen), [len(sample["arrivals"]) - 1 for sample in chosen])
        order = np.lexsort((ends, rounds))
        return series_quantile(gaps[order], Series(rounds[order]), q, minimum_n=minimum_n)

    def whole(self, q: float, minimum_n: int) -> Estimate:
        """Return a quantile of the times of whole answers, in seconds.

        Raises:
            NotMeasurableError: when answers have another length than was requested.
        """
        chosen = self._full
        return _quantile([sample["seconds"] for sample in chosen], chosen, q, minimum_n)

    def throughput(self) -> Estimate:
        """Return the output tokens per second: those of each round divided by its time, from first request to last end.

        Raises:
            NotMeasurableError: when answers have another length than was requested.
        """
        self._require_full()
        rounds = _rounds(self.samples)
        tokens, seconds = [], []
        for number in np.unique(rounds):
            part = [sample for sample in self.samples if sample["round"] == number]
            tokens.append(sum(sample["completion_tokens"] for sample in part))
            begin = min(sample["start"] for sample in part)
            seconds.append(max(sample["start"] + sample["seconds"] for sample in part) - begin)
        one_series = Series(np.zeros(len(tokens), dtype=np.intp))
        return ratio_of_sums(np.array(tokens, dtype=np.float64), np.array(seconds), one_series)

    def cost(self, prices: Prices | None, requests: int) -> Estimate:
        """Return the mean cost of a number of requests, in the currency of the prices.

        Args:
            prices: per million tokens; None where they are unknown.
            requests: number of requests.

        Raises:
            NotMeasurableError: without prices or counts, or when answers have another length than was requested.
        """
        if prices is None:
            raise NotMeasurableError(
                "the prices of the server are unknown; set LEADERBOARD_SERVER_PROMPT_PRICE and "
                "LEADERBOARD_SERVER_COMPLETION_PRICE, in USD per million tokens"
            )
        self._require_counts("a prompt has", "prompt_tokens")
        chosen = self._full
        costs: FloatArray = np.array(
            [
                (sample["prompt_tokens"] * prices.prompt + sample["completion_tokens"] * prices.completion) / 1e6
                for sample in chosen
            ]
        )
        return ratio_of_sums(costs * requests, np.ones(len(costs)), Series(_rounds(chosen)))

    @property
    def prompt_length(self) -> str:
        """Median number of tokens of prompts, as text."""
        return self._median("prompt_tokens")

    @property
    def answer_length(self) -> str:
        """Median number of tokens of answers, as text."""
        return self._median("completion_tokens")

    @property
    def cached_share(self) -> float:
        """Share of the tokens of prompts that the server took from a cache."""
        total = sum(sample["prompt_tokens"] or 0 for sample in self.samples)
        return sum(sample["cached_tokens"] for sample in self.samples) / total if total else 0.0

    @cached_property
    def _streamed(self) -> Sequence[Mapping[str, Any]]:
        """Answers whose tokens arrive one by one.

        Raises:
            NotMeasurableError: when others are more than a few.
        """
        self._require_prompts()
        chosen = [
            sample for sample in self.samples if len(sample["arrivals"]) >= max(1, _SINGLE * self._length(sample))
        ]
        if len(chosen) >= (1 - _ALLOWED) * len(self.samples):
            return chosen
        if any(sample["completion_tokens"] is None for sample in self.samples):
            raise NotMeasurableError(
                f"{_COUNTS.format('an answer has', 'completion_tokens')}, and fewer than {self.output_tokens} parts of "
                "an answer arrive: tokens arrive together, or answers end early"
            )
        parts = np.median([len(sample["arrivals"]) for sample in self.samples])
        raise NotMeasurableError(
            f"tokens arrive together in {len(self.samples) - len(chosen)} of {len(self.samples)} answers: "
            f"{self.answer_length} tokens in {parts:.0f} parts (medians), so that single tokens cannot be timed"
        )

    @cached_property
    def _full(self) -> Sequence[Mapping[str, Any]]:
        """Answers of the length that was requested; errors as of `_require_full`."""
        self._require_full()
        return [sample for sample in self.samples if sample["completion_tokens"] == self.output_tokens]

    def _require_full(self) -> None:
        """Require that almost all answers have the length that was requested.

        Raises:
            NotMeasurableError: when more than a few have another one, or tokens are not counted.
        """
        self._require_prompts()
        self._require_counts("an answer has", "completion_tokens")
        others = sum(sample["completion_tokens"] != self.output_tokens for sample in self.samples)
        if others > _ALLOWED * len(self.samples):
            raise NotMeasurableError(
                f"{others} of {len(self.samples)} answers have another length than {self.output_tokens} tokens (median "
                f"{self.answer_length}): the server ends them early or ignores `max_tokens`, so that whole answers do "
                "not compare"
            )

    def _require_prompts(self) -> None:
        """Require that the server read whole prompts.

        Raises:
            NotMeasurableError: without an answer, or when a prompt has fewer tokens than words.
        """
        if not self.samples:
            raise NotMeasurableError("no answers")
        fewest = min(
            (each["prompt_tokens"] for each in self.samples if each["prompt_tokens"] is not None), default=None
        )
        if fewest is not None and fewest < self.prompt_words:
            raise NotMeasurableError(
                f"the server read {fewest} tokens of a prompt of {self.prompt_words} words: it cuts prompts off; raise "
                "its context length"
            )

    def _require_counts(self, whose: str, name: str) -> None:
        if any(sample[name] is None for sample in self.samples):
            raise NotMeasurableError(_COUNTS.format(whose, name))

    def _length(self, sample: Mapping[str, Any]) -> int:
        tokens: int | None = sample["completion_tokens"]
        return self.output_tokens if tokens is None else tokens

    def _median(self, name: str) -> str:
        counts = [sample[name] for sample in self.samples if sample[name] is not None]
        return f"{np.median(counts):.0f}" if counts else "an unknown number of"


def _rounds(samples: Sequence[Mapping[str, Any]]) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.array([sample["round"] for sample in samples], dtype=np.intp)


def _quantile(values: Sequence[float], samples: Sequence[Mapping[str, Any]], q: float, minimum_n: int) -> Estimate:
    return series_quantile(np.array(values, dtype=np.float64), Series(_rounds(samples)), q, minimum_n=minimum_n)
