"""Weights from the Hugging Face Hub, or from its cache on this machine."""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from leaderboard.backends.local.models.model_files import MODEL_FILES, WeightLocation
from leaderboard.errors import LeaderboardError, RequestError, SourceUnavailableError

# A repository may hold the same model again for other frameworks, in folders of its own; a star stands for those too.
_NOT_IN_FOLDERS = [f"*/{pattern}" for pattern in MODEL_FILES if "*" in pattern and "/" not in pattern]
_SHA256, _SHA1 = 64, 40
"""Hexadecimal digits."""


def from_hub(name: str, revision: str | None, *, offline: bool, other_models: Iterable[str] = ()) -> WeightLocation:
    """Return the snapshot of a model repository, downloaded where it is not in the Hub's cache.

    Args:
        name: repository id.
        revision: branch, tag or commit.
        offline: the cache only.
        other_models: other models that could have been meant, for the error message.

    Raises:
        RequestError: when there is no such model or revision, or it may not be read.
        SourceUnavailableError: when it is not in the cache and the Hub is out of reach.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - 0.3 s that other references need not wait for

    try:
        folder = snapshot_download(
            name,
            revision=revision,
            allow_patterns=list(MODEL_FILES),
            ignore_patterns=_NOT_IN_FOLDERS,
            local_files_only=offline,
        )
    except (OSError, ValueError) as error:  # what huggingface_hub raises, all of it
        raise _error_for(error, name, revision, offline=offline, other_models=other_models) from None
    return WeightLocation(name, Path(folder), Path(folder).name)


def check_blobs(folder: Path, content: Mapping[str, str], source: str) -> None:
    """Check that files in the Hub's cache have the digests that they are named by.

    A snapshot is a folder of links to blobs. A blob is called by its SHA-256 where it is large, else by its SHA-1 as
    git has it.

    Args:
        folder: the snapshot.
        content: name to SHA-256 of its files.
        source: as the user typed it.

    Raises:
        RequestError: naming the file that is damaged.
    """
    for name, sha256 in content.items():
        blob = (folder / name).resolve()
        if blob.parent.name != "blobs":
            continue
        called = {_SHA256: sha256, _SHA1: ""}.get(len(blob.name), blob.name)
        if len(blob.name) == _SHA1:
            data = blob.read_bytes()
            called = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        if called != blob.name:
            raise RequestError(
                f"{source}: {name} is damaged in the Hub's cache: {blob}\n"
                "  Remove that file and the link to it, and run again: it is fetched again."
            )


def cached_models() -> list[str]:
    """Return the ids of the models in the Hub's cache."""
    from huggingface_hub.constants import HF_HUB_CACHE  # noqa: PLC0415 - see above

    folders = Path(HF_HUB_CACHE).glob("models--*/snapshots")
    return sorted(folder.parent.name.removeprefix("models--").replace("--", "/") for folder in folders)


def _error_for(
    error: Exception, name: str, revision: str | None, *, offline: bool, other_models: Iterable[str]
) -> LeaderboardError:
    from huggingface_hub.errors import (  # noqa: PLC0415 - see above
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    near = _nearest(name, [*cached_models(), *other_models])
    wanted = f"'{name}@{revision}'" if revision else f"'{name}'"
    match error:
        case LocalEntryNotFoundError() if offline:
            return SourceUnavailableError(
                f"model {wanted} is not in the Hub cache of this machine, and offline nothing is downloaded{near}\n"
                "  Drop --offline, or give a local folder, a .gguf file or package:DIST."
            )
        case GatedRepoError():
            return RequestError(
                f"model {wanted}: its owner asks you to agree to something first; log in with `hf auth login`"
            )
        case RepositoryNotFoundError():
            return RequestError(f"model {wanted}: the Hub has no such model, or it is private{near}")
        case RevisionNotFoundError():
            return RequestError(f"model '{name}': the Hub has no revision '{revision}' of it")
        case HFValidationError():
            return RequestError(f"model {wanted}: not a valid name of a model on the Hub{near}")
    reason = str(error).partition("\n")[0]
    return SourceUnavailableError(
        f"model {wanted} is neither a local folder nor in the Hub cache, and the Hub is out of reach{near}\n"
        f"  {reason}\n"
        "  Connect to the network, or give a local folder, a .gguf file or package:DIST."
    )


def _nearest(name: str, other_models: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(set(other_models)), n=1, cutoff=0.5)
    return f"\n  Did you mean '{near[0]}'?" if near else ""
