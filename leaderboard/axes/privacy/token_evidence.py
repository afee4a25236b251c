"""Token evidence: what an attacker has of texts that a causal model may have been trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from leaderboard.axes.privacy.attacks.evidence import AttackEvidence
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.likelihood import Likelihood, TokenStatistics
from leaderboard.errors import NotMeasurableError

_WORK = "reading texts"


def token_evidence(likelihood: Likelihood, texts: Sequence[str], source: str) -> AttackEvidence:
    """Return the mean loss of the tokens of each text, in nats, and the statistics of its tokens.

    Args:
        likelihood: log-likelihoods of the attacked model.
        texts: texts that the model reads at once; see `readable`.
        source: name of the model, for messages.

    Raises:
        NotMeasurableError: for a text without tokens, or a log-probability that is not finite.
    """
    statistics = likelihood.token_statistics(texts)
    if statistics is None:
        scores = likelihood.token_scores([("", text) for text in texts], work=_WORK)
        statistics = [_without_moments(each.logprobs) for each in scores]
    if not all(len(each.logprobs) for each in statistics):
        raise NotMeasurableError("a text without tokens has no score")
    means = [float(require_finite(each.logprobs, source).mean()) for each in statistics]
    return AttackEvidence(texts=texts, losses=-np.array(means, dtype=np.float64), tokens=statistics)


def readable(likelihood: Likelihood, text: str) -> str:
    """Return the beginning of a text that the model reads at once, so that all scores are of the same text."""
    longest = likelihood.longest
    while longest and (length := likelihood.prompt_length(text) or 0) > longest:
        text = text[: max(1, min(len(text) - 1, len(text) * longest // length))]
    return text


def _without_moments(logprobs: Any) -> TokenStatistics:
    nothing = np.empty(0)
    return TokenStatistics(np.asarray(logprobs, dtype=np.float64), nothing, nothing)
