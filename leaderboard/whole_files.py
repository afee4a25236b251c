"""Files that are there whole or not at all."""

import os
from pathlib import Path
from uuid import uuid4

from leaderboard.errors import RequestError


def check_stays_inside(path: Path) -> None:
    """Check that a file of a usual name, which a folder from elsewhere may hold as a link, is written in its folder.

    Raises:
        RequestError: for a link that leads out of the folder.
    """
    target = Path(os.path.realpath(path))
    if path.is_symlink() and not target.is_relative_to(os.path.realpath(path.parent)):
        raise RequestError(
            f"{path}: is a link to {target}, outside its folder; nothing is written there\n"
            "  Remove the link, or name the file that it leads to."
        )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that nobody ever reads half of it.

    A link stays a link; what is no file, such as a pipe, is written to as it is.

    Raises:
        OSError: where it cannot be written; what was there before is then still there.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    fresh = path.with_name(f".{path.name[:100]}-{uuid4().hex}")
    try:
        fresh.write_bytes(content)
        if path.exists():
            fresh.chmod(path.stat().st_mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
