"""Orders of the units of a text: their AOPC, and the lowest and highest AOPC of any order."""

import heapq
import math
from collections.abc import Callable, Generator, Sequence
from itertools import accumulate
from operator import or_

import numpy as np

from leaderboard.arrays import FloatArray

RANDOM_ORDERS = 3
"""Number of orders drawn for the mean of all orders where not every set of words is classified."""
BINS = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of the words that are deleted or kept (DeYoung et al. 2020)."""
Drops = Callable[[Sequence[int]], FloatArray]
"""Returns the drop of the probability for each set of deleted words; bit i of a set stands for word i."""
Limits = Generator[Sequence[int], None, tuple[float, float]]
"""Yields the sets of words that have to be classified next, and returns the lowest and the highest AOPC."""


def ranking(scores: FloatArray) -> list[int]:
    """Return the words from the highest attribution to the lowest; of equal ones the earlier word first."""
    return [int(index) for index in np.argsort(-scores, kind="stable")]


def prefixes(order: Sequence[int]) -> list[int]:
    """Return the sets of the first 1, 2, … words of an order, without the set of all words."""
    return list(accumulate((1 << index for index in order[:-1]), or_))


def bins(order: Sequence[int]) -> list[int]:
    """Return the sets of the first 1, 5, 10, 20 and 50 % of an order, each of at least one word.

    Parts of words are rounded up. In short texts several bins are the same set, and each counts, as in ERASER.
    """
    prefix = list(accumulate((1 << index for index in order), or_))
    return [prefix[math.ceil(share * len(order)) - 1] for share in BINS]


def random_orders(n_words: int, rng: np.random.Generator) -> list[list[int]]:
    """Draw random orders, each with its reverse: for additive words the two have the mean of all orders."""
    orders = [rng.permutation(n_words).tolist() for _ in range(RANDOM_ORDERS)]
    return [order for one in orders for order in (one, one[::-1])]


def mean_over_all_orders(drops: FloatArray) -> float:
    """Return the mean AOPC comprehensiveness of all orders: every set of k words is equally often the first k.

    Args:
        drops: as in `_exact_limits`.
    """
    sizes = np.array([mask.bit_count() for mask in range(len(drops))])
    return float(np.mean([drops[sizes == size].mean() for size in range(1, int(sizes.max()) + 1)]))


def aopc_limits(drops: Drops, n_words: int, *, exact_words: int, beam: int) -> Limits:
    """Search the lowest and highest AOPC comprehensiveness of any order of the words (Edin et al. 2025).

    Sufficiency has the same limits: keeping the first words of an order is deleting the first of its reverse.

    Args:
        drops: returns drops for sets of deleted words that were yielded before.
        n_words: number of words, at least 2.
        exact_words: number of words up to which every subset is classified; dynamic programming over them gives the
            limits that Edin et al. find by enumerating all n! orders.
        beam: width of the beam search above that, which may miss the limits by a little.

    Yields:
        Sets of deleted words whose drops are needed next.
    """
    if n_words <= exact_words:
        masks = range(2**n_words - 1)
        yield masks
        return _exact_limits(drops(masks))
    return (yield from _beam_limits(drops, n_words, beam))


def _exact_limits(drops: FloatArray) -> tuple[float, float]:
    """Return the lowest and highest mean over paths through the subsets, word by word.

    An order's AOPC is the mean of `drops` over its prefixes, so the best total of a subset is its own drop plus the
    best total of a subset with one word fewer.

    Args:
        drops: shape (2^n - 1,), by set of deleted words; the set of all words is not among them.
    """
    total = len(drops) + 1
    bits = 1 << np.arange(total.bit_length() - 1)
    masks = np.arange(total)
    member = (masks[:, None] & bits) != 0
    own_drops = np.append(drops, 0.0)
    low, high = np.zeros(total), np.zeros(total)
    for size in range(1, len(bits) + 1):
        level = masks[member.sum(axis=1) == size]
        smaller = level[:, None] ^ bits
        low[level] = own_drops[level] + np.where(member[level], low[smaller], np.inf).min(axis=1)
        high[level] = own_drops[level] + np.where(member[level], high[smaller], -np.inf).max(axis=1)
    steps = len(bits) - 1
    return float(low[-1]) / steps, float(high[-1]) / steps


def _beam_limits(drops: Drops, n_words: int, width: int) -> Limits:
    """Return the limits as `_exact_limits`, but follow only the `width` best and worst subsets of each size.

    Both directions are classified together; orders that reach the same subset are merged.
    """
    # With the drops negated, the search for the highest total is one for the lowest.
    beams: dict[int, dict[int, float]] = {1: {0: 0.0}, -1: {0: 0.0}}
    for _ in range(n_words - 1):
        extended = {sign: _extend(beam, n_words) for sign, beam in beams.items()}
        masks = list({**extended[1], **extended[-1]})
        yield masks
        drop_of = dict(zip(masks, drops(masks), strict=True))
        for sign, totals in extended.items():
            extended_totals = {mask: total + sign * drop_of[mask] for mask, total in totals.items()}
            beams[sign] = dict(heapq.nsmallest(width, extended_totals.items(), key=lambda item: item[1]))
    low, high = (sign * min(beam.values()) / (n_words - 1) for sign, beam in beams.items())
    return float(low), float(high)


def _extend(totals: dict[int, float], n_words: int) -> dict[int, float]:
    """Return every set with one word more, and the lowest total that leads to it."""
    extended: dict[int, float] = {}
    for mask, total in totals.items():
        for bit in (1 << index for index in range(n_words)):
            if not mask & bit:
                extended[mask | bit] = min(extended.get(mask | bit, total), total)
    return extended
