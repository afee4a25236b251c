"""Length bucketing: batches of examples of similar length, so that little is padded, reshuffled every epoch."""

from collections.abc import Sequence

import numpy as np

BATCHES_SORTED_TOGETHER = 50
"""Number of batches whose examples are sorted by length together. More would pad less and mix less."""


def batches(lengths: Sequence[int], batch_size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Return shuffled batches of examples of similar length, each example once.

    Examples are shuffled, sorted by length within large chunks and cut into batches, which are shuffled again.

    Args:
        lengths: lengths of the examples, in tokens.
        batch_size: number of examples in a batch; the last of a chunk may have fewer.
        seed: seed of the shuffling.
        epoch: number of the epoch, from 0; each has its own order.

    Returns:
        The indices of the examples of each batch.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    lengths_array = np.asarray(lengths, dtype=np.intp)
    chunk_size = BATCHES_SORTED_TOGETHER * batch_size
    batches = []
    for start in range(0, len(order), chunk_size):
        chunk = order[start : start + chunk_size]
        chunk = chunk[np.argsort(-lengths_array[chunk], kind="stable")]
        batches += [chunk[at : at + batch_size].tolist() for at in range(0, len(chunk), batch_size)]
    return [batches[number] for number in random.permutation(len(batches))]


def batches_by_length(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Return batches for an evaluation, in which the order does not matter: longest first."""
    order = np.argsort(-np.asarray(lengths, dtype=np.intp), kind="stable").tolist()
    return [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
