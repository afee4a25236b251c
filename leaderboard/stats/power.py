"""Statistical power: minimum detectable differences and margins.

Two-sided for a comparison, which tests whether two values differ; one-sided for non-inferiority, which tests whether a
value is worse by less than a margin. Normal quantiles throughout.
"""

import math

import scipy

from leaderboard.stats.discordance import NORMAL, score_error

ALPHA = 0.05
POWER = 0.8
_HALVINGS = 50


def detectable_difference(standard_error: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the minimum detectable difference of a two-sided test: (z₁₋α/₂ + z_power) standard errors.

    Args:
        standard_error: standard error of the difference; for paired data, the standard deviation of the differences
            over √n.
        alpha: level of the test.
        power: power of the test.
    """
    return (_z(1 - alpha / 2) + _z(power)) * standard_error


def detectable_change(discordant: float, n: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the minimum detectable difference of two paired proportions by McNemar's test (Connor 1987).

    Solves n d² = (z₁₋α/₂ √ψ + z_power √(ψ - d²))² for d, which is never more than the discordant rate ψ.

    Args:
        discordant: discordant rate ψ, the share of examples that only one of the two gets right.
        n: number of examples that both answered.
        alpha: level of the test.
        power: power of the test.
    """
    level_quantile, power_quantile = _z(1 - alpha / 2), _z(power)

    def lack(d: float) -> float:
        return (
            level_quantile * math.sqrt(discordant)
            + power_quantile * math.sqrt(max(0.0, discordant - d * d))
            - math.sqrt(n) * d
        )

    largest = math.sqrt(discordant)
    return float(scipy.optimize.brentq(lack, 0.0, largest)) if lack(largest) < 0 else min(1.0, largest)


def detectable_margin(standard_error: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the minimum detectable margin of a one-sided test: (z₁₋α + z_power) standard errors."""
    return (_z(1 - alpha) + _z(power)) * standard_error


def margin_power(margin: float, standard_error: float, *, alpha: float = ALPHA) -> float:
    """Return the probability that a subject without any true harm is shown to be worse by less than the margin."""
    if standard_error == 0:
        return 1.0 if margin > 0 else 0.0
    return NORMAL.cdf(margin / standard_error - _z(1 - alpha))


def change_margin_power(margin: float, discordant: float, n: int, *, alpha: float = ALPHA) -> float:
    """Return `margin_power` for two paired proportions and Tango's score test (Tango 1998).

    Without true harm both kinds of discordant examples are equally likely; the standard error of the test is that under
    a harm equal to the margin.

    Args:
        margin: margin as a proportion.
        discordant: share of examples that only one of the two gets right.
        n: number of examples that both answered.
        alpha: level of the test.
    """
    each = n * discordant / 2
    half = 0.5  # the continuity correction of the test
    needed = n * margin - half - _z(1 - alpha) * n * score_error(each, each, n, margin)
    return NORMAL.cdf(needed / math.sqrt(n * discordant)) if discordant > 0 else float(needed > 0)


def detectable_change_margin(discordant: float, n: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the smallest margin for which `change_margin_power` reaches this power; 1 where there is none."""
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
