"""LiRA: the likelihood ratio of an example's confidence under models that were and were not trained on it."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.confidence import log_density, logit, uses_fixed_variance
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind


class Lira(MembershipAttack):
    """Score by s(x) = log N(φ; μ_in, σ²_in) - log N(φ; μ_out, σ²_out), where φ = log(p / (1 - p)).

    p is the probability of the label, and means and variances are those of φ under the shadow models that were, and
    were not, trained on x. With fewer than 64 shadow models, one variance is shared by all examples.
    """

    name = "lira"
    source = "Carlini et al. 2022 (online attack)"
    needs = frozenset({EvidenceKind.SHADOWS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the log-likelihood ratios."""
        shadows, confidence = evidence.require_shadows(), logit(evidence.losses)
        fixed = uses_fixed_variance(len(shadows.losses))
        samples = logit(shadows.losses)
        inside = log_density(confidence, np.where(shadows.included, samples, np.nan).T, fixed_variance=fixed)
        outside = log_density(confidence, np.where(shadows.included, np.nan, samples).T, fixed_variance=fixed)
        ratio: FloatArray = inside - outside
        return ratio
