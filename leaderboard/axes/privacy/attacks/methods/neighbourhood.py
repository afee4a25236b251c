"""Neighbourhood attack: training texts have a lower loss than texts that differ in few words."""

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import Evidence, EvidenceKind


class Neighbourhood(MembershipAttack):
    """Score by the mean loss of k neighbours of a text minus its own: s(x) = 1/k Σ ℓ(x_i) - ℓ(x).

    It needs no reference model: the neighbours account for the difficulty of each text.
    """

    name = "neighbourhood"
    source = "Mattern et al. 2023"
    needs = frozenset({EvidenceKind.NEIGHBOURS})

    def scores(self, evidence: Evidence) -> FloatArray:
        """Return the differences of the losses, in nats."""
        scores: FloatArray = evidence.require_neighbours().mean(axis=1) - evidence.losses
        return scores
