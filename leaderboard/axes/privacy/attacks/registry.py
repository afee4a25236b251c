"""Registry: all membership attacks of this package and of plug-ins, by name.

An attack of this package is a class of a module of `leaderboard.axes.privacy.attacks.methods`. A plug-in registers its
own through an entry point: `[project.entry-points."leaderboard.membership_attacks"] mine = "my_package.mine:Mine"`.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np

import leaderboard.axes.privacy.attacks.methods
from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence
from leaderboard.backends.finite_scores import require_finite
from leaderboard.errors import NotMeasurableError
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
        NotMeasurableError: when a score is not a finite number, or an attack has no score for each example.
    """
    kinds, mounted_scores = evidence.kinds, dict[str, FloatArray]()
    for name, attack in membership_attacks().items():
        if attack.needs <= kinds:
            scores = np.asarray(attack.scores(evidence), dtype=np.float64)
            if scores.shape != evidence.losses.shape:
                raise NotMeasurableError(
                    f"the {name} attack gave scores of shape {scores.shape} for {len(evidence.losses)} examples"
                )
            mounted_scores[name] = require_finite(scores, f"the {name} attack on {source}")
    return mounted_scores
