"""Buckets: batches of examples of nearly one length, so that little is padded, in another order every epoch."""

from collections.abc import Sequence

import numpy as np

BATCHES_SORTED_TOGETHER = 50
"""Examples of so many batches are drawn at random and then sorted. More would pad less and mix less."""


def batches(lengths: Sequence[int], batch_size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Every example once: shuffled, sorted by length within large portions, cut into batches, which are shuffled.

    Args:
        lengths: of the examples, in tokens.
        batch_size: examples in a batch; one batch has fewer where they do not come out even.
        seed: of the shuffling.
        epoch: from 0; each has an order of its own.

    Returns:
        The indices of the examples of each batch.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    sizes = np.asarray(lengths, dtype=np.intp)
    portion = BATCHES_SORTED_TOGETHER * batch_size
    made = []
    for start in range(0, len(order), portion):
        some = order[start : start + portion]
        some = some[np.argsort(-sizes[some], kind="stable")]
        made += [some[at : at + batch_size].tolist() for at in range(0, len(some), batch_size)]
    return [made[number] for number in random.permutation(len(made))]


def by_length(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Batches of an evaluation, in which the order means nothing: longest first."""
    order = np.argsort(-np.asarray(lengths, dtype=np.intp), kind="stable").tolist()
    return [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
