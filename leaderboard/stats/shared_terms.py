"""Proportion of successes among examples that are dependent because they share terms.

A model that prefers one of two words gives the same answer to all sentence pairs that swap "black" and "white". Terms
connect most examples (1,398 of the 1,508 pairs of CrowS-Pairs), so that there are no clusters to resample. Instead any
two examples with a common term may have any correlation.
"""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.arrays import BoolArray
from leaderboard.stats.bounded import wilson
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE

_FEWEST_GROUPS = 2.0


def proportion_of_sharing(successes: BoolArray, terms: Sequence[Collection[str]], *, scale: float = 1.0) -> Estimate:
    """Return the proportion of successes, with Wilson's interval for the effective number of examples.

    The variance of the share p is Σ e_i e_j / n² over all i, j that have a term in common, e = success - p (the dyadic
    cluster-robust variance of Aronow, Samii & Assenova 2015), and at least that of independent examples. The effective
    number is p (1 - p) over it (Korn & Graubard 1998). Both the variance and the quantile are those of a small sample:
    of g = n² / (number of such i, j) groups, the number of clusters where all are of one size, it is multiplied by
    g / (g - 1), and Student's t has g - 1 degrees of freedom. Where no two examples share a term this is Wilson's
    interval of n. Where all succeed, or none, the effective number is g.

    Args:
        successes: shape (n,).
        terms: terms of each example in any order; an example without terms is independent of all others.
        scale: 1 for a probability, 100 for per cent.

    Returns:
        *Not measured* without examples; no interval where nearly all share one term. n counts the distinct sets of
        terms, with each example without terms as its own set.
    """
    n = len(successes)
    if n == 0:
        return Estimate.not_measured("no examples")
    distinct = len({tuple(sorted(set(words))) or (place,) for place, words in enumerate(terms)})
    share = float(successes.mean())
    together = _sharing(terms)
    groups = n**2 / float(together.sum())
    if groups < _FEWEST_GROUPS and n > 1:
        return Estimate.measured(
            scale * share, None, n=distinct, method="nearly all examples share a term, no interval"
        )
    effective = _effective(successes.astype(np.float64) - share, together, groups) if 0 < share < 1 else groups
    low, high = wilson(share, effective)
    method = "Wilson 95 %" if round(effective) == n else f"Wilson 95 %, {effective:.0f} effective of {n}: shared terms"
    return Estimate.measured(scale * share, (scale * low, scale * high), n=distinct, method=method)


def _effective(errors: npt.NDArray[np.float64], together: scipy.sparse.csr_array, groups: float) -> float:
    """Return the effective number of examples, at most all of them."""
    n = len(errors)
    independent = float(errors @ errors) / n**2
    variance = max(float(errors @ (together @ errors)) / n**2 * groups / (groups - 1) * (n - 1) / n, independent)
    quantile = 0.5 + CONFIDENCE / 2
    wider = scipy.stats.t.ppf(quantile, n - 1) / scipy.stats.t.ppf(quantile, groups - 1)
    return float(min(n, independent * n / variance * wider**2))


def _sharing(terms: Sequence[Collection[str]]) -> scipy.sparse.csr_array:
    """Return a matrix of shape (n, n) with 1 where two examples share a term, and on the diagonal."""
    number: dict[str, int] = {}
    places = [(row, number.setdefault(word, len(number))) for row, words in enumerate(terms) for word in set(words)]
    rows, columns = np.array(places, dtype=np.intp).reshape(-1, 2).T
    member = scipy.sparse.csr_array((np.ones(len(places)), (rows, columns)), shape=(len(terms), max(1, len(number))))
    together = (member @ member.T + scipy.sparse.eye_array(len(terms))).tocsr()
    together.data[:] = 1.0
    return together
