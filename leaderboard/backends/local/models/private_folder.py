"""Private folders, so that exactly the hashed files of a model are loaded.

`transformers` looks for dozens of files in a folder: pickles, adapters, kernels, Python modules, checkpoints of other
kinds. Of a model it is shown a folder of ours instead, which holds the files of the model's identity and no other.
Small files, which say what is built, are copies of the very bytes that were hashed. Weights, which may be large, are
links, and have the same digest before and after.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from leaderboard.backends.local.models.code_settings import cleaned
from leaderboard.cache.file_digests import remembered_digest
from leaderboard.errors import LeaderboardError
from leaderboard.regular_files import read_regular

_LINKED = "*.safetensors"


@contextmanager
def private_folder(folder: Path, files: Mapping[str, str]) -> Iterator[Path]:
    """Create a temporary folder with only the files of a model, for the duration of a block.

    Args:
        folder: Folder of the files.
        files: Digest of each file by name.

    Raises:
        LeaderboardError: If a file does not have the digest.
    """
    weights = {name: sha256 for name, sha256 in files.items() if fnmatch(name, _LINKED)}
    with tempfile.TemporaryDirectory(prefix="leaderboard-model-", ignore_cleanup_errors=True) as temporary:
        private = Path(temporary).resolve()
        for name, sha256 in files.items():
            (private / name).parent.mkdir(exist_ok=True)
            if name not in weights:
                (private / name).write_bytes(cleaned(name, _content(folder / name, sha256)))
        targets = {name: _linked(folder / name, private / name) for name in weights}
        _check_weights(targets, weights)
        yield private
        _check_weights(targets, weights)  # they may have been exchanged while they were read


def changed(folder: Path) -> LeaderboardError:
    """Return the error for a folder whose files have changed."""
    return LeaderboardError(
        f"the model's files in {folder} are not those that this run began with\n"
        "  Run it again: the model then is another one."
    )


def _content(path: Path, sha256: str) -> bytes:
    try:
        data = read_regular(path)
    except FileNotFoundError:
        raise changed(path.parent) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise changed(path.parent)
    return data


def _linked(path: Path, place: Path) -> Path:
    """Link a file into a place, or copy it where the system has no links; return the target of the link."""
    try:
        target = path.resolve(strict=True)
    except OSError:
        raise changed(path.parent) from None
    try:
        place.symlink_to(target)
    except OSError:  # Windows lets few users make symbolic links
        try:
            os.link(target, place)
        except OSError:  # on another disk
            shutil.copyfile(target, place)
    return target


def _check_weights(targets: Mapping[str, Path], weights: Mapping[str, str]) -> None:
    for name, target in targets.items():
        try:
            same = remembered_digest(target) == weights[name]
        except OSError:
            same = False
        if not same:
            raise changed(target.parent)
