"""Checks of symbolic links in a model's folder, so that an untrusted folder reads no other file."""

import re
from pathlib import Path

from leaderboard.errors import RequestError
from leaderboard.escapes import shell

_CONTENT_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def check_is_file(path: Path, folder: Path, source: str) -> None:
    """Check that a model's file is a regular file, in the folder or linked to one of the same name.

    A folder that was unpacked or cloned may hold a link to a private key under the name of a vocabulary or template,
    whose text would then be shown to a model and stored. A pipe or a device would be read without end.

    Args:
        path: in the folder.
        folder: of the model.
        source: as the user typed it.

    Raises:
        RequestError: naming the file.
    """
    name = path.relative_to(folder).as_posix()
    if not path.is_file():
        missing = path.is_symlink() and not path.exists()
        problem = f"a link to {path.readlink()}, which is not there" if missing else "not a regular file"
        raise RequestError(f"{source}: {name} in {folder} is {problem}\n  Every file of a model has to be a file.")
    target = path.resolve()
    if target.is_relative_to(folder.resolve()) or _is_blob(target, folder):
        return
    if path.parent.resolve().is_relative_to(folder.resolve()) and target.name == path.name:
        return  # folders of links to another folder's files are how people share large weights
    if path.suffix == ".safetensors" and target.suffix == ".safetensors":
        return
    raise RequestError(
        f"{source}: {name} in {folder} is a link to {target}, outside that folder\n"
        f"  If you trust the folder, copy it with what its links lead to: cp -rL {shell(str(folder))} OTHER"
    )


def _is_blob(target: Path, folder: Path) -> bool:
    """Return whether this is a blob of a cache of the Hub.

    Snapshots are links to it, and so are the folders that `local_dir=` of huggingface_hub before 0.23 made.
    """
    snapshot = folder.resolve()
    if snapshot.parent.name == "snapshots" and target.parent == snapshot.parent.parent / "blobs":
        return True
    return (
        target.parent.name == "blobs"
        and target.parent.parent.name.startswith("models--")
        and _CONTENT_HASH.fullmatch(target.name) is not None
    )
