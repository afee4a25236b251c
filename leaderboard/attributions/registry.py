"""Registry: all attribution methods of this package and of plug-ins, by name.

A method of this package is a class of a module of `leaderboard.attributions.methods`. A plug-in registers its own
through an entry point:
`[project.entry-points."leaderboard.attribution_methods"] mine = "my_package.mine:Mine"`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import leaderboard.attributions.methods
from leaderboard.attributions.method import AttributionMethod
from leaderboard.errors import unknown_name
from leaderboard.installing import DISTRIBUTION
from leaderboard.plugins import clash, loaded

GROUP = "leaderboard.attribution_methods"
"""Entry-point group of plug-ins."""
DEFAULT = "integrated_gradients"
"""Method of an explanation that names none; `FALLBACK` where a model has no gradients."""
FALLBACK = "occlusion"


@cache
def attribution_methods() -> Mapping[str, AttributionMethod]:
    """Return all methods by name; a plug-in that cannot be imported is left out with a warning.

    Raises:
        PluginError: for a plug-in that is no method, or two methods of one name.
    """
    methods = {method.name: method for method in _built_in()}
    owners = dict.fromkeys(methods, DISTRIBUTION)
    for plugin, kind in loaded(GROUP):
        if not (inspect.isclass(kind) and issubclass(kind, AttributionMethod) and not inspect.isabstract(kind)):
            raise plugin.unusable("it is not a complete subclass of leaderboard.attributions.AttributionMethod")
        if kind.name in methods:
            raise clash("attribution method", kind.name, owners[kind.name], plugin.distribution)
        methods[kind.name], owners[kind.name] = kind(), plugin.distribution
    return MappingProxyType(methods)


def attribution_method(name: str) -> AttributionMethod:
    """Return the method with a name.

    Raises:
        RequestError: for an unknown name, with the nearest known one.
    """
    methods = attribution_methods()
    if name not in methods:
        raise unknown_name("attribution method", name, methods, where="--method")
    return methods[name]


def _built_in() -> Iterator[AttributionMethod]:
    package = leaderboard.attributions.methods
    for entry in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(entry.name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == entry.name and issubclass(value, AttributionMethod):
                yield value()
