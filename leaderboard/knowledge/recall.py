"""Recall: how often the facts that answer a question are found."""

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate


def recall_at_k(found: Sequence[Sequence[Hashable]], gold: Sequence[Collection[Hashable]], k: int) -> Estimate:
    """Mean share of the gold facts of a question among the first k found: |gold ∩ found[:k]| / |gold|.

    With one gold fact a question it is the hit rate (Karpukhin et al. 2020). Interval: as of every mean of values in
    [0, 1] here, 95 %.

    Args:
        found: facts found for each question, the best first.
        gold: facts that answer each question; a question without any is left out.
        k: number of facts that count, at least 1.

    Returns:
        A value in [0, 1], or *not measured* when no question has a gold fact.
    """
    shares = [
        len(set(facts) & set(places[:k])) / len(set(facts)) for places, facts in zip(found, gold, strict=True) if facts
    ]
    return bounded_mean(np.array(shares), (0.0, 1.0))
