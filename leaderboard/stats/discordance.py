"""Right and wrong, twice: what the examples say that one of two subjects alone gets right.

`gained` and `lost` are their numbers: right for the first alone, and for the second alone. The others, n - gained -
lost, say nothing about the difference (gained - lost) / n.
"""

import math
from statistics import NormalDist

import scipy

NORMAL = NormalDist()
"""Standard normal; a hundred times as fast as that of scipy, which is made for arrays."""
HALF = 0.5
_PRECISION = 1e-12


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided p-value that the two kinds are alike likely: McNemar's exact (binomial) test (McNemar 1947).

    1 where nothing is discordant. 15 against 5 give .0414.
    """
    if gained + lost == 0:
        return 1.0
    return float(scipy.stats.binomtest(gained, gained + lost).pvalue)


def score_error(gained: float, lost: float, n: int, difference: float) -> float:
    """Standard error of the observed difference if the true one were `difference` (Tango 1998).

    The chance of a lost example is its maximum likelihood estimate under that difference.
    """
    linear = (2 * n + lost - gained) * difference - gained - lost
    root = math.sqrt(max(0.0, linear**2 + 8 * n * lost * difference * (1 - difference)))
    chance = max(0.0, (root - linear) / (4 * n))
    return math.sqrt(max(0.0, (2 * chance + difference * (1 - difference)) / n))


def score_tail(gained: int, lost: int, n: int, difference: float) -> float:
    """One-sided p-value that the true difference is `difference` or more (Tango 1998), with half an example corrected.

    The uncorrected test rejects up to 5.6 % at a level of 5 % where n is 50 to 400; the corrected one never more than
    4.6 % (every outcome enumerated, margins .01 to .1, discordant rates .01 to .5).
    """
    if difference >= 1:
        return float(gained == n)
    if difference <= -1:
        return 1.0
    error = score_error(gained, lost, n, difference)
    beyond = (gained - lost + HALF) / n - difference
    if error == 0:
        return 1.0 if beyond >= 0 else 0.0
    return NORMAL.cdf(beyond / error)


def score_upper(gained: int, lost: int, n: int, alpha: float) -> float:
    """One-sided upper bound of the true difference: the largest that `score_tail` does not reject."""
    observed = (gained - lost) / n
    if observed >= 1 or score_tail(gained, lost, n, 1 - _PRECISION) > alpha:
        return 1.0
    return float(
        scipy.optimize.brentq(
            lambda value: score_tail(gained, lost, n, value) - alpha, observed, 1 - _PRECISION, xtol=_PRECISION
        )
    )
