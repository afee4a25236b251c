"""Power: which difference, and which margin, would n examples tell?

Two-sided for a comparison, which asks whether two numbers differ; one-sided for non-inferiority, which asks whether a
number is worse by less than a margin. Normal quantiles throughout.
"""

import math

import scipy

from leaderboard.stats.discordance import NORMAL, score_error

ALPHA = 0.05
POWER = 0.8
_HALVINGS = 50


def detectable_difference(standard_error: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The true difference that a two-sided test finds with that power: (z₁₋α/₂ + z_power) standard errors.

    Args:
        standard_error: of the observed difference; that of paired differences is their standard deviation over √n.
        alpha: level of the test.
        power: chance of finding it.
    """
    return (_z(1 - alpha / 2) + _z(power)) * standard_error


def detectable_change(discordant: float, n: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The true difference of two paired shares that McNemar's test finds with that power (Connor 1987).

    Solves n d² = (z₁₋α/₂ √ψ + z_power √(ψ - d²))² for d, which is never more than the discordant rate ψ.

    Args:
        discordant: ψ, the share of examples that one of the two alone gets right.
        n: examples that both answered.
        alpha: level of the test.
        power: chance of finding it.
    """
    ahead, found = _z(1 - alpha / 2), _z(power)

    def lack(d: float) -> float:
        return ahead * math.sqrt(discordant) + found * math.sqrt(max(0.0, discordant - d * d)) - math.sqrt(n) * d

    largest = math.sqrt(discordant)
    return float(scipy.optimize.brentq(lack, 0.0, largest)) if lack(largest) < 0 else min(1.0, largest)


def detectable_margin(standard_error: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest margin that a subject without any true harm keeps with that power: (z₁₋α + z_power) errors."""
    return (_z(1 - alpha) + _z(power)) * standard_error


def margin_power(margin: float, standard_error: float, *, alpha: float = ALPHA) -> float:
    """The chance that a subject without any true harm is found to be worse by less than the margin."""
    if standard_error == 0:
        return 1.0 if margin > 0 else 0.0
    return NORMAL.cdf(margin / standard_error - _z(1 - alpha))


def change_margin_power(margin: float, discordant: float, n: int, *, alpha: float = ALPHA) -> float:
    """As `margin_power`, of two paired shares tested by their score (Tango 1998).

    Under no true harm the two kinds of discordant example are alike likely; the test's own error is the one that the
    margin would give.

    Args:
        margin: in shares.
        discordant: share of examples that one of the two alone gets right.
        n: examples that both answered.
        alpha: level of the test.
    """
    each = n * discordant / 2
    half = 0.5  # the continuity correction of the test
    needed = n * margin - half - _z(1 - alpha) * n * score_error(each, each, n, margin)
    return NORMAL.cdf(needed / math.sqrt(n * discordant)) if discordant > 0 else float(needed > 0)


def detectable_change_margin(discordant: float, n: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest margin for which `change_margin_power` is that power; 1 where there is none."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if change_margin_power(middle, discordant, n, alpha=alpha) >= power:
            high = middle
        else:
            low = middle
    return high


def _z(probability: float) -> float:
    return NORMAL.inv_cdf(probability)
