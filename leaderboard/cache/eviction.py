"""Eviction: which prepared subjects are removed from the cache, and in what order."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from leaderboard.cache.subject_folders import Entry, SubjectCache, SubjectState, size_of
from leaderboard.errors import RequestError, unknown_name

PARTS = {
    "answers": "what models answered",
    "data": "data sets",
    "digests": "digests of model files",
    "features": "what frozen bodies make of texts",
    "gguf": "weights converted from GGUF",
    "heads": "heads of probes",
    "packages": "downloaded packages",
    "unpacked": "weights out of packages",
}
"""Other folders of the cache than that of prepared subjects, by name."""
KEY_DIGITS = 8
"""Digits of a key in tables and messages."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class EvictionCriteria:
    """Criteria for removal; an entry is removed when it meets one of them. Leftovers of killed processes always are.

    Attributes:
        older_than: remove entries unused for longer than this.
        keys: remove entries whose key starts with one of these.
        everything: remove all entries, and the other parts of the cache.
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
        named = bool(entry.key) and entry.key.startswith(tuple(self.keys))
        return self.everything or too_old or named or entry.state is SubjectState.LEFTOVER


@dataclass(frozen=True)
class PruneResult:
    """Result of pruning the cache.

    Attributes:
        removed: removed entries, in this order.
        in_use: entries that match but are being made or used now.
        remaining: bytes of all prepared subjects that are still there.
        parts: bytes by name of the other parts of the cache that were removed too.
    """

    removed: Sequence[Entry]
    in_use: Sequence[Entry]
    remaining: int
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def freed(self) -> int:
        """Number of bytes freed."""
        return sum(entry.size for entry in self.removed) + sum(self.parts.values())


def prune(cache: SubjectCache, criteria: EvictionCriteria, *, dry_run: bool = False) -> PruneResult:
    """Remove what the criteria match, the least recently used first; never what a process makes or uses now.

    Args:
        cache: of prepared subjects.
        criteria: for removal.
        dry_run: remove nothing; return what would be removed.

    Raises:
        RequestError: for a start of a key that matches no entry, or several.
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
        elif entry.state is not SubjectState.LEFTOVER:  # else it is being made: not left over at all
            in_use.append(entry)
    parts = _remove_parts(cache, dry_run=dry_run) if criteria.everything else {}
    return PruneResult(removed, in_use, remaining, parts)


def _remove_parts(cache: SubjectCache, *, dry_run: bool) -> dict[str, int]:
    """Remove the other parts of the cache and return their bytes by name. Files of other programs stay."""
    removed = {}
    for path in (cache.folder.parent / name for name in PARTS):
        if path.is_dir() or path.is_symlink():
            removed[path.name] = size_of(path)
            if not dry_run:
                cache.discard(path)
    return removed


def keep_within(cache: SubjectCache, limit: int) -> None:
    """Remove the least recently used subjects until at most `limit` bytes remain, or only subjects in use."""
    pruned = prune(cache, EvictionCriteria(max_bytes=limit))
    for entry in pruned.removed:
        _log.info("removed the prepared subject %s: the cache holds at most %d bytes of them", entry.path, limit)


def _check_keys(starts: Sequence[str], entries: Sequence[Entry]) -> None:
    keys = {entry.key for entry in entries if entry.key}
    for start in starts:
        matches = [key for key in keys if start and key.startswith(start)]
        if not matches:
            short_keys = [key[:KEY_DIGITS] for key in keys]
            raise unknown_name("prepared subject", start, short_keys, where="--subject", see="leaderboard cache list")
        if len(matches) > 1:
            raise RequestError(
                f"--subject {start}: matches several prepared subjects\n  Name one: {', '.join(sorted(matches))}"
            )
