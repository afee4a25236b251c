"""The interface of log-likelihoods of continuations."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError

Request = tuple[str, str]
"""A context, which may be empty, and the continuation behind it."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Scores of the tokens of a continuation.

    Attributes:
        logprobs: natural-log probability of each token given all before it, shape (tokens,).
        greedy: Whether greedy decoding would choose the token, shape (tokens,).
    """

    logprobs: npt.NDArray[np.float32]
    greedy: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TokenStatistics:
    """Log-probability of each token of a text, and moments over the vocabulary in its place. Shapes (tokens,).

    Attributes:
        logprobs: log p of the token given those before it, in nats.
        mean: μ = Σ_v p_v log p_v over the vocabulary, the expected log-probability: minus the entropy, in nats.
        variance: σ² = Σ_v p_v log² p_v - μ², in nats².
    """

    logprobs: FloatArray
    mean: FloatArray
    variance: FloatArray


class Likelihood(ABC):
    """Log-likelihoods of continuations, in nats.

    A backend has to implement `token_scores` and `token_counts`; the other methods are computed from them, and may be
    overridden by faster ones.
    """

    @property
    def longest(self) -> int | None:
        """Maximum sequence length in tokens; None where it is unknown."""
        return None

    @abstractmethod
    def token_scores(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> list[TokenScores]:
        """Return the scores of each continuation's tokens, in the order of the requests.

        Args:
            requests: (context, continuation).
            work: Name of the work, for the progress display.
            remember: Whether to read and write the cache of answers.

        Raises:
            NotMeasurableError: when a continuation has no tokens of its own.
        """

    @abstractmethod
    def token_counts(self, requests: Sequence[Request]) -> list[int]:
        """Return the number of tokens of each request, context and continuation together.

        Raises:
            NotMeasurableError: when a continuation has no tokens of its own.
        """

    def loglikelihoods(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> FloatArray:
        """Log-likelihood of each continuation, shape (len(requests),); arguments as of `token_scores`."""
        scores = self.token_scores(requests, work=work, remember=remember)
        return np.array([score.logprobs.sum(dtype=np.float64) for score in scores], dtype=np.float64)

    def choices(
        self, questions: Sequence[tuple[str, Sequence[str]]], *, work: str = "choosing", remember: bool = True
    ) -> list[FloatArray]:
        """Log-likelihood of each choice behind each context: one array a question, shape (its choices,)."""
        requests = [(context, choice) for context, choices in questions for choice in choices]
        scores = self.loglikelihoods(requests, work=work, remember=remember)
        ends = np.cumsum([len(choices) for _, choices in questions], dtype=np.intp)
        return np.split(scores, ends)[:-1]

    def whole_texts(self, texts: Sequence[str], *, stride: int | None = None) -> FloatArray:
        """Log-likelihood of each whole text, which may be longer than the model reads; shape (len(texts),).

        Args:
            texts: of any length.
            stride: tokens that each window predicts behind the first one, at most as many as the model reads; by
                default as many. It changes nothing for a text that the model reads at once.

        Raises:
            NotMeasurableError: from a backend that reads no text without a context.
        """
        del texts, stride
        raise NotMeasurableError("its backend gives no log-likelihood of whole texts")

    def token_statistics(self, texts: Sequence[str]) -> list[TokenStatistics] | None:
        """Return the statistics of each token of each text; None from a backend that gives no whole distributions.

        A text longer than the model reads is cut on the right. A text without tokens has none here either.

        Raises:
            NotMeasurableError: when no token exists to stand before the first.
        """
        del texts
        return None

    def prompt_length(self, prompt: str) -> int | None:
        """Return the number of tokens of a prompt; None where it is unknown."""
        del prompt
        return None
