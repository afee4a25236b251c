"""Tests and bounds of paired proportions, from discordant examples.

`gained` and `lost` count the discordant examples: right for the first subject only, and for the second only. The other
n - gained - lost examples do not affect the difference (gained - lost) / n.
"""

import math
from statistics import NormalDist

import scipy

NORMAL = NormalDist()
"""Standard normal distribution; for scalars a hundred times as fast as scipy's, which is made for arrays."""
HALF = 0.5
_PRECISION = 1e-12


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided p-value of McNemar's exact (binomial) test (McNemar 1947).

    1 without discordant examples. 15 against 5 give 0.0414.
    """
    if gained + lost == 0:
        return 1.0
    return float(scipy.stats.binomtest(gained, gained + lost).pvalue)


def score_error(gained: float, lost: float, n: int, difference: float) -> float:
    """Return the standard error of the observed difference if the true one is `difference` (Tango 1998).

    The probability of a lost example is its maximum likelihood estimate under that difference.
    """
    linear = (2 * n + lost - gained) * difference - gained - lost
    root = math.sqrt(max(0.0, linear**2 + 8 * n * lost * difference * (1 - difference)))
    chance = max(0.0, (root - linear) / (4 * n))
    return math.sqrt(max(0.0, (2 * chance + difference * (1 - difference)) / n))


def score_tail(gained: int, lost: int, n: int, difference: float) -> float:
    """Return the one-sided p-value of "the true difference is `difference` or more", continuity-corrected (Tango 1998).

    The uncorrected test rejects up to 5.6 % at a level of 5 % for n from 50 to 400; the corrected one at most 4.6 %
    (every outcome enumerated, margins 0.01 to 0.1, discordant rates 0.01 to 0.5).
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
    """Return the one-sided upper bound of the true difference: the largest that `score_tail` does not reject."""
    observed = (gained - lost) / n
    if observed >= 1 or score_tail(gained, lost, n, 1 - _PRECISION) > alpha:
        return 1.0
    return float(
        scipy.optimize.brentq(
            lambda value: score_tail(gained, lost, n, value) - alpha, observed, 1 - _PRECISION, xtol=_PRECISION
        )
    )
