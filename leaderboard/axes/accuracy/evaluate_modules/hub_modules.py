"""Modules of `evaluate` on the Hugging Face Hub: downloaded once for each commit."""

import re
from contextlib import suppress
from pathlib import Path

from datasets import DownloadConfig
from evaluate import SCRIPTS_VERSION
from evaluate.loading import HubEvaluationModuleFactory
from huggingface_hub import HfApi

from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, module_stem
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import SourceUnavailableError
from leaderboard.identity import digest
from leaderboard.settings import cache_folder
from leaderboard.whole_files import write_whole

_COMMIT = re.compile(r"[0-9a-f]{40}")
_CODE = re.compile(r"[0-9a-f]{64}")
_TIMEOUT_S = 10.0


def full_name(name: str) -> str:
    """Return the name of the space of a module."""
    return name if "/" in name else f"evaluate-metric/{name}"


def commit_of(name: str, revision: str | None) -> str | None:
    """Return the commit that a revision of a module is at now; None where the Hub does not say.

    Without a revision `evaluate` takes the tag of its own version, and the branch `main` where there is none.
    """
    if revision is not None and _COMMIT.fullmatch(revision):
        return revision
    for each in (revision,) if revision is not None else (f"v{SCRIPTS_VERSION}", "main"):
        with suppress(Exception):  # of its HTTP library, too: the download that follows says what is wrong
            info = HfApi().repo_info(full_name(name), repo_type="space", revision=each, timeout=_TIMEOUT_S)
            if info.sha is not None and _COMMIT.fullmatch(info.sha):
                return str(info.sha)
    return None


def download_module(name: str, revision: str | None, scratch: Path) -> Path:
    """Download the files of a module into a scratch folder, and return their folder; none of them runs.

    Raises:
        SourceUnavailableError: when the Hub cannot be reached, or has no such module.
    """
    modules = scratch / "modules"
    modules.mkdir(parents=True)
    (modules / "__init__.py").touch()
    try:
        factory = HubEvaluationModuleFactory(
            full_name(name),
            revision=revision,
            download_config=DownloadConfig(cache_dir=scratch / "downloads", max_retries=1),
            dynamic_modules_path=str(modules),
        )
        importable = factory.get_module()
    except OSError as error:  # a connection error is one, too
        raise SourceUnavailableError(
            f"{PREFIX}{name}: cannot be fetched from the Hugging Face Hub (space {full_name(name)}): "
            f"{str(error).partition(chr(10))[0][:200]}\n"
            f"  Without network, download its files elsewhere and name the folder: {PREFIX}./{module_stem(name)}"
        ) from None
    module_path: str = importable.module_path
    return (scratch / module_path.replace(".", "/")).parent


def remembered_code(name: str, revision: str | None) -> str | None:
    """Return the digest of the code that was last downloaded for a revision; None where there is none."""
    try:
        code = _record(name, revision).read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    return code if _CODE.fullmatch(code) else None


def remember_code(name: str, revision: str | None, code: str) -> None:
    """Record the digest of the code that was downloaded for a revision."""
    record = _record(name, revision)
    record.parent.mkdir(parents=True, exist_ok=True)
    write_whole(record, code.encode())


def _record(name: str, revision: str | None) -> Path:
    return cache_folder() / CacheKind.DIGESTS / f"module-{digest([full_name(name), revision])}.txt"
