"""Registry: all membership attacks of this package and of plug-ins, by name.

An attack of this package is a class of a module of `leaderboard.axes.privacy.attacks.methods`. A plug-in registers its
own through an entry point: `[project.entry-points."leaderboard.membership_attacks"] mine = "my_package.mine:Mine"`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import leaderboard.axes.privacy.attacks.methods
from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence
from leaderboard.backends.finite_scores import require_finite
from leaderboard.installing import DISTRIBUTION
from leaderboard.plugins import clash, loaded

GROUP = "leaderboard.membership_attacks"
"""Entry-point group of plug-ins."""


@cache
def membership_attacks() -> Mapping[str, MembershipAttack]:
    """Return all attacks by name; a plug-in that cannot be imported is left out with a warning.

    Raises:
        PluginError: for a plug-in that is no attack, or two attacks of one name.
    """
    attacks = {attack.name: attack for attack in _built_in()}
    owners = dict.fromkeys(attacks, DISTRIBUTION)
    for plugin, kind in loaded(GROUP):
        if not (inspect.isclass(kind) and issubclass(kind, MembershipAttack) and not inspect.isabstract(kind)):
            raise plugin.unusable("it is not a complete subclass of leaderboard.axes.privacy.attacks.MembershipAttack")
        if kind.name in attacks:
            raise clash("membership attack", kind.name, owners[kind.name], plugin.distribution)
        attacks[kind.name], owners[kind.name] = kind(), plugin.distribution
    return MappingProxyType(attacks)


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


def _built_in() -> Iterator[MembershipAttack]:
    package = leaderboard.axes.privacy.attacks.methods
    for entry in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(entry.name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == entry.name and issubclass(value, MembershipAttack):
                yield value()
