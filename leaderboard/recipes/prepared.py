"""Prepared subjects: what training made, kept as ordinary `transformers` folders, each under a digest of its making."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leaderboard.recipes.pruning import keep_within
from leaderboard.recipes.shelf import Shelf, add_checksums, damage, is_key, write_record
from leaderboard.settings import cache_limit

log = logging.getLogger(__name__)


def prepared(key: str, make: Callable[[Path], Mapping[str, Any]]) -> Path:
    """See to it that a subject is in the cache, whole; another process that wants the same one waits and finds it.

    The folder stays for as long as this process runs and has not asked for several others since. Making a new one
    removes those that were not used for longest, where all together take more than the cache's limit.

    Args:
        key: a digest of all that the result depends on.
        make: fills the empty folder it is given with configuration, weights and tokenizer. What it returns goes into
            the record, JSON-like: `model`, `recipe` (its details), `task` and `seed`, which are listed, and whatever
            else is worth knowing.

    Returns:
        The folder, with `subject.json` as its record.

    Raises:
        RequestError: when `LEADERBOARD_CACHE_LIMIT` says no size. What `make` raises passes through; nothing
            half-written stays, and what the work folder holds is kept.
    """
    limit = cache_limit()
    shelf = Shelf.of_cache()
    folder = shelf.prepared(key)
    with shelf.locked(key):
        known = _is_whole(folder)
        if not known:
            _fill(shelf, key, make)
        shelf.hold(key)
    if not known and limit is not None:
        keep_within(shelf, limit)
    return folder


def work_folder(key: str) -> Path:
    """Where a training keeps what it needs to go on after a kill; removed when the subject is prepared."""
    folder = Shelf.of_cache().unfinished(key)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def remember(subject: str, folder: Path) -> None:
    """Note which prepared folder the weights of a subject lie in, so that it can be exported.

    Several subjects may share a folder: they differ in what follows training.

    Args:
        subject: its identity.
        folder: that its model was loaded from; nothing is noted of one from elsewhere.
    """
    shelf = Shelf.of_cache()
    if (key := shelf.key_of(folder)) is None:
        return
    note = shelf.note(subject)
    note.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False, encoding="ascii") as fresh:
        fresh.write(key)
    Path(fresh.name).replace(note)


def folder_of(subject: str) -> Path | None:
    """The prepared folder of a subject, in use from now on; None where it is not in this cache, or no longer.

    Args:
        subject: its identity.
    """
    shelf = Shelf.of_cache()
    try:
        key = shelf.note(subject).read_text(encoding="latin-1")
    except FileNotFoundError:
        return None
    if not is_key(key):
        return None
    with shelf.locked(key):
        if not _is_whole(shelf.prepared(key)):
            return None
        shelf.hold(key)
    return shelf.prepared(key)


def _is_whole(folder: Path) -> bool:
    if not folder.exists():
        return False
    if (trouble := damage(folder)) is None:
        add_checksums(folder)
        return True
    log.warning("the prepared subject in %s is damaged (%s); it has to be made again", folder, trouble)
    return False


def _fill(shelf: Shelf, key: str, make: Callable[[Path], Mapping[str, Any]]) -> None:
    """Make it beside its place, its record last of all, and move it there in one step."""
    making, folder = shelf.making(key), shelf.prepared(key)
    shelf.discard(making)  # of a process that was killed: nobody else holds the lock
    making.mkdir()
    try:
        about = make(making)
        write_record(making, {**about, "key": key, "created": datetime.now(UTC).isoformat(timespec="seconds")})
        shelf.discard(folder)
        making.replace(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    shelf.discard(shelf.unfinished(key))
