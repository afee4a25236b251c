"""Min-K% attack: training texts have no very unlikely token."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind
from leaderboard.axes.privacy.attacks.lowest_share import lowest_mean


class MinK(MembershipAttack):
    """Score by the mean log-probability of the 20 % least likely tokens of a text."""

    name = "min_k"
    source = "Shi et al. 2024"
    needs = frozenset({EvidenceKind.TOKENS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the means, in nats."""
        return np.array([lowest_mean(each.logprobs) for each in evidence.require_tokens()], dtype=np.float64)
