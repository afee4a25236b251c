"""Eviction: which entries of the cache are removed, and in what order. One policy for all kinds of entries."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from leaderboard.cache.entry import Entry, EntryState
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.store import CacheStore
from leaderboard.errors import RequestError, unknown_name

KEY_DIGITS = 8
"""Digits of a key in tables and messages."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class EvictionCriteria:
    """Criteria for removal; an entry is removed when it meets one of them. Leftovers of killed processes always are.

    Attributes:
        older_than: remove entries unused for longer than this.
        keys: remove prepared subjects whose key starts with one of these.
        everything: remove all entries.
        max_bytes: then remove the least recently used entries until at most this many bytes remain.
    """

    older_than: timedelta | None = None
    keys: Sequence[str] = ()
    everything: bool = False
    max_bytes: int | None = None

    def matches(self, entry: Entry, now: float) -> bool:
        """Return whether an entry is to be removed whatever its size; `now` in seconds since 1970."""
        unused = now - entry.last_used.timestamp()
        too_old = self.older_than is not None and unused > self.older_than.total_seconds()
        named = entry.kind is CacheKind.SUBJECTS and bool(entry.key) and entry.key.startswith(tuple(self.keys))
        return self.everything or too_old or named or entry.state is EntryState.LEFTOVER


@dataclass(frozen=True)
class PruneResult:
    """Result of pruning the cache.

    Attributes:
        removed: removed entries, in this order.
        in_use: entries that match but are being made or used now.
        remaining: bytes of all entries that are still there.
    """

    removed: Sequence[Entry]
    in_use: Sequence[Entry]
    remaining: int

    @property
    def freed(self) -> int:
        """Number of bytes freed."""
        return sum(entry.size for entry in self.removed)


def prune(cache: CacheStore, criteria: EvictionCriteria, *, dry_run: bool = False) -> PruneResult:
    """Remove what the criteria match, the least recently used first; never what a process makes or uses now.

    Args:
        cache: the cache.
        criteria: for removal.
        dry_run: remove nothing; return what would be removed.

    Raises:
        RequestError: for a start of a key that matches no prepared subject, or several.
    """
    entries = cache.entries()
    _check_keys(criteria.keys, entries)
    now = time.time()
    remaining = sum(entry.size for entry in entries)
    removed, in_use = [], []
    for entry in sorted(entries, key=lambda entry: not criteria.matches(entry, now)):  # stable: then by last use
        if not criteria.matches(entry, now) and (criteria.max_bytes is None or remaining <= criteria.max_bytes):
            break
        if cache.is_free(entry) if dry_run else cache.remove(entry):
            removed.append(entry)
            remaining -= entry.size
        elif entry.state is not EntryState.LEFTOVER:  # else it is being made: not left over at all
            in_use.append(entry)
    return PruneResult(removed, in_use, remaining)


def keep_within(limit: int | None) -> None:
    """Remove the least recently used entries until at most `limit` bytes remain, or only entries in use.

    Args:
        limit: bytes of the whole cache; None for no limit.
    """
    if limit is None:
        return
    for entry in prune(CacheStore.here(), EvictionCriteria(max_bytes=limit)).removed:
        _log.info("removed %s, unused the longest: the cache holds at most %d bytes", entry.path, limit)


def _check_keys(starts: Sequence[str], entries: Iterable[Entry]) -> None:
    keys = {entry.key for entry in entries if entry.kind is CacheKind.SUBJECTS and entry.key}
    for start in starts:
        matches = [key for key in keys if start and key.startswith(start)]
        if not matches:
            short_keys = [key[:KEY_DIGITS] for key in keys]
            raise unknown_name("prepared subject", start, short_keys, where="--subject", see="leaderboard cache list")
        if len(matches) > 1:
            raise RequestError(
                f"--subject {start}: matches several prepared subjects\n  Name one: {', '.join(sorted(matches))}"
            )
