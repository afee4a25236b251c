"""Audit in one run: a lower bound on ε from canaries that a coin put in or left out (Steinke et al. 2023)."""

import numpy as np
import scipy

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE

SIDE = 4
"""One canary in so many is guessed to be in, and as many to be out; about the others nothing is guessed.

The number has to be chosen before the guesses are seen to be right or wrong.
"""


def epsilon_bound(right: int, guesses: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the largest ε that so many right guesses exclude: sup {ε : P[Bin(r, e^ε / (1 + e^ε)) ≥ v] ≤ 5 %}, in nats.

    With (ε, 0)-differential privacy no guess about a coin is right with a probability above e^ε / (1 + e^ε), whatever
    the other guesses (Steinke et al. 2023, theorem 5.2). The bound neglects δ: for (ε, δ), the error probability grows
    by about 2 m δ for m canaries.

    Args:
        right: number of right guesses v.
        guesses: number of guesses r, at least 1.
        confidence: of the bound, which is one-sided.

    Returns:
        0 where the guesses exclude nothing.
    """
    if right == 0:
        return 0.0
    probability = float(scipy.stats.beta.ppf(1 - confidence, right, guesses - right + 1))
    return max(0.0, float(scipy.special.logit(probability)))


def audit_epsilon(losses: FloatArray, inserted: BoolArray) -> Estimate:
    """Estimate a lower bound on ε from canaries that were put into the training data by independent fair coins.

    The quarter with the lowest losses is guessed to be in, the quarter with the highest to be out. Canaries of the same
    loss are taken in their order, which must not depend on the coins.

    Args:
        losses: loss of each canary, shape (n,).
        inserted: whether it was in, shape (n,).

    Returns:
        The bound in nats, without an interval: it is itself the end of a one-sided one.
    """
    side = len(losses) // SIDE
    if side == 0:
        return Estimate.not_measured(f"an audit needs {SIDE} canaries or more", n=len(losses))
    order = np.argsort(losses, kind="stable")
    right = int(inserted[order[:side]].sum() + (~inserted[order[-side:]]).sum())
    method = f"one-sided 95 % lower bound; {right} of {2 * side} guesses right"
    return Estimate.measured(epsilon_bound(right, 2 * side), None, n=len(losses), method=method)
