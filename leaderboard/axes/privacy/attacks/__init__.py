"""Membership attacks: was a text in a model's training data? One attack a file.

A new attack needs these names: `MembershipAttack` to subclass, `AttackEvidence` that it is given, `EvidenceKind` to say
what of it the attack needs. `leaderboard.axes.privacy.attacks.registry` collects all attacks.
"""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.axes.privacy.attacks.attack import MembershipAttack
    from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind, ShadowLosses

__all__ = ["AttackEvidence", "EvidenceKind", "MembershipAttack", "ShadowLosses"]

__getattr__ = lazy_import(
    "leaderboard.axes.privacy.attacks",
    {
        "AttackEvidence": "evidence",
        "EvidenceKind": "evidence",
        "MembershipAttack": "attack",
        "ShadowLosses": "evidence",
    },
)
