"""Loading of modules of `evaluate`: their code is copied into the cache by its digest, and imported from there."""

import hashlib
import importlib.metadata
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from datasets import DownloadConfig
from evaluate.loading import (
    LocalEvaluationModuleFactory,
    get_imports,
    import_main_class,
    init_dynamic_modules,
)

from leaderboard.axes.accuracy.evaluate_modules.hub_modules import (
    commit_of,
    download_module,
    full_name,
    remember_code,
    remembered_code,
)
from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, ModuleSettings, is_local, module_stem
from leaderboard.axes.harness.output_suppression import suppressed_output
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import RequestError, SourceUnavailableError, as_exceptions, reason_of
from leaderboard.identity import file_digest
from leaderboard.settings import cache_folder

_UNVERSIONED = frozenset({"datasets", "evaluate", "numpy"})
"""Imports of every module, whose versions change no score."""


def fetch_code(name: str, settings: ModuleSettings, folder: Path, *, offline: bool) -> str:
    """Copy the code of a module into the cache, and return its digest; none of it runs.

    Args:
        name: name of the module without the prefix.
        settings: its settings; `revision` is of the Hub, and `code` the digest that it must have.
        folder: folder of the task file.
        offline: do without the network.

    Raises:
        RequestError: for a folder without such a module, or code of another digest.
        SourceUnavailableError: when the Hub cannot be reached.
    """
    if is_local(name):
        code = _kept(_local_source(name, folder))
    elif settings.code is not None and _is_cached(settings.code):
        return settings.code
    else:
        code = _hub_code(name, settings, offline=offline)
    if settings.code not in {None, code}:
        raise RequestError(
            f"{PREFIX}{name}: its code has another digest than the task file says\n"
            f"  expected sha256 {settings.code}\n  actual   sha256 {code}\n"
            "  Read the code; if it is right, correct `code` in the task file"
        )
    return code


def _kept(source: Path) -> str:
    """Copy the Python files of a folder into the cache, and return their digest."""
    files = sorted(path for path in source.rglob("*.py") if path.is_file())
    contents = {path.relative_to(source).as_posix(): path.read_bytes() for path in files}
    code = _digest(contents)
    cached_folder(_cached(code), lambda target: _write(contents, target))
    return code


def _is_cached(code: str) -> bool:
    """Return whether the cache has the code with a digest, unchanged."""
    folder = _cached(code)
    return folder.is_dir() and _digest_of(folder) == code


def load_module(name: str, settings: ModuleSettings) -> Any:
    """Import the module with the digest in its settings from the cache, and return its `EvaluationModule`.

    Raises:
        RequestError: when it lacks a package, or cannot be loaded.
    """
    if settings.code is None or not _is_cached(settings.code):
        raise RequestError(f"{PREFIX}{name}: its code is no longer in the cache; run the command again")
    with _loading(name):
        factory = LocalEvaluationModuleFactory(
            str(_cached(settings.code) / f"{module_stem(name)}.py"),
            download_config=DownloadConfig(cache_dir=_room() / "downloads"),
            dynamic_modules_path=_dynamic_modules(),
        )
        importable = factory.get_module()
        kind = import_main_class(importable.module_path)
        if kind is None:
            raise RequestError(f"{PREFIX}{name}: has no class of `evaluate.EvaluationModule`")
        module = kind(
            config_name=settings.config,
            cache_dir=str(_room()),
            hash=importable.hash,
        )
        module.download_and_prepare(download_config=DownloadConfig(cache_dir=_downloads(settings.code)))
        return module


def downloaded_files(code: str) -> set[str]:
    """Return `NAME@SHA-256` of each file that a module downloaded through `evaluate` when it was loaded."""
    folder = _downloads(code)
    files = [path for path in sorted(folder.iterdir()) if path.is_file()] if folder.is_dir() else []
    return {f"{path.name}@{file_digest(path)}" for path in files if path.suffix not in {".json", ".lock"}}


