"""Log-likelihoods of continuations from a server."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.likelihood import Likelihood, Request, TokenScores
from leaderboard.backends.openai.answering import Questions
from leaderboard.backends.openai.scorers import Scorer
from leaderboard.cache.answer_file import Float32Array

SCORES = "scores"
"""Kind of a question for the log-probabilities of a continuation."""


class ServedLikelihood(Likelihood):
    """Log-likelihoods that a server computes; an answer is kept as its number of tokens, then scores and flags."""

    def __init__(self, questions: Questions, scorer: Scorer, longest: int | None) -> None:
        """Create the log-likelihoods of a model.

        Args:
            questions: asks the server.
            scorer: way of asking for one request.
            longest: maximum sequence length in tokens; None where it is unknown.
        """
        self._questions = questions
        self._scorer = scorer
        self._longest = longest

    @property
    def longest(self) -> int | None:
        """Maximum sequence length in tokens; None where it is unknown."""
        return self._longest

    def token_scores(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> list[TokenScores]:
        """Return the scores of each continuation's tokens; see `Likelihood.token_scores`."""
        answers = self._questions.ask(SCORES, requests, self._score, work=work, remember=remember)
        return [_scores(answer) for answer in answers]

    def token_counts(self, requests: Sequence[Request]) -> list[int]:
        """Return the number of tokens of each request; see `Likelihood.token_counts`."""
        answers = self._questions.ask("counts", requests, self._count, work="counting tokens")
        return [int(answer[0]) for answer in answers]

    def whole_texts(self, texts: Sequence[str], *, stride: int | None = None) -> FloatArray:
        """Log-likelihood of each whole text that the model reads at once, shape (len(texts),); 0 for an empty one.

        Raises:
            NotMeasurableError: for a longer text, or where no token starts a text without context.
        """
        del stride  # a text that is read at once has one window
        requests: list[Request] = [("", text) for text in texts if text]
        scores = iter(self.loglikelihoods(requests, work="reading documents"))
        return np.array([next(scores) if text else 0.0 for text in texts], dtype=np.float64)

    def _score(self, request: Request) -> Float32Array:
        scored = self._scorer.score(request)
        values = (np.array([scored.tokens]), scored.scores.logprobs, scored.scores.greedy)
        return np.concatenate([np.asarray(value, dtype=np.float32) for value in values])

    def _count(self, request: Request) -> Float32Array:
        return np.array([self._scorer.count(request)], dtype=np.float32)


def _scores(answer: Float32Array) -> TokenScores:
    logprobs, greedy = np.split(answer[1:], 2)
    return TokenScores(logprobs, greedy.astype(np.bool_))
