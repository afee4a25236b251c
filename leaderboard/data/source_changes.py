"""Changes of the data of a task since a result was stored."""

from pathlib import Path

from leaderboard.cache.file_digests import remembered_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.data.fetching import file_name, installed_file, mirrored_file
from leaderboard.data.file_sets import files_of, set_digest
from leaderboard.data.source import Location, Source
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.settings import cache_folder

_OF_EARLIER = "the stored result is of the earlier file"


def change_of(source: Source, *, folder: Path) -> str | None:
    """Describe how the file of a source changed since a result was stored; None where it is available unchanged.

    Nothing is fetched, and a file is read only where its times changed.

    Args:
        source: the pinned source.
        folder: folder of the task file, to which `file` locations are relative.
    """
    first = source.locations[0]
    if first.is_data_set:
        return None
    if first.is_folder:
        return _change_of_files(str(first.files or first.disk), source.sha256, folder)
    return _change_of_file(source, folder)


def _change_of_file(source: Source, folder: Path) -> str | None:
    cached = cache_folder() / CacheKind.DATA / source.sha256
    for location in source.locations:
        if (cached / file_name(location)).is_file() and remembered_digest(
            cached / file_name(location)
        ) == source.sha256:
            return None
        path, can_be_fetched = _on_this_machine(location, folder)
        if path is not None and path.is_file():
            if remembered_digest(path) == source.sha256:
                return None
            return f"{location.file or path.name} no longer has the pinned digest; {_OF_EARLIER}"
        if can_be_fetched:
            return None
    return f"{source.locations[0].file or file_name(source.locations[0])} no longer exists; {_OF_EARLIER}"


def _change_of_files(pattern: str, sha256: str, folder: Path) -> str | None:
    try:
        same = set_digest(files_of(pattern, folder), remembered_digest) == sha256
    except (RequestError, SourceUnavailableError):
        return f"{pattern} cannot be read any more; {_OF_EARLIER}s"
    return None if same else f"{pattern} no longer has the pinned digest; {_OF_EARLIER}s"


def _on_this_machine(location: Location, folder: Path) -> tuple[Path | None, bool]:
    """Return the local file of a location, where it has one, and whether it could be fetched instead."""
    match location:
        case Location(file=str(path)):
            return (folder / path).resolve(), False
        case Location(package=str(name), path=str(path)):
            try:
                return installed_file(name, path), False
            except SourceUnavailableError:
                return None, False
        case Location(github=str(name), path=str(path)):
            return mirrored_file(name, path), True
    return None, True
