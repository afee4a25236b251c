"""The cache as one store: the entries of every kind, and their removal."""

from dataclasses import dataclass
from pathlib import Path

from leaderboard.cache.entry import Entry
from leaderboard.cache.kind_folder import KindFolder
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.subject_folders import SubjectCache
from leaderboard.settings import cache_folder


@dataclass(frozen=True)
class CacheStore:
    """All that is cached between runs. Safe to use from several processes."""

    folder: Path

    @classmethod
    def here(cls) -> "CacheStore":
        """Return the cache of this machine (`LEADERBOARD_CACHE`); it need not exist yet."""
        return cls(cache_folder())

    def entries(self) -> list[Entry]:
        """Return the entries of all kinds, the least recently used first."""
        entries = [entry for kind in CacheKind if (self.folder / kind).is_dir() for entry in self._of(kind).entries()]
        return sorted(entries, key=lambda entry: entry.last_used)

    def is_free(self, entry: Entry) -> bool:
        """Return whether no process makes or uses an entry now."""
        return self._of(entry.kind).is_free(entry)

    def remove(self, entry: Entry) -> bool:
        """Remove an entry unless a process makes or uses it now; return whether it was removed.

        Raises:
            RequestError: when the entry is behind a link to a place outside the cache.
        """
        return self._of(entry.kind).remove(entry)

    def _of(self, kind: CacheKind) -> SubjectCache | KindFolder:
        return SubjectCache(self.folder / kind) if kind is CacheKind.SUBJECTS else KindFolder(kind, self.folder / kind)
