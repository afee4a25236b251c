"""A typed, lazy registry: names of implementations that are imported on first use.

A plug-in adds an implementation through an entry point of the registry's group, for instance
`[project.entry-points."leaderboard.protocols"] my_protocol = "my_package.module:MyProtocol"`.
"""

import importlib
from collections.abc import Iterator
from typing import Generic, TypeVar

from leaderboard.errors import LeaderboardError, unknown_name
from leaderboard.installing import DISTRIBUTION
from leaderboard.plugins import Plugin, clash, plugins

T = TypeVar("T")


class Registry(Generic[T]):
    """Names of one kind of implementation, each with its import path."""

    def __init__(self, kind: str, group: str, built_in: dict[str, str], *, see: str = "") -> None:
        """Register the built-in implementations.

        Args:
            kind: kind of the implementations, for messages ("protocol").
            group: the entry-point group that plug-ins use.
            built_in: name to "package.module:attribute".
            see: a command that lists the names, for error messages.
        """
        self.kind = kind
        self._group = group
        self._see = see
        self._built_in = tuple(built_in)
        self._places = dict(built_in)
        self._plugins: dict[str, Plugin] | None = None

    @property
    def built_in(self) -> tuple[str, ...]:
        """The names that come with the program, in their order; no plug-in is looked for."""
        return self._built_in

    def names(self) -> list[str]:
        """Every known name, sorted."""
        return sorted({*self._places, *self._from_plugins()})

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def get(self, name: str, *, where: str = "") -> T:
        """Import and return the implementation called `name`.

        Raises:
            RequestError: for a name nobody registered, with the nearest valid one.
            PluginError: for one of a plug-in that cannot be imported, or a name that two distributions claim.
        """
        from_plugins = self._from_plugins()
        if name in from_plugins:
            of_plugin: T = from_plugins[name].load()
            return of_plugin
        if name not in self._places:
            raise unknown_name(self.kind, name, self.names(), where=where, see=self._see)
        module, _, attribute = self._places[name].partition(":")
        implementation: T = getattr(importlib.import_module(module), attribute)
        return implementation

    def add(self, name: str, place: str) -> None:
        """Register an implementation by its import path ("package.module:attribute").

        Raises:
            LeaderboardError: when the name is taken by another place.
        """
        if self._places.get(name, place) != place:
            raise LeaderboardError(f"{self.kind} '{name}' is registered twice: {self._places[name]} and {place}")
        self._places[name] = place

    def _from_plugins(self) -> dict[str, Plugin]:
        """The plug-ins by name.

        Raises:
            PluginError: when two distributions claim one name, or one claims a built-in name.
        """
        if self._plugins is None:
            by_name: dict[str, Plugin] = {}
            for plugin in plugins(self._group):
                if plugin.name in self._places:
                    raise clash(self.kind, plugin.name, DISTRIBUTION, plugin.distribution)
                if plugin.name in by_name:
                    raise clash(self.kind, plugin.name, by_name[plugin.name].distribution, plugin.distribution)
                by_name[plugin.name] = plugin
            self._plugins = by_name
        return self._plugins