def library_versions(code: str) -> dict[str, str]:
    """Return the versions of the distributions that the files of a module in the cache import, by name."""
    scripts = sorted(_cached(code).rglob("*.py"))
    imports = {package for script in scripts for kind, package, *_ in get_imports(str(script)) if kind == "library"}
    versions = {}
    distributions: Mapping[str, Sequence[str]] = {}
    for package in sorted(imports - _UNVERSIONED - sys.stdlib_module_names):
        distributions = distributions or importlib.metadata.packages_distributions()
        for distribution in distributions.get(package, ()):
            versions[distribution] = importlib.metadata.version(distribution)
    return versions


def _local_source(name: str, folder: Path) -> Path:
    source = folder / name
    if not (source / f"{module_stem(name)}.py").is_file():
        raise RequestError(
            f"{PREFIX}{name}: {source} is no folder with a file {module_stem(name)}.py\n"
            "  The path is relative to the task file, and the file has the name of its folder"
        )
    return source


def _hub_code(name: str, settings: ModuleSettings, *, offline: bool) -> str:
    """Return the digest of the code of a module of the Hub, downloaded unless the cache has that of its revision."""
    commit = None if offline else commit_of(name, settings.revision)
    code = remembered_code(name, settings.revision if offline else commit) if offline or commit else None
    if code is None or not _is_cached(code):
        if offline:
            raise SourceUnavailableError(
                f"{PREFIX}{name}: is on the Hugging Face Hub (space {full_name(name)}), and --offline was given\n"
                "  Run it once without --offline, which downloads it; or download its files into a folder beside the "
                f"task file, and name it: {PREFIX}./{module_stem(name)}"
            )
        with tempfile.TemporaryDirectory(prefix="evaluate-") as scratch, _loading(name):
            code = _kept(download_module(name, commit or settings.revision, Path(scratch)))
    if not offline:
        for revision in {commit, settings.revision} if commit else {settings.revision}:
            remember_code(name, revision, code)
    return code


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """Convert the errors of a module while it is loaded to one line, and keep its prints and progress bars back.

    Raises:
        RequestError: naming the package that is missing, or what the code raised.
    """
    try:
        with as_exceptions(), suppressed_output():
            yield
    except (RequestError, SourceUnavailableError):
        raise
    except ImportError as error:
        missing = error.name or _packages(str(error))
        raise RequestError(
            f"{PREFIX}{name}: needs a package that is not installed: {missing}\n"
            "  Install it beside this program, and run the command again"
        ) from None
    except Exception as error:  # noqa: BLE001 - anything that its code raises
        raise RequestError(f"{PREFIX}{name}: its code cannot be loaded: {reason_of(error)}") from None


def _packages(message: str) -> str:
    """Return the packages that an error of `evaluate` lists: "… the following dependencies['nltk'] using 'pip …"."""
    listed = re.search(r"dependencies\[(.*?)\]", message)
    return listed[1].replace("'", "") if listed else message


def _cached(code: str) -> Path:
    return cache_folder() / CacheKind.MODULES / code


def _digest(contents: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over files and their names."""
    hasher = hashlib.sha256()
    for name, content in sorted(contents.items()):
        hasher.update(f"{name}\0".encode())
        hasher.update(hashlib.sha256(content).digest())
    return hasher.hexdigest()


def _digest_of(folder: Path) -> str:
    return _digest({path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")})


def _write(contents: Mapping[str, bytes], target: Path) -> None:
    for name, content in contents.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="evaluate-")


def _room() -> Path:
    """Return the folder of what `evaluate` writes, which is removed when the process ends."""
    return Path(_temporary().name)


def _downloads(code: str) -> Path:
    return _room() / "downloads" / code


@cache
def _dynamic_modules() -> str:
    """Return the folder that modules are imported from."""
    path: str = init_dynamic_modules("leaderboard_evaluate_modules", hf_modules_cache=str(_room()))
    return path
