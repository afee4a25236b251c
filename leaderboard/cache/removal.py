"""Removal of folders and files from the cache, in one step for other processes, and never outside of it."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from leaderboard.errors import RequestError

REMOVING = ".removing-"
"""Prefix of folders that are being removed; one that is left is of a killed process."""


def discard(path: Path, folder: Path) -> None:
    """Remove a locked entry. Of a symbolic link, the link alone is removed.

    Args:
        path: of the entry.
        folder: of its kind, in the folder of the cache.

    Raises:
        RequestError: when the entry is behind a link to a place outside the cache.
    """
    _check_confined(path, folder)
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
        return
    removing = Path(tempfile.mkdtemp(prefix=REMOVING, dir=folder))
    with suppress(FileNotFoundError):
        path.replace(removing / path.name)
    shutil.rmtree(removing, ignore_errors=True)  # what cannot be removed is a leftover, which is listed


def _check_confined(path: Path, folder: Path) -> None:
    expected = folder.parent.resolve() / path.parent.relative_to(folder.parent)
    if path.parent.resolve() != expected:
        raise RequestError(
            f"{path.parent}: is a link to {path.parent.resolve()}, outside the cache; nothing is removed there\n"
            "  LEADERBOARD_CACHE moves the cache as a whole."
        )
