"""Orders of words: what an order's perturbation curve is worth, and the best and worst that any order could be."""

import heapq
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import or_

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
RANDOM_ORDERS = 5
"""Drawn for the mean of all orders where not every set of words is asked about."""
Falls = Callable[[Sequence[int]], FloatArray]
"""Fall of the probability for each set of deleted words; bit i of a set stands for word i."""


def ranking(scores: FloatArray) -> list[int]:
    """Words from the highest attribution to the lowest; of equal ones the earlier word first."""
    return [int(index) for index in np.argsort(-scores, kind="stable")]


def prefixes(order: Sequence[int]) -> list[int]:
    """The sets of the first 1, 2, … words of an order, all words left out."""
    return list(accumulate((1 << index for index in order[:-1]), or_))


def random_orders(n_words: int, rng: np.random.Generator) -> list[list[int]]:
    """Orders drawn at random, each with its reverse: where words add up, the two have the mean of all orders."""
    drawn = [rng.permutation(n_words).tolist() for _ in range(RANDOM_ORDERS)]
    return [order for one in drawn for order in (one, one[::-1])]


def mean_over_all_orders(falls: FloatArray) -> float:
    """Mean AOPC comprehensiveness of all orders of the words: every set of k words is equally often the first k.

    Args:
        falls: as in `_exact_limits`.
    """
    sizes = np.array([mask.bit_count() for mask in range(len(falls))])
    return float(np.mean([falls[sizes == size].mean() for size in range(1, int(sizes.max()) + 1)]))


def aopc_limits(falls: Falls, n_words: int, *, exact_words: int, beam: int) -> tuple[float, float]:
    """Lowest and highest AOPC comprehensiveness that an order of the words can have (Edin et al. 2025).

    Sufficiency has the same limits: keeping the first words of an order is deleting the first of its reverse.

    Args:
        falls: asked about sets of deleted words.
        n_words: at least 2.
        exact_words: up to this many words every subset is asked about; a dynamic programme over them gives the limits
            that Edin et al. find by going through all n! orders.
        beam: above that, the width of a beam search, which may miss the limits by a little.
    """
    if n_words <= exact_words:
        return _exact_limits(falls(range(2**n_words - 1)))
    return _beam_limits(falls, n_words, beam)


def _exact_limits(falls: FloatArray) -> tuple[float, float]:
    """Lowest and highest path through the subsets, word by word.

    An order's AOPC is the mean of `falls` over its prefixes, so the best total of a subset is its own fall plus the
    best total of a subset with one word fewer.

    Args:
        falls: shape (2^n - 1,), by set of deleted words; the set of all words is not among them.
    """
    total = len(falls) + 1
    bits = 1 << np.arange(total.bit_length() - 1)
    masks = np.arange(total)
    member = (masks[:, None] & bits) != 0
    own = np.append(falls, 0.0)
    low, high = np.zeros(total), np.zeros(total)
    for size in range(1, len(bits) + 1):
        level = masks[member.sum(axis=1) == size]
        smaller = level[:, None] ^ bits
        low[level] = own[level] + np.where(member[level], low[smaller], np.inf).min(axis=1)
        high[level] = own[level] + np.where(member[level], high[smaller], -np.inf).max(axis=1)
    steps = len(bits) - 1
    return float(low[-1]) / steps, float(high[-1]) / steps


def _beam_limits(falls: Falls, n_words: int, width: int) -> tuple[float, float]:
    """As `_exact_limits`, but only the `width` best and worst subsets of each size are followed.

    Both directions ask their questions together; orders that reach the same subset are one.
    """
    # With the falls negated, the search for the highest total is one for the lowest.
    beams: dict[int, dict[int, float]] = {1: {0: 0.0}, -1: {0: 0.0}}
    for _ in range(n_words - 1):
        grown = {sign: _grow(beam, n_words) for sign, beam in beams.items()}
        masks = list({**grown[1], **grown[-1]})
        fall = dict(zip(masks, falls(masks), strict=True))
        for sign, totals in grown.items():
            reached = {mask: total + sign * fall[mask] for mask, total in totals.items()}
            beams[sign] = dict(heapq.nsmallest(width, reached.items(), key=lambda item: item[1]))
    low, high = (sign * min(beam.values()) / (n_words - 1) for sign, beam in beams.items())
    return float(low), float(high)


def _grow(totals: dict[int, float], n_words: int) -> dict[int, float]:
    """Every set with one word more, and the lowest total that leads to it."""
    grown: dict[int, float] = {}
    for mask, total in totals.items():
        for bit in (1 << index for index in range(n_words)):
            if not mask & bit:
                grown[mask | bit] = min(grown.get(mask | bit, total), total)
    return grown
