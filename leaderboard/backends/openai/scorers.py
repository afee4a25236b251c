"""Scorers, which ask a server for the log-probabilities of continuations."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.backends.likelihood import Request, TokenScores
from leaderboard.backends.openai.answer_fields import list_of, logprob, only_choice, prompt_tokens, token_list
from leaderboard.backends.openai.connection import Connection
from leaderboard.backends.openai.prompt_scores import PromptScores, aligned_boundary, moved_space
from leaderboard.backends.openai.server_errors import ServerRefusalError
from leaderboard.errors import NotMeasurableError


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored request.

    Attributes:
        tokens: number of tokens of context and continuation.
        scores: of the tokens of the continuation.
    """

    tokens: int
    scores: TokenScores


@dataclass(frozen=True, slots=True)
class ServedModelName:
    """Names of a model on its server.

    Attributes:
        requested: name in requests.
        answering: name in answers; empty where it is unknown.
    """

    requested: str
    answering: str = ""


class Scorer(ABC):
    """One way of asking a server for log-probabilities, used by several threads."""

    def __init__(
        self, connection: Connection, name: ServedModelName, *, beginning: Sequence[str] = (), first_token: str = ""
    ) -> None:
        """Create a scorer; nothing is sent.

        Args:
            connection: to the server.
            name: of the model.
            beginning: texts of the special tokens that the server puts before every text.
            first_token: text of the token in front of a text without context; empty where it is unknown.
        """
        self.connection = connection
        self.name = name
        self.beginning = tuple(beginning)
        self.first_token = first_token

    @abstractmethod
    def score(self, request: Request) -> Scored:
        """Score one request, tokenised by the rules of lm-evaluation-harness (`engine.tokenisation`).

        Raises:
            NotMeasurableError: when the continuation has no tokens of its own, or no log-probabilities.
            SourceUnavailableError: when the server fails.
        """

    @abstractmethod
    def count(self, request: Request) -> int:
        """Return the number of tokens of a request; errors as of `score`."""


