"""LiRA offline: how far an example's confidence is above that of models that were not trained on it."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.confidence import logit, moments, uses_fixed_variance
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind


class LiraOffline(MembershipAttack):
    """Score by s(x) = (φ - μ_out) / σ_out, which orders as the one-sided test 1 - P(Z > φ), Z ~ N(μ_out, σ²_out).

    φ is as in `lira`. An attacker needs no model that was trained on x, and so none for each text in question.
    """

    name = "lira_offline"
    source = "Carlini et al. 2022 (offline attack)"
    needs = frozenset({EvidenceKind.SHADOWS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the standard scores."""
        shadows = evidence.require_shadows()
        outside = np.where(shadows.included, np.nan, logit(shadows.losses)).T
        mean, spread = moments(outside, fixed_variance=uses_fixed_variance(len(shadows.losses)))
        scores: FloatArray = (logit(evidence.losses) - mean) / spread
        return scores
