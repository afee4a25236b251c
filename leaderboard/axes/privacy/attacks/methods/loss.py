"""Loss attack: training examples have a lower loss."""

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence


class Loss(MembershipAttack):
    """Score by minus the loss: s(x) = -ℓ(x)."""

    name = "loss"
    source = "Yeom et al. 2018"

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return minus the losses, in nats."""
        scores: FloatArray = -evidence.losses
        return scores
