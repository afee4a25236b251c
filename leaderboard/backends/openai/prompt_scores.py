"""Scores of the tokens of a prompt, and the boundary between context and continuation in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.backends.likelihood import Request, TokenScores
from leaderboard.errors import NotMeasurableError


@dataclass(frozen=True, slots=True)
class PromptScores:
    """Scores of all tokens of one prompt.

    Attributes:
        texts: text of each token as the server writes it; None where it does not say.
        logprobs: log-probability of each token; None where the server gives none, as for the first one.
        greedy: whether greedy decoding would choose the token.
    """

    texts: Sequence[str | None]
    logprobs: Sequence[float | None]
    greedy: Sequence[bool]

    def behind(self, start: int) -> TokenScores:
        """Return the scores of the tokens from a position on.

        Raises:
            NotMeasurableError: for a token without a log-probability.
        """
        logprobs = self.logprobs[start:]
        missing = [number for number, value in enumerate(logprobs, start) if value is None]
        if missing:
            raise NotMeasurableError(
                f"the server gives no log-probability of token {missing[0] + 1} of {len(self.logprobs)}"
            )
        return TokenScores(np.array(logprobs, dtype=np.float32), np.array(self.greedy[start:], dtype=np.bool_))


def moved_space(request: Request) -> Request:
    """Return a request whose white space at the end of the context belongs to the continuation, as in lm-eval."""
    context, continuation = request
    head = context.rstrip()
    return head, context[len(head) :] + continuation


def aligned_boundary(texts: Sequence[str | None], continuation: str) -> int | None:
    """Return the position from which the texts of the tokens are exactly the continuation; None where there is none.

    A continuation that begins inside a token has none, neither has one with a character of several tokens, whose parts
    servers write as `�`, nor one behind a token without text, which may belong to either side.
    """
    rest = continuation
    for position in range(len(texts) - 1, -1, -1):
        text = texts[position]
        if not text or not rest.endswith(text):
            return None
        rest = rest[: len(rest) - len(text)]
        if not rest:
            return position if position == 0 or texts[position - 1] != "" else None
    return None
