"""Registry: all membership attacks of this package and of plug-ins, by name.

An attack of this package is a class of a module of `leaderboard.axes.privacy.attacks.methods`. A plug-in registers its
own through an entry point: `[project.entry-points."leaderboard.membership_attacks"] mine = "my_package.mine:Mine"`.
"""

from collections.abc import Mapping
from functools import cache

import leaderboard.axes.privacy.attacks.methods
from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence
from leaderboard.backends.finite_scores import require_finite
from leaderboard.named_classes import named_instances

GROUP = "leaderboard.membership_attacks"
"""Entry-point group of plug-ins."""


@cache
def membership_attacks() -> Mapping[str, MembershipAttack]:
    """Return all attacks by name; a plug-in that cannot be imported is left out with a warning.

    Raises:
        PluginError: for a plug-in that is no attack, or two attacks of one name.
    """
    return named_instances(
        MembershipAttack, leaderboard.axes.privacy.attacks.methods, kind="membership attack", group=GROUP
    )


def mounted(evidence: AttackEvidence, source: str) -> dict[str, FloatArray]:
    """Return the scores of every attack whose evidence is there, each of shape (n,).

    Args:
        evidence: what the attacker has.
        source: name of the attacked model, for messages.

    Raises:
        NotMeasurableError: when a score is not a finite number.
    """
    kinds = evidence.kinds
    return {
        name: require_finite(attack.scores(evidence), f"the {name} attack on {source}")
        for name, attack in membership_attacks().items()
        if attack.needs <= kinds
    }