class PromptScorer(Scorer):
    """A scorer for servers that score all tokens of a prompt, which they tokenise themselves."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._texts_alone: dict[str, tuple[str | None, ...]] = {}
        self._lock = threading.Lock()

    @abstractmethod
    def read(self, prompt: str | list[int]) -> PromptScores:
        """Return the scores of the tokens of a prompt, a text or tokens; errors as of `score`."""

    def score(self, request: Request) -> Scored:
        """Score one request; see `Scorer.score`."""
        context, continuation = moved_space(request)
        if not continuation:
            raise no_own_token(request)
        start, scores = self._behind(context, continuation) if context else self._from_the_start(continuation)
        if start >= len(scores.logprobs):
            raise no_own_token(request)
        return Scored(len(scores.logprobs), scores.behind(start))

    def count(self, request: Request) -> int:
        """Return the number of tokens of a request; see `Scorer.count`."""
        return self.score(request).tokens

    def _behind(self, context: str, continuation: str) -> tuple[int, PromptScores]:
        """Return the scores of a request's tokens, and the position of the first one of the continuation.

        A continuation that begins inside a token of the whole text is scored behind the tokens of the context alone, as
        lm-evaluation-harness does; that needs a server which tokenises texts.
        """
        scores = self.read(context + continuation)
        start = aligned_boundary(scores.texts, continuation)
        if start is not None:
            return start, scores
        alone = self._texts_of(context)
        if tuple(scores.texts[: len(alone)]) == alone:
            return len(alone), scores
        try:
            before = self._encode(context)
            whole = self._encode(context + continuation)
        except ServerRefusalError as error:
            raise NotMeasurableError(
                f"the continuation {continuation!r} begins inside a token, and the server tokenises no texts: {error}"
            ) from None
        if len(whole) <= len(before):
            return len(before), PromptScores((), (), ())
        return len(before), self.read([*before, *whole[len(before) :]])

    def _from_the_start(self, text: str) -> tuple[int, PromptScores]:
        if self.beginning:
            return len(self.beginning), self.read(text)
        if not self.first_token:
            raise NotMeasurableError(
                "a text without a context needs a token in front of its first one; the server neither puts one there "
                "nor names it\n  Set LEADERBOARD_SERVER_FIRST_TOKEN to the model's BOS (else EOS) token, such as <s>"
            )
        scores = self.read(self.first_token + text)
        if scores.texts[0] not in {self.first_token, None} or len(self._texts_of(self.first_token)) != 1:
            raise NotMeasurableError(f"LEADERBOARD_SERVER_FIRST_TOKEN: {self.first_token!r} is no token of the model")
        return 1, scores

    def _texts_of(self, text: str) -> tuple[str | None, ...]:
        """Return the texts of the tokens of a text alone."""
        with self._lock:
            texts = self._texts_alone.get(text)
        if texts is None:
            texts = tuple(self.read(text).texts)
            with self._lock:
                self._texts_alone[text] = texts
        return texts

    def _encode(self, text: str) -> list[int]:
        content = self.connection.post("//tokenize", {"model": self.name.requested, "prompt": text}).content
        return token_list(content)


def no_own_token(request: Request) -> NotMeasurableError:
    """Return the error of a continuation that adds no token to its context."""
    return NotMeasurableError(f"the continuation {request[1]!r} adds no token of its own")


class EchoScorer(PromptScorer):
    """A scorer for completions that repeat their prompt with log-probabilities (`echo`)."""

    def read(self, prompt: str | list[int]) -> PromptScores:
        """Return the scores of the tokens of a prompt; see `PromptScorer.read`."""
        request = {"prompt": prompt, "max_tokens": 1, "temperature": 0, "echo": True, "logprobs": 1}
        answer = self.connection.post("/completions", {"model": self.name.requested, **request})
        choice = only_choice(answer, self.name.answering)
        fields = choice.get("logprobs")
        # The token behind the prompt may be there, or not: which ones are the prompt's is what `usage` says.
        length = prompt_tokens(answer)
        fields = fields if isinstance(fields, dict) else {}
        texts = list_of(fields.get("tokens"), length)
        logprobs = list_of(fields.get("token_logprobs"), length)
        likeliest = list_of(fields.get("top_logprobs"), length)
        if texts is None or logprobs is None or likeliest is None:
            raise NotMeasurableError("the server's answer has no `logprobs` of the tokens of its prompt")
        return PromptScores(
            [text if isinstance(text, str) else None for text in texts],
            [logprob(value) for value in logprobs],
            [_is_greedy(value, top) for value, top in zip(logprobs, likeliest, strict=True)],
        )


class PromptLogprobScorer(PromptScorer):
    """A scorer for completions with `prompt_logprobs`, a field of vLLM."""

    def read(self, prompt: str | list[int]) -> PromptScores:
        """Return the scores of the tokens of a prompt; see `PromptScorer.read`."""
        request = {"prompt": prompt, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 1}
        answer = self.connection.post("/completions", {"model": self.name.requested, **request})
        positions = only_choice(answer, self.name.answering).get("prompt_logprobs")
        if not isinstance(positions, list) or len(positions) != prompt_tokens(answer):
            raise NotMeasurableError("the server's answer has no `prompt_logprobs` of the tokens of its prompt")
        tokens = [_own_token(position) for position in positions]
        return PromptScores(
            [token.get("decoded_token") for token in tokens],
            [logprob(token.get("logprob")) for token in tokens],
            [token.get("rank") == 1 for token in tokens],
        )


def _own_token(position: object) -> dict[str, Any]:
    """Return the entry of the prompt's own token, which is the first; the likeliest one follows."""
    if not isinstance(position, dict) or not position:
        return {}
    entry = next(iter(position.values()))
    return entry if isinstance(entry, dict) else {}


def _is_greedy(value: object, top: object) -> bool:
    own = logprob(value)
    others = [logprob(each) for each in top.values()] if isinstance(top, dict) else []
    return own is not None and all(other is None or own >= other for other in others)
