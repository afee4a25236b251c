"""One typed, lazy registry: names to implementations that are imported only when asked for.

A plug-in adds an implementation through an entry point of the registry's group, for instance
`[project.entry-points."leaderboard.protocols"] my_protocol = "my_package.module:MyProtocol"`.
"""

import importlib
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from leaderboard.errors import LeaderboardError, unknown_name

T = TypeVar("T")


class Registry(Generic[T]):
    """Names of one kind of thing, each with the place its implementation is found at."""

    def __init__(self, kind: str, group: str, built_in: dict[str, str], *, see: str = "") -> None:
        """Name the built-in implementations.

        Args:
            kind: what is registered, as users call it ("protocol").
            group: the entry-point group that plug-ins use.
            built_in: name to "package.module:attribute".
            see: a command that lists the names, for error messages.
        """
        self.kind = kind
        self._group = group
        self._see = see
        self._places = dict(built_in)
        self._plugins_read = False

    def names(self) -> list[str]:
        """Every known name, sorted."""
        self._read_plugins()
        return sorted(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def get(self, name: str, *, where: str = "") -> T:
        """The implementation called `name`, imported now.

        Raises:
            RequestError: for a name nobody registered, with the nearest valid one.
        """
        self._read_plugins()
        if name not in self._places:
            raise unknown_name(self.kind, name, self._places, where=where, see=self._see)
        module, _, attribute = self._places[name].partition(":")
        implementation: T = getattr(importlib.import_module(module), attribute)
        return implementation

    def add(self, name: str, place: str) -> None:
        """Register an implementation by its place ("package.module:attribute").

        Raises:
            LeaderboardError: when the name is taken by another place.
        """
        if self._places.get(name, place) != place:
            raise LeaderboardError(f"{self.kind} '{name}' is registered twice: {self._places[name]} and {place}")
        self._places[name] = place

    def _read_plugins(self) -> None:
        if self._plugins_read:
            return
        self._plugins_read = True
        plugins: tuple[EntryPoint, ...] = tuple(entry_points(group=self._group))
        for plugin in plugins:
            self.add(plugin.name, plugin.value)
