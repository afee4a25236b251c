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
    HubEvaluationModuleFactory,
    LocalEvaluationModuleFactory,
    get_imports,
    import_main_class,
    init_dynamic_modules,
)

from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, ModuleSettings, is_local, module_stem
from leaderboard.axes.harness.output_suppression import suppressed_output
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import RequestError, SourceUnavailableError, as_exceptions, reason_of
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
    with tempfile.TemporaryDirectory(prefix="evaluate-") as scratch:
        source = _local_source(name, folder) if is_local(name) else _hub_source(name, settings, Path(scratch), offline)
        files = sorted(path for path in source.rglob("*.py") if path.is_file())
        contents = {path.relative_to(source).as_posix(): path.read_bytes() for path in files}
        code = _digest(contents)
        if settings.code not in {None, code}:
            raise RequestError(
                f"{PREFIX}{name}: its code has another digest than the task file says\n"
                f"  expected sha256 {settings.code}\n  actual   sha256 {code}\n"
                "  Read the code; if it is right, correct `code` in the task file"
            )
        cached_folder(_cached(code), lambda target: _write(contents, target))
    return code


def load_module(name: str, settings: ModuleSettings) -> Any:
    """Import the module with the digest in its settings from the cache, and return its `EvaluationModule`.

    Raises:
        RequestError: when it lacks a package, or cannot be loaded.
    """
    folder = _cached(settings.code or "")
    if settings.code is None or not folder.is_dir() or _digest_of(folder) != settings.code:
        raise RequestError(f"{PREFIX}{name}: its code is no longer in the cache; run the command again")
    with _loading(name):
        factory = LocalEvaluationModuleFactory(
            str(folder / f"{module_stem(name)}.py"),
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
        module.download_and_prepare(download_config=DownloadConfig(cache_dir=_room() / "downloads"))
        return module


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


def _hub_source(name: str, settings: ModuleSettings, scratch: Path, offline: bool) -> Path:
    """Download the files of a module of the Hub, and return their folder."""
    full_name = name if "/" in name else f"evaluate-metric/{name}"
    if offline:
        raise SourceUnavailableError(
            f"{PREFIX}{name}: is on the Hugging Face Hub (space {full_name}), and --offline was given\n"
            f"  Download its files into a folder beside the task file, and name it: {PREFIX}./{module_stem(name)}"
        )
    with _loading(name):
        try:
            factory = HubEvaluationModuleFactory(
                full_name,
                revision=settings.revision,
                download_config=DownloadConfig(cache_dir=scratch / "downloads", max_retries=1),
                dynamic_modules_path=str(_created(scratch / "modules")),
            )
            importable = factory.get_module()
        except OSError as error:  # a connection error is one, too
            raise SourceUnavailableError(
                f"{PREFIX}{name}: cannot be fetched from the Hugging Face Hub (space {full_name}): "
                f"{str(error).partition(chr(10))[0][:200]}\n"
                f"  Without network, download its files elsewhere and name the folder: {PREFIX}./{module_stem(name)}"
            ) from None
    module_path: str = importable.module_path
    return (scratch / module_path.replace(".", "/")).parent


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


def _created(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    return folder


@cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="evaluate-")


def _room() -> Path:
    """Return the folder of what `evaluate` writes, which is removed when the process ends."""
    return Path(_temporary().name)


@cache
def _dynamic_modules() -> str:
    """Return the folder that modules are imported from."""
    path: str = init_dynamic_modules("leaderboard_evaluate_modules", hf_modules_cache=str(_room()))
    return path
