"""The cache of this machine: what it holds, and what is removed from it. It belongs to no store."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from leaderboard.api.arguments import as_words
from leaderboard.api.python_names import in_python_names
from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from leaderboard.cache.contents import CacheContents
    from leaderboard.cache.eviction import PruneResult


def cache_contents() -> "CacheContents":
    """Return the contents of the cache: its entries with size, last use and kind, and its limit.

    Raises:
        RequestError: when `LEADERBOARD_CACHE_LIMIT` is not a size.
    """
    from leaderboard.cache import contents

    return contents.cache_contents()


@in_python_names
def prune_cache(
    *,
    older_than: timedelta | None = None,
    max_bytes: int | None = None,
    subjects: str | Iterable[str] = (),
    everything: bool = False,
    dry_run: bool = False,
) -> "PruneResult":
    """Remove entries of the cache that no process uses; without an argument, the excess over the cache's limit.

    Results are not affected: what is removed is made or fetched again when it is needed.

    Args:
        older_than: remove entries unused for longer than this.
        max_bytes: remove the least recently used entries until at most this many bytes remain.
        subjects: remove the prepared subjects whose keys begin so.
        everything: remove all entries.
        dry_run: remove nothing; return what would be removed.

    Raises:
        RequestError: for arguments that contradict each other, or a key that names no subject or several.
    """
    from leaderboard.cache.eviction import EvictionCriteria, prune
    from leaderboard.cache.store import CacheStore
    from leaderboard.settings import cache_limit

    keys = as_words(subjects)
    named = older_than is not None or max_bytes is not None or bool(keys)
    if everything and named:
        raise RequestError("everything=True cannot be combined with older_than, max_bytes or subjects")
    limit = max_bytes if named or everything else cache_limit()
    criteria = EvictionCriteria(older_than=older_than, keys=keys, everything=everything, max_bytes=limit)
    return prune(CacheStore.here(), criteria, dry_run=dry_run)
