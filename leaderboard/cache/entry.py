"""Entries of the cache, and the number of bytes that they take."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from leaderboard.cache.kinds import CacheKind


class EntryState(StrEnum):
    """State of an entry: complete, in training, or left over by a killed process."""

    PREPARED = "prepared"
    UNFINISHED = "unfinished"
    LEFTOVER = "leftover"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Entry of the cache: what is used, and removed, as a whole.

    Attributes:
        path: path of the folder or file.
        kind: kind of the entry.
        state: complete; unfinished (the checkpoints of a training); or left over by a killed process.
        key: key of a subject, else the name of the entry; empty where it is unknown.
        size: bytes.
        last_used: when it was last made, used or written to.
        about: content of a subject's record; empty unless prepared.
        companions: further files of the entry, such as the journal of a database.
    """

    path: Path
    kind: CacheKind
    state: EntryState
    key: str
    size: int
    last_used: datetime
    about: Mapping[str, Any] = field(default_factory=dict)
    companions: tuple[Path, ...] = ()


def size_of(path: Path) -> int:
    """Return the number of bytes of a file, or of all files in a folder. Links are not followed."""
    return sum(state.st_size for state in files_of(path))


def files_of(path: Path) -> Iterator[os.stat_result]:
    """Yield the status of a file, or of each file in a folder; other processes may remove some meanwhile."""
    if path.is_symlink() or not path.is_dir():
        with suppress(FileNotFoundError):
            yield path.lstat()
        return
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                yield Path(folder, name).lstat()
