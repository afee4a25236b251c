"""Contents of the cache: what is there, what is in use, and how much it may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.cache.entry import Entry, size_of
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.store import CacheStore
from leaderboard.settings import cache_limit


@dataclass(frozen=True)
class CacheContents:
    """Contents of the cache at one moment.

    Attributes:
        folder: folder of the cache; it need not exist.
        limit: bytes that it may hold; None for no limit.
        entries: all entries, the least recently used first.
        in_use: paths of the prepared subjects that a process makes or uses now.
        others: bytes of further folders and files in the folder, which are not this program's, by name.
    """

    folder: Path
    limit: int | None
    entries: Sequence[Entry]
    in_use: frozenset[Path]
    others: Mapping[str, int]

    def of(self, kind: CacheKind) -> list[Entry]:
        """Return the entries of a kind, the least recently used first."""
        return [entry for entry in self.entries if entry.kind is kind]

    @property
    def size(self) -> int:
        """Bytes of all entries; what is not this program's does not count."""
        return sum(entry.size for entry in self.entries)


def cache_contents() -> CacheContents:
    """Return the contents of the cache of this machine.

    Raises:
        RequestError: when `LEADERBOARD_CACHE_LIMIT` is not a size.
    """
    store = CacheStore.here()
    limit, entries = cache_limit(), store.entries()
    in_use = frozenset(each.path for each in entries if each.kind is CacheKind.SUBJECTS and not store.is_free(each))
    there = sorted(store.folder.iterdir()) if store.folder.is_dir() else []
    others = {path.name: size_of(path) for path in there if path.name not in set(CacheKind)}
    return CacheContents(store.folder, limit, entries, in_use, others)
