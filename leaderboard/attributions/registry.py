"""Registry: all attribution methods of this package and of plug-ins, by name.

A method of this package is a class of a module of `leaderboard.attributions.methods`. A plug-in registers its own
through an entry point:
`[project.entry-points."leaderboard.attribution_methods"] mine = "my_package.mine:Mine"`.
"""

from collections.abc import Mapping
from functools import cache

import leaderboard.attributions.methods
from leaderboard.attributions.method import AttributionMethod
from leaderboard.errors import unknown_name
from leaderboard.named_classes import named_instances

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
    return named_instances(AttributionMethod, leaderboard.attributions.methods, kind="attribution method", group=GROUP)


def attribution_method(name: str) -> AttributionMethod:
    """Return the method with a name.

    Raises:
        RequestError: for an unknown name, with the nearest known one.
    """
    methods = attribution_methods()
    if name not in methods:
        raise unknown_name("attribution method", name, methods, where="--method")
    return methods[name]
