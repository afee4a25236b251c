"""Plug-in tasks: folders of task files and suites that installed packages bring.

A package names its folder by an entry point of the group `leaderboard.tasks`, for instance
`[project.entry-points."leaderboard.tasks"] reviews = "my_package.tasks"`: the files in the folder `tasks` of the
package `my_package`. Nothing of the package is imported, only its files are read.
"""

import logging
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from leaderboard.plugins import Plugin, plugins

log = logging.getLogger(__name__)

GROUP = "leaderboard.tasks"


def plugin_folders() -> Iterator[tuple[str, Path]]:
    """Yield the name and the folder of each plug-in with tasks; one without a folder is skipped with a warning."""
    for plugin in plugins(GROUP):
        folder = _folder(plugin)
        if folder is None:
            log.warning("plug-in '%s' of %s: %s has no folder of files", plugin.name, GROUP, plugin.place)
            continue
        yield plugin.name, folder


def _folder(plugin: Plugin) -> Path | None:
    package, *inner = plugin.place.partition(":")[0].split(".")
    try:
        spec = find_spec(package)  # of a package at the top, which imports nothing
    except (ImportError, ValueError):  # the value of the entry point is no name of a module
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    folders = (Path(place, *inner) for place in places)
    return next((folder for folder in folders if folder.is_dir()), None)
