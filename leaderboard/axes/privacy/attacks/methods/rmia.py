"""RMIA: how often an example's probability rose more, against other models, than that of a text not trained on."""

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind

GAMMA = 1.0
"""Least ratio that counts. Probes change the probability of an example little: at 2 most scores would be 0."""
_SMALLEST = 1e-300


class Rmia(MembershipAttack):
    """Score by s(x) = P_z(LR(x, z) >= γ), where LR(x, z) = (p(x) / p̄(x)) / (p(z) / p̄(z)) and γ = 1.

    p is the probability of the label under the attacked model, and p̄ the mean of those under the shadow models that
    were, and that were not, trained on the example, both weighted alike. z is a population that the attacked model was
    not trained on.
    """

    name = "rmia"
    source = "Zarifzadeh et al. 2024"
    needs = frozenset({EvidenceKind.SHADOWS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the shares of the population, from 0 to 1."""
        shadows = evidence.require_shadows()
        own = log_ratios(evidence.losses, shadows.losses, shadows.included)
        others = log_ratios(shadows.population, shadows.population_losses, shadows.population_included)
        dominated = np.searchsorted(np.sort(others), own - np.log(GAMMA), side="right")
        scores: FloatArray = dominated / len(others)
        return scores


def log_ratios(losses: FloatArray, shadow_losses: FloatArray, included: BoolArray) -> FloatArray:
    """Return log(p(x) / p̄(x)) of each example, shape (n,).

    Args:
        losses: of the attacked model, shape (n,).
        shadow_losses: shape (shadows, n).
        included: whether the shadow model was trained on the example, shape (shadows, n); each example is in the
            training data of some of them, and not in that of others.
    """
    probabilities = np.exp(-shadow_losses)
    inside = (probabilities * included).sum(axis=0) / included.sum(axis=0)
    outside = (probabilities * ~included).sum(axis=0) / (~included).sum(axis=0)
    ratios: FloatArray = -losses - np.log(np.maximum((inside + outside) / 2, _SMALLEST))
    return ratios
