"""Plug-ins: what other installed distributions declare under the entry-point groups of this program."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from leaderboard.errors import RequestError, as_exceptions, reason_of
from leaderboard.installing import DISTRIBUTION

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

_MALFORMED = (ValueError, TypeError, AttributeError, OSError)
"""Errors of `importlib.metadata` for entry points that are not UTF-8, or have no name or value."""
log = logging.getLogger(__name__)


class PluginError(RequestError):
    """A plug-in that cannot be used, or two that claim the same name."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point of a group of ours.

    Attributes:
        group: for instance `leaderboard.protocols`.
        name: of the entry point.
        place: "package.module:attribute".
        distribution: that declares it, by its name on the package index.
    """

    group: str
    name: str
    place: str
    distribution: str

    def load(self) -> Any:
        """The object at its place, imported now.

        Raises:
            PluginError: when it cannot be imported, with the distribution and the reason.
        """
        from importlib.metadata import EntryPoint  # noqa: PLC0415 - slow to import

        try:
            with as_exceptions():
                return EntryPoint(self.name, self.place, self.group).load()
        except Exception as error:
            raise self.unusable(reason_of(error)) from error

    def unusable(self, reason: str) -> PluginError:
        """The error of a plug-in that cannot be used.

        Args:
            reason: what is wrong with it.
        """
        return PluginError(
            f"the plug-in {self.distribution} ({self.group}: {self.name} = {self.place}) cannot be used: {reason}\n"
            f"  Upgrade it, or remove it: pip uninstall {self.distribution}"
        )


def _entry_points(group: str) -> "list[EntryPoint]":
    """Return the entry points of a group; a distribution whose `entry_points.txt` cannot be read is left out.

    It is named in a warning. The first distribution of a name counts, as for Python.
    """
    from importlib import metadata  # noqa: PLC0415 - slow to import

    try:
        return list(metadata.entry_points(group=group))
    except _MALFORMED:
        names: dict[str, metadata.Distribution] = {}
        for each in metadata.distributions():
            names.setdefault(each.name, each)
        return [entry for name, each in names.items() for entry in _legible(name, each, group)]


def _legible(name: str, distribution: "Distribution", group: str) -> "list[EntryPoint]":
    try:
        return list(distribution.entry_points.select(group=group))
    except _MALFORMED as error:
        warn_once(
            f"the entry_points.txt of the installed package {name} cannot be read, and its plug-ins are left out: "
            f"{reason_of(error)}\n  Install it again: pip install --force-reinstall {name}"
        )
        return []


def plugins(group: str) -> tuple[Plugin, ...]:
    """The plug-ins of a group, by distribution and name; none of them is imported."""
    declared = {
        Plugin(group, entry.name, entry.value, DISTRIBUTION if entry.dist is None else entry.dist.name)
        for entry in _entry_points(group)
    }
    return tuple(sorted(declared, key=lambda plugin: (plugin.distribution, plugin.name, plugin.place)))


def loaded(group: str) -> Iterator[tuple[Plugin, Any]]:
    """The plug-ins of a group with the objects at their places; one that cannot be imported is left out with a warning.

    The warning comes once a process, since most commands can do without that plug-in.
    """
    for plugin in plugins(group):
        try:
            yield plugin, plugin.load()
        except PluginError as error:
            warn_once(str(error))


@cache
def warn_once(message: str) -> None:
    """Log a warning about a plug-in, unless the same one was logged before."""
    log.warning("%s", message)


def clash(kind: str, name: str, first: str, second: str) -> PluginError:
    """The error of one name that two distributions claim.

    Args:
        kind: what is named, as users call it ("metric").
        name: that both claim.
        first: the distribution that has it.
        second: the other one.
    """
    both = f"{first} and {second}" if first != second else f"{first} twice"
    removable = second if second != DISTRIBUTION else first
    return PluginError(
        f"{kind} '{name}' is declared by {both}, and one name cannot mean two things\n"
        f"  Remove one of them (pip uninstall {removable}), or rename the {kind} in it."
    )
