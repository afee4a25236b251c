"""Neighbourhood attack: a training text is likelier than texts that differ from it a little."""

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind


class Neighbourhood(MembershipAttack):
    """Score by the mean loss of neighbours of a text minus the loss of the text, (1/k) Σ_j L(x_j) - L(x).

    The neighbours account for the difficulty of the text, as a reference model does (Mattern et al. 2023). Theirs have
    words exchanged by a masked language model; these have words in another order, which needs no second model.
    """

    name = "neighbourhood"
    source = "Mattern et al. 2023"
    needs = frozenset({EvidenceKind.NEIGHBOURS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the differences, in nats."""
        difference: FloatArray = evidence.require_neighbours().mean(axis=0) - evidence.losses
        return difference
