"""MembershipAttack: one way to score how likely a model was trained on an example."""

from abc import ABC, abstractmethod
from typing import ClassVar

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind


class MembershipAttack(ABC):
    """Way to score how likely each example was trained on: one object, one file.

    A subclass sets the class attributes and implements `scores`. The first paragraph of its docstring gives the
    formula. Scores are kept in observations, so a plug-in that changes its formula takes another name.

    Attributes:
        name: name of the attack, the part of its estimates.
        source: paper that it follows.
        needs: kinds of evidence without which it cannot be mounted; losses are always there.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    needs: ClassVar[frozenset[EvidenceKind]] = frozenset()

    @abstractmethod
    def scores(self, evidence: AttackEvidence) -> FloatArray:
        """Return a score for each example, shape (n,); larger means "more likely trained on".

        Args:
            evidence: what the attacker has, with all kinds that the attack needs.

        Raises:
            NotMeasurableError: for an example that has no score.
        """
