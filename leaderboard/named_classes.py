"""Implementations of one abstract class, by name: those in the modules of a package, and those of plug-ins."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar, Protocol, TypeGuard, TypeVar

from leaderboard.installing import DISTRIBUTION
from leaderboard.plugins import clash, loaded


class Named(Protocol):
    """What has a name as a class."""

    name: ClassVar[str]


T = TypeVar("T", bound=Named)


def named_instances(base: type[T], package: ModuleType, *, kind: str, group: str) -> Mapping[str, T]:
    """Return an instance of each implementation by its name; a plug-in that cannot be imported leaves a warning.

    Args:
        base: the abstract class.
        package: its modules define the implementations of this program; the package above it exports `base`.
        kind: what is named, as users call it ("attribution method").
        group: entry-point group of plug-ins.

    Raises:
        PluginError: for a plug-in that is no complete subclass, or two implementations of one name.
    """
    instances = {each.name: each for each in _built_in(base, package)}
    owners = dict.fromkeys(instances, DISTRIBUTION)
    for plugin, implementation in loaded(group):
        complete = _implements(implementation, base) and not inspect.isabstract(implementation)
        if not complete or not hasattr(implementation, "name"):
            place = f"{package.__name__.rpartition('.')[0]}.{base.__name__}"
            raise plugin.unusable(f"it is not a complete subclass of {place}")
        name = implementation.name
        if name in instances:
            raise clash(kind, name, owners[name], plugin.distribution)
        instances[name], owners[name] = implementation(), plugin.distribution
    return MappingProxyType(instances)


def _built_in(base: type[T], package: ModuleType) -> Iterator[T]:
    for entry in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(entry.name)).values():
            if _implements(value, base) and value.__module__ == entry.name:
                yield value()


def _implements(value: Any, base: type[T]) -> TypeGuard[type[T]]:
    return inspect.isclass(value) and issubclass(value, base)
