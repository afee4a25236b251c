"""Folders of kinds other than prepared subjects: their entries, and the removal of those that nobody uses."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leaderboard.cache.entry import Entry, EntryState, size_of
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.removal import REMOVING, discard
from leaderboard.cache.use_marks import claimed

_COMPANIONS = ("-wal", "-shm", ".sha256")
"""Endings of files that belong to the one with the same beginning."""
_UNFINISHED = (".making-", "tmp")
"""Beginnings of what is being made: of a folder, or of a file by `tempfile`."""
_PARTIAL = ".part"
_ABANDONED_S = 86_400.0
"""Seconds without change after which something unfinished is left over: nothing says which process makes it."""


@dataclass(frozen=True)
class KindFolder:
    """The folder of one kind of entries, which are its files and folders."""

    kind: CacheKind
    folder: Path

    def entries(self) -> list[Entry]:
        """Return the entries. A folder that is a link is not this program's to remove from, and has none."""
        if self.folder.is_symlink() or not self.folder.is_dir():
            return []
        paths = [self.folder] if self.kind.is_one_entry else sorted(self.folder.iterdir())
        return [entry for path in paths if (entry := self._entry(path)) is not None]

    def is_free(self, entry: Entry) -> bool:
        """Return whether no process makes or uses an entry now."""
        if self.kind.is_one_entry or not entry.key:
            return True
        with claimed(self.folder, entry.key) as free:
            return free

    def remove(self, entry: Entry) -> bool:
        """Remove an entry unless a process makes or uses it now; return whether it was removed."""
        if self.kind.is_one_entry:
            for path in list(self.folder.iterdir()):  # each is whole or absent, and nobody needs two of them
                discard(path, self.folder)
            return True
        if not entry.key:
            discard(entry.path, self.folder)
            return True
        with claimed(self.folder, entry.key) as free:
            for path in (entry.path, *entry.companions) if free else ():
                discard(path, self.folder)
            return free

    def _entry(self, path: Path) -> Entry | None:
        """Return the entry of a path; None for locks, companions, and what is being made."""
        try:
            changed = path.lstat().st_mtime
            if path.name.startswith(REMOVING):
                state = EntryState.LEFTOVER
            elif path.name.startswith(_UNFINISHED) or path.name.endswith(_PARTIAL):
                if time.time() - changed < _ABANDONED_S:
                    return None
                state = EntryState.LEFTOVER
            elif path.name.startswith(".") or self._is_companion(path):
                return None
            else:
                state = EntryState.PREPARED
            companions = tuple(
                beside for ending in _COMPANIONS if (beside := path.with_name(path.name + ending)).is_file()
            )
            size = size_of(path)
            if self.kind.is_one_entry and not size and not any(path.iterdir()):
                return None
            last_used = max([changed, *(each.lstat().st_mtime for each in companions)])
        except FileNotFoundError:  # removed by another process meanwhile
            return None
        return Entry(
            path=path,
            kind=self.kind,
            state=state,
            key="" if state is EntryState.LEFTOVER else path.name,
            size=size + sum(map(size_of, companions)),
            last_used=datetime.fromtimestamp(last_used, tz=UTC),
            companions=companions,
        )

    def _is_companion(self, path: Path) -> bool:
        return any(
            path.name.endswith(ending) and path.with_name(path.name.removesuffix(ending)).exists()
            for ending in _COMPANIONS
        )
