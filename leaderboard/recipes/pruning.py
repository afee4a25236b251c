"""Pruning: which prepared subjects leave the cache, and in what order."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from leaderboard.errors import RequestError, unknown_name
from leaderboard.recipes.shelf import Entry, Shelf, State

SHORT = 8
"""Digits of a key that people are shown."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be removed: whatever one of these names. What a killed process left over always is.

    Attributes:
        older_than: everything that was not used for so long.
        keys: these, by the start of their key.
        everything: all.
        to: then the least recently used, until no more than so many bytes are left.
    """

    older_than: timedelta | None = None
    keys: Sequence[str] = ()
    everything: bool = False
    to: int | None = None

    def names(self, entry: Entry, now: float) -> bool:
        """Whether it is to be removed, however much is left; `now` in seconds since 1970."""
        unused = now - entry.last_used.timestamp()
        too_old = self.older_than is not None and unused > self.older_than.total_seconds()
        named = bool(entry.key) and entry.key.startswith(tuple(self.keys))
        return self.everything or too_old or named or entry.state is State.LEFTOVER


@dataclass(frozen=True)
class Pruned:
    """What became of a wish.

    Attributes:
        removed: in this order.
        in_use: what would have gone too, but is being made or used now.
        left: bytes of all that is still there.
    """

    removed: Sequence[Entry]
    in_use: Sequence[Entry]
    left: int

    @property
    def freed(self) -> int:
        """Bytes."""
        return sum(entry.size for entry in self.removed)


def prune(shelf: Shelf, wish: Wish, *, dry_run: bool = False) -> Pruned:
    """Remove what is wished, the least recently used first; never what somebody makes or uses now.

    Args:
        shelf: where.
        wish: what.
        dry_run: only say what would be removed.

    Raises:
        RequestError: for the start of a key that nothing has, or several have.
    """
    entries = shelf.entries()
    _check_keys(wish.keys, entries)
    now = time.time()
    left = sum(entry.size for entry in entries)
    removed, in_use = [], []
    for entry in sorted(entries, key=lambda entry: not wish.names(entry, now)):  # stable: by last use among equals
        if not wish.names(entry, now) and (wish.to is None or left <= wish.to):
            break
        if shelf.is_free(entry) if dry_run else shelf.remove(entry):
            removed.append(entry)
            left -= entry.size
        elif entry.state is not State.LEFTOVER:  # else it is being made: not left over at all
            in_use.append(entry)
    return Pruned(removed, in_use, left)


def keep_within(shelf: Shelf, limit: int) -> None:
    """Remove the least recently used until no more than `limit` bytes are left, or nothing that could be removed."""
    pruned = prune(shelf, Wish(to=limit))
    for entry in pruned.removed:
        log.info("removed the prepared subject %s: the cache holds at most %d bytes of them", entry.path, limit)


def _check_keys(starts: Sequence[str], entries: Sequence[Entry]) -> None:
    known = {entry.key for entry in entries if entry.key}
    for start in starts:
        meant = [key for key in known if start and key.startswith(start)]
        if not meant:
            shown = [key[:SHORT] for key in known]
            raise unknown_name("prepared subject", start, shown, where="--subject", see="leaderboard cache list")
        if len(meant) > 1:
            raise RequestError(f"--subject {start}: could be several\n  Name one: {', '.join(sorted(meant))}")
