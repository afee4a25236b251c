"""zlib attack: training texts are likelier than their compressed length says."""

import zlib

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind


class ZlibRatio(MembershipAttack):
    """Score by the mean log-probability of the tokens over the bytes of the compressed text: s(x) = -ℓ(x) / |zlib(x)|.

    Repetitive texts are likely under every model, and compress well. The text is the one that was scored.
    """

    name = "zlib"
    source = "Carlini et al. 2021"
    needs = frozenset({EvidenceKind.TOKENS})

    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return the ratios, in nats a byte."""
        sizes = np.array([len(zlib.compress(text.encode())) for text in evidence.texts], dtype=np.float64)
        means = np.array([float(each.logprobs.mean()) for each in evidence.require_tokens()], dtype=np.float64)
        scores: FloatArray = means / sizes
        return scores
