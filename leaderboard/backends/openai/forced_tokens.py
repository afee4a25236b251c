"""Scores by forced tokens: the way to log-probabilities of given tokens on a server of llama.cpp.

It scores the tokens that it writes, not those of its prompt, but tokenises texts, reads tokens as a prompt, and reports
the log-probability that the model itself gives to a token that a bias made it write. So each token of a continuation is
one request behind the tokens before it, which the server has in its cache.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leaderboard.backends.likelihood import Request, TokenScores
from leaderboard.backends.openai.answer_fields import logprob, token_list
from leaderboard.backends.openai.prompt_scores import moved_space
from leaderboard.backends.openai.scorers import Scored, Scorer, no_own_token
from leaderboard.errors import NotMeasurableError

_WHOLE = "a"
"""A text whose token is a whole character."""
_ALL = 1_000_000
"""More tokens than a vocabulary has."""
FORCE = 1e6
"""Bias that makes a token the likeliest: logits differ by less than a thousand."""


class ForcedTokenScorer(Scorer):
    """A scorer that makes a server of llama.cpp write each token of a continuation."""

    def score(self, request: Request) -> Scored:
        """Score one request; see `Scorer.score`."""
        before, tokens = self._pair(request)
        logprobs, greedy = [], []
        for number, token in enumerate(tokens):
            value, likeliest = self.forced([*before, *tokens[:number]], token)
            logprobs.append(value)
            greedy.append(likeliest)
        scores = TokenScores(np.array(logprobs, dtype=np.float32), np.array(greedy, dtype=np.bool_))
        return Scored(len(before) + len(tokens), scores)

    def count(self, request: Request) -> int:
        """Return the number of tokens of a request; see `Scorer.count`."""
        before, tokens = self._pair(request)
        return len(before) + len(tokens)

    def forced(self, prompt: Sequence[int], token: int) -> tuple[float, bool]:
        """Return the log-probability of a token behind others, and whether it is the likeliest there.

        Raises:
            NotMeasurableError: If the server does not give it.
        """
        position = self._written(prompt, token, 1)
        if position is None:  # the token ends inside a character: its text waits for the rest, and so does its number
            return self._of_all(prompt, token)
        value = logprob(position.get("logprob"))
        if position.get("id") != token or value is None:
            raise NotMeasurableError(f"the server gives no log-probability of token {token}")
        return value, _ids(position)[:1] == [token]

    def _of_all(self, prompt: Sequence[int], token: int) -> tuple[float, bool]:
        """Return the same from the log-probabilities of all tokens behind a prompt, a large answer."""
        position = self._written(prompt, self.encode(_WHOLE, special=False)[0], _ALL) or {}
        ids = _ids(position)
        if token in ids:
            index = ids.index(token)
            value = logprob(position["top_logprobs"][index].get("logprob"))
            if value is not None:
                return value, index == 0
        raise NotMeasurableError(f"the server gives no log-probability of token {token}, a part of a character")

    def _written(self, prompt: Sequence[int], token: int, likeliest: int) -> dict[str, Any] | None:
        """Return what the server tells of the token that it is forced to write; None where it tells nothing.

        Args:
            prompt: tokens.
            token: to write.
            likeliest: number of likeliest tokens that it lists with their log-probabilities.
        """
        request = {"prompt": list(prompt), "n_predict": 1, "n_probs": likeliest, "temperature": 0, "cache_prompt": True}
        answer = self.connection.post("//completion", {**request, "logit_bias": [[token, FORCE]]}).content
        positions = answer.get("completion_probabilities") if isinstance(answer, dict) else None
        return positions[0] if isinstance(positions, list) and positions and isinstance(positions[0], dict) else None

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Tokenise a text, with the special tokens that belong in front of texts or without them.

        Raises:
            ServerFailureError: for another answer than tokens.
        """
        return token_list(self.connection.post("//tokenize", {"content": text, "add_special": special}).content)

    def _pair(self, request: Request) -> tuple[list[int], list[int]]:
        """Return the tokens of the context and of the continuation, by the rules of `engine.tokenisation`."""
        context, continuation = moved_space(request)
        if context:
            special = not (self.first_token and context.startswith(self.first_token))
            before = self.encode(context, special=special)
            tokens = self.encode(context + continuation, special=special)[len(before) :]
        else:
            before = self.encode(self.first_token, special=False) if self.first_token else []
            tokens = self.encode(continuation, special=False)
            if len(before) != 1:
                raise NotMeasurableError("the server does not say which token starts a text without a context")
            if tokens[:1] == before:
                tokens = tokens[1:]
        if not tokens:
            raise no_own_token(request)
        return before, tokens


def _ids(position: Mapping[str, Any]) -> list[object]:
    """Return the likeliest tokens of a position, likeliest first."""
    top = position.get("top_logprobs")
    return [each.get("id") for each in top if isinstance(each, dict)] if isinstance(top, list) else []
