"""Files that are there whole or not at all."""

import os
from pathlib import Path
from uuid import uuid4


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
