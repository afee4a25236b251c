"""Weights from the Hugging Face Hub, or from its cache on this machine."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from leaderboard.errors import LeaderboardError, RequestError, SourceUnavailableError
from leaderboard.models.files import MODEL_FILES, Weights

# A repository may hold the same model again for other frameworks, in folders of its own.
_NOT_IN_FOLDERS = "*/*"


def from_hub(name: str, revision: str | None, *, offline: bool, known: Iterable[str] = ()) -> Weights:
    """The snapshot of a model repository, downloaded where it is not in the Hub's cache.

    Args:
        name: repository id.
        revision: branch, tag or commit.
        offline: the cache only.
        known: other models that could have been meant, for the error message.

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
        raise _told(error, name, revision, offline=offline, known=known) from None
    return Weights(name, Path(folder), Path(folder).name)


def cached_models() -> list[str]:
    """Ids of the models in the Hub's cache."""
    from huggingface_hub.constants import HF_HUB_CACHE  # noqa: PLC0415 - see above

    folders = Path(HF_HUB_CACHE).glob("models--*/snapshots")
    return sorted(folder.parent.name.removeprefix("models--").replace("--", "/") for folder in folders)


def _told(
    error: Exception, name: str, revision: str | None, *, offline: bool, known: Iterable[str]
) -> LeaderboardError:
    from huggingface_hub.errors import (  # noqa: PLC0415 - see above
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    near = _nearest(name, [*cached_models(), *known])
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
            return RequestError(f"model {wanted}: not a name that the Hub could have{near}")
    reason = str(error).partition("\n")[0]
    return SourceUnavailableError(
        f"model {wanted} is neither a local folder nor in the Hub cache, and the Hub is out of reach{near}\n"
        f"  {reason}\n"
        "  Connect to the network, or give a local folder, a .gguf file or package:DIST."
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(set(known)), n=1, cutoff=0.5)
    return f"\n  Did you mean '{near[0]}'?" if near else ""
