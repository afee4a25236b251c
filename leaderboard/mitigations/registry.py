"""Registry: all mitigations of this package and of plug-ins, by name.

A mitigation of this package is a class of any module (or folder) of `leaderboard.mitigations`. A plug-in registers its
own through an entry point:
`[project.entry-points."leaderboard.mitigations"] shouting = "my_package.shouting:Shouting"`.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TypeVar

import leaderboard.mitigations
from leaderboard.errors import LeaderboardError, unknown_name
from leaderboard.mitigations.mitigation import Mitigation
from leaderboard.mitigations.stages import StageMitigation, stages_of
from leaderboard.plugins import plugins

GROUP = "leaderboard.mitigations"
"""Entry-point group of plug-ins."""
S = TypeVar("S", bound=StageMitigation)


@cache
def mitigations() -> Mapping[str, type[Mitigation]]:
    """Return all mitigations by name, in the order in which those of one stage are applied.

    Raises:
        PluginError: for a plug-in that cannot be used, with its distribution and the reason.
        LeaderboardError: when two mitigations have one name, or one setting.
    """
    kinds = sorted([*_built_in(), *_plugins()], key=lambda kind: (kind.order, kind.name))
    _refuse_duplicates((kind.name, kind) for kind in kinds)
    _refuse_duplicates((setting, kind) for kind in kinds for setting in kind.model_fields)
    return MappingProxyType({kind.name: kind for kind in kinds})


def mitigation(name: str) -> type[Mitigation]:
    """Return the mitigation with a name.

    Raises:
        RequestError: for an unknown name, with the nearest known one.
    """
    kinds = mitigations()
    if name not in kinds:
        raise unknown_name("mitigation", name, kinds, see="leaderboard mitigations list")
    return kinds[name]


def mitigations_of_stage(stage: type[S]) -> tuple[type[S], ...]:
    """Return the mitigations of one stage, in the order in which they are applied."""
    return tuple(kind for kind in mitigations().values() if issubclass(kind, stage))


def _built_in() -> Iterator[type[Mitigation]]:
    for module in pkgutil.iter_modules(leaderboard.mitigations.__path__, f"{GROUP}."):
        yield from _declared(importlib.import_module(module.name))


def _declared(module: ModuleType) -> Iterator[type[Mitigation]]:
    """Yield the mitigations that a module defines: classes with a name, which stages do not have."""
    for value in vars(module).values():
        is_defined_here = isinstance(value, type) and value.__module__ == module.__name__ and "name" in vars(value)
        if is_defined_here and issubclass(value, Mitigation):
            yield value


def _plugins() -> Iterator[type[Mitigation]]:
    """Yield the mitigations of plug-ins; one that cannot be used is an error, since a recipe may have its settings."""
    for plugin in plugins(GROUP):
        kind = plugin.load()
        if not (isinstance(kind, type) and issubclass(kind, Mitigation) and stages_of(kind)):
            raise plugin.unusable("it is not a subclass of a stage of leaderboard.mitigations.stages")
        yield kind


def _refuse_duplicates(named_kinds: Iterable[tuple[str, type[Mitigation]]]) -> None:
    first: dict[str, type[Mitigation]] = {}
    for name, kind in named_kinds:
        if first.setdefault(name, kind) is not kind:
            places = " and ".join(f"{each.__module__}:{each.__qualname__}" for each in (first[name], kind))
            raise LeaderboardError(f"two mitigations are called '{name}', or have a setting of that name: {places}")
