"""Package indexes: the indexes and folders that pip is configured to use, queried through `unearth`."""

import atexit
import importlib.util
import logging
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx2
from packaging.version import Version
from unearth import Package, PackageFinder
from unearth.auth import MultiDomainBasicAuth
from unearth.errors import UnpackError

from leaderboard.data.http_client import RetryingClient, http_error_text
from leaderboard.errors import SourceUnavailableError
from leaderboard.isolation import python_command, safe_environment
from leaderboard.redaction import keep_url_secret

if TYPE_CHECKING:
    from unearth.fetchers import Fetcher

_PIP_TIMEOUT_S = 20


@dataclass(frozen=True)
class Indexes:
    """Settings of pip.

    Attributes:
        index_url: the main index; None means the finder's own default.
        extra_index_urls, find_links: further indexes; folders or pages with files.
        no_index: whether to use only `find_links`.
        trusted_hosts: hosts whose certificates are not checked.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    trusted_hosts: tuple[str, ...] = ()


def configured_indexes() -> Indexes:
    """Read pip's settings from the PIP_… environment variables, else from pip's configuration files."""
    listed = _pip_configuration()

    for value in listed.values():
        keep_url_secret(value)  # a password of pip's configuration, whatever names the index afterwards

    def setting(name: str) -> str:
        return os.environ.get(f"PIP_{name.upper().replace('-', '_')}") or listed.get(name, "")

    return Indexes(
        index_url=setting("index-url") or None,
        extra_index_urls=tuple(setting("extra-index-url").split()),
        find_links=tuple(setting("find-links").split()),
        no_index=setting("no-index").lower() in {"1", "true", "yes", "on"},
        trusted_hosts=tuple(setting("trusted-host").split()),
    )


def _pip_configuration() -> dict[str, str]:
    """Return the settings of `pip config list`; the last section that sets a name counts, as in pip."""
    if importlib.util.find_spec("pip") is None:
        return {}
    result = subprocess.run(
        python_command("pip", "config", "list"),
        env=safe_environment(),
        capture_output=True,
        text=True,
        timeout=_PIP_TIMEOUT_S,
        check=False,
    )
    settings = {}
    for line in result.stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in {"global", "download"}:
            # pip prints the value as a Python string, line breaks escaped.
            settings[key] = " ".join(shlex.split(value)).replace("\\n", " ").strip()
    return settings


@dataclass(frozen=True)
class PackageFile:
    """A downloadable file of a distribution."""

    version: str
    package: Package
    finder: PackageFinder

    def download(self, target: Path) -> None:
        """Download the file to `target`.

        Raises:
            SourceUnavailableError: when the download fails.
        """
        with tempfile.TemporaryDirectory() as folder:
            try:
                file = self.finder.download(self.package.link, folder)
            except httpx2.HTTPError as error:
                raise SourceUnavailableError(
                    f"{self.package.link.filename}: download failed: {http_error_text(error)}"
                ) from None
            except (UnpackError, OSError) as error:
                raise SourceUnavailableError(f"{self.package.link.filename}: download failed: {error}") from None
            shutil.copyfile(file, target)


def find(name: str, version: str | None, *, sdist: bool, sha256: str | None) -> PackageFile:
    """Find the file of a distribution to download, preferring wheels for any platform.

    Compatibility with this Python is not required, since files are only extracted and nothing is run.

    Args:
        name: name of the distribution.
        version: exactly this one, from the first index that has it; None takes the newest that any index has.
        sdist: its source archive instead of a wheel.
        sha256: digest of the preferred file, where an index lists digests.

    Raises:
        SourceUnavailableError: naming every index that was asked, and why it did not help.
    """
    failures: list[str] = []
    candidates: list[PackageFile] = []
    for index, finder, client in _finders(configured_indexes(), name, sdist=sdist):
        try:
            best = _best(finder, name, version, sha256)
        except httpx2.HTTPError as error:
            failures.append(f"{index}: {http_error_text(error)}")
            continue
        except (OSError, ValueError) as error:
            failures.append(f"{index}: {error}")
            continue
        if best is None:
            failures.append(f"{index}: {client.failures[-1] if client.failures else 'has no such file'}")
            continue
        candidates.append(best)
        if version is not None:
            break
    if not candidates:
        form = "source archive" if sdist else "wheel"
        wanted = f"{name}=={version}" if version else name
        tried = "".join(f"\n    {failure}" for failure in failures)
        raise SourceUnavailableError(f"no {form} of {wanted} to be had; tried:{tried}")
    return max(candidates, key=lambda candidate: Version(candidate.version))


def _finders(indexes: Indexes, name: str, *, sdist: bool) -> Iterator[tuple[str, PackageFinder, RetryingClient]]:
    """Yield a finder and its client for each index, nearest first, so that a failing one does not hide the others."""
    # It logs a warning for each index that lacks the distribution; `find` tells that where it matters.
    logging.getLogger("unearth").setLevel(logging.ERROR)
    only: Sequence[str] = (name,)

    def finder(**places: Sequence[str]) -> tuple[PackageFinder, RetryingClient]:
        client = RetryingClient(trusted_hosts=indexes.trusted_hosts)
        client.auth = MultiDomainBasicAuth(prompting=False, index_urls=list(places.get("index_urls", ())))
        atexit.register(client.close)
        package_finder = PackageFinder(
            session=cast("Fetcher", client),
            ignore_compatibility=True,
            trusted_hosts=indexes.trusted_hosts,
            no_binary=only if sdist else (),
            only_binary=() if sdist else only,
            **places,  # type: ignore[arg-type]
        )
        return package_finder, client

    for link in indexes.find_links:
        yield link, *finder(find_links=[link])
    if indexes.no_index:
        return
    for url in indexes.extra_index_urls:
        yield url, *finder(index_urls=[url])
    yield "the package index", *(finder(index_urls=[indexes.index_url]) if indexes.index_url else finder())


def _best(finder: PackageFinder, name: str, version: str | None, sha256: str | None) -> PackageFile | None:
    requirement = f"{name}=={version}" if version else name
    applicable = list(finder.find_best_match(requirement).applicable)
    if not applicable:
        return None
    newest = applicable[0].version

    def preference(package: Package) -> tuple[bool, bool]:
        hashes = (package.link.hash_option or {}).get("sha256", [])
        return (sha256 in hashes, package.link.filename.endswith("-none-any.whl"))

    # max keeps the finder's own order among equals.
    chosen = max((package for package in applicable if package.version == newest), key=preference)
    return PackageFile(str(chosen.version), chosen, finder)
