"""Min-K%++ attack: the tokens of training texts are likely among all tokens that could follow."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind
from leaderboard.axes.privacy.attacks.lowest_share import lowest_mean
from leaderboard.backends.likelihood import TokenStatistics


class MinKPlusPlus(MembershipAttack):
    """Score by the mean of the 20 % lowest (log p_t - μ_t) / σ_t of the tokens of a text.

    μ_t = Σ_v p_v log p_v and σ²_t = Σ_v p_v log² p_v - μ²_t over the vocabulary. Where σ_t = 0 all possible tokens are
    as likely as the observed one, whose term is 0.
    """

    name = "min_k_plus_plus"
    source = "Zhang et al. 2025"
    needs = frozenset({EvidenceKind.TOKENS, EvidenceKind.MOMENTS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the means, without a unit."""
        return np.array([lowest_mean(standardised(each)) for each in evidence.require_tokens()], dtype=np.float64)


def standardised(statistics: TokenStatistics) -> FloatArray:
    """Return (log p_t - μ_t) / σ_t of each token, shape (tokens,); 0 where σ_t is 0."""
    spread = np.sqrt(statistics.variance)
    deviation: FloatArray = statistics.logprobs - statistics.mean
    return np.divide(deviation, spread, out=np.zeros_like(deviation), where=spread > 0)
