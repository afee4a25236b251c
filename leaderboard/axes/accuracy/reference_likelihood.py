"""Reference likelihood: perplexity and coherence of texts under a causal model that did not write them."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy.sentences import sentences_of
from leaderboard.backends.likelihood import Likelihood

ORDERS = 4
"""Largest number of other orders of a text's sentences."""


def token_sums(likelihood: Likelihood, texts: Sequence[str]) -> list[tuple[float, int]]:
    """Return the log-likelihood of each text in nats, and its number of tokens; (0, 0) for a text without words."""
    at = [index for index, text in enumerate(texts) if text.strip()]
    scores = likelihood.token_scores([("", texts[index]) for index in at], work="reading texts")
    sums: list[tuple[float, int]] = [(0.0, 0)] * len(texts)
    for index, score in zip(at, scores, strict=True):
        sums[index] = float(score.logprobs.sum(dtype=np.float64)), len(score.logprobs)
    return sums


def perplexity_of_sums(sums: FloatArray) -> FloatArray:
    """Return exp(-log-likelihood / tokens) of sums of `token_sums`, shape (m, 2) to (m,)."""
    perplexity: FloatArray = np.exp(-sums[:, 0] / sums[:, 1])
    return perplexity


def other_orders(sentences: Sequence[str], rng: np.random.Generator) -> list[list[str]]:
    """Return at most `ORDERS` different random orders of sentences, none of which reads as the given one."""
    drawn = (rng.permutation(len(sentences)) for _ in range(4 * ORDERS))
    orders = dict.fromkeys(tuple(sentences[at] for at in order) for order in drawn)
    orders.pop(tuple(sentences), None)
    return [list(order) for order in list(orders)[:ORDERS]]


def coherences(likelihood: Likelihood, texts: Sequence[str], *, seed: int) -> list[float | None]:
    """Return the share of other orders of each text's sentences that are less likely than its own; ties are half.

    It is None for a text of less than two sentences, and .5, which is chance, for one that repeats a single sentence.
    Every order has the same sentences, so that neither length nor wording matters.

    Args:
        likelihood: log-likelihoods of a causal model.
        texts: shape (n,).
        seed: seed of the orders; the orders of a text do not depend on the other texts.
    """
    groups = []
    for text in texts:
        sentences = sentences_of(text)
        rng = np.random.default_rng([seed, *"\n".join(sentences).encode()])
        groups.append([sentences, *other_orders(sentences, rng)] if len(sentences) > 1 else [])
    requests = [("", " ".join(order)) for group in groups if len(group) > 1 for order in group]
    scores = iter(likelihood.loglikelihoods(requests, work="comparing orders").tolist())
    values: list[float | None] = []
    for group in groups:
        if len(group) < 2:  # noqa: PLR2004 - the own order and another
            values.append(0.5 if group else None)
            continue
        own, *others = [next(scores) for _ in group]
        values.append(float(np.mean([(own > other) + 0.5 * (own == other) for other in others])))
    return values
