"""Calibrated attack: training examples have a lower loss than a model has that did not see them."""

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind


class Calibrated(MembershipAttack):
    """Score by the loss of a reference model minus that of the attacked one: s(x) = ℓ_ref(x) - ℓ(x).

    The reference accounts for the difficulty of each example.
    """

    name = "calibrated"
    source = "Watson et al. 2022"
    needs = frozenset({EvidenceKind.REFERENCE})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the differences of the losses, in nats."""
        scores: FloatArray = evidence.require_reference() - evidence.losses
        return scores
