"""What a data set of the Hub holds: its commit, splits and features, without reading its rows."""

import re
from pathlib import Path
from typing import Any

import httpx2
import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.file_download import repo_folder_name

from leaderboard.data.hub_dataset import HubSplit, refusals, split_files
from leaderboard.errors import SourceUnavailableError

_COMMIT = re.compile(r"[0-9a-f]{40}")
_BRANCH = "main"
_TIMEOUT_S = 20


def hub_content(name: str, revision: str | None, config: str | None, *, offline: bool, cache: str) -> dict[str, Any]:
    """Return the commit of a data set, the names of its splits, and its features.

    Args:
        name: name of the data set, `owner/name`.
        revision: a commit, a branch or a tag; None for the newest commit.
        config: name of the configuration, where there are several.
        offline: do without the network.
        cache: folder for what the library `datasets` writes.

    Raises:
        SourceUnavailableError: when it is out of reach, does not exist, or may not be read.
        RequestError: for a data set that runs code, has no such configuration, or cannot be read.
    """
    wanted = HubSplit(
        name=name, revision=revision or _BRANCH, split="", config=config, first=1, offline=offline, cache=cache
    )
    with refusals(wanted):
        commit = _commit(name, wanted.revision, offline=offline)
        splits, features = split_files(
            HubSplit(name=name, revision=commit, split="", config=config, first=1, offline=offline, cache=cache)
        )
    return {"revision": commit, "splits": splits, "features": features}


def _commit(name: str, revision: str, *, offline: bool) -> str:
    """Return the commit of a revision; offline, the one that was downloaded last."""
    if _COMMIT.fullmatch(revision):
        return revision
    if not offline:
        try:
            return str(huggingface_hub.HfApi().dataset_info(name, revision=revision, timeout=_TIMEOUT_S).sha)
        except httpx2.TransportError:
            raise SourceUnavailableError(
                f"hub {name}: the Hub is out of reach\n"
                "  With LEADERBOARD_OFFLINE=1, the newest commit in the Hub's cache is taken."
            ) from None
    folder = repo_folder_name(repo_id=name, repo_type="dataset")
    reference = Path(constants.HF_HUB_CACHE) / folder / "refs" / revision
    if not reference.is_file():
        raise SourceUnavailableError(f"hub {name}: offline, and the Hub's cache has no commit of '{revision}'")
    return reference.read_text().strip()
