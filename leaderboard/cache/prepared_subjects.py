"""Prepared subjects: trained models kept as ordinary `transformers` folders, each under a digest of its training."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leaderboard.cache.eviction import keep_within
from leaderboard.cache.subject_folders import SubjectCache, add_checksums, find_damage, is_key, write_record
from leaderboard.settings import cache_limit

_log = logging.getLogger(__name__)


def ensure_prepared(key: str, make: Callable[[Path], Mapping[str, Any]]) -> Path:
    """Return the folder of a prepared subject, making it first where it is not in the cache or damaged.

    Another process that needs the same subject waits and then uses it. The folder is not removed while this process
    runs and has not used several others since. Making a new subject removes the least recently used entries where the
    cache exceeds its limit.

    Args:
        key: a digest of all that the result depends on.
        make: fills an empty folder with configuration, weights and tokenizer. What it returns goes into the record,
            JSON-like: `model`, `recipe` (its details), `task` and `seed`, which are listed, and any further details.

    Returns:
        The folder, with `subject.json` as its record.

    Raises:
        RequestError: when `LEADERBOARD_CACHE_LIMIT` is not a size. What `make` raises passes through; nothing
            half-written stays, and what the work folder holds is kept.
    """
    limit = cache_limit()
    cache = SubjectCache.of_cache()
    folder = cache.prepared(key)
    with cache.locked(key):
        is_whole = _check_whole(folder)
        if not is_whole:
            _fill(cache, key, make)
        cache.hold(key)
    if not is_whole:
        keep_within(limit)
    return folder


def work_folder(key: str) -> Path:
    """Return the folder of a training's checkpoints, which is removed when the subject is prepared."""
    folder = SubjectCache.of_cache().unfinished(key)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def record_folder(subject: str, folder: Path) -> None:
    """Record which prepared folder holds the weights of a subject, so that it can be exported.

    Several subjects may share a folder: they differ in what follows training.

    Args:
        subject: its identity.
        folder: that its model was loaded from; a folder outside the cache is not recorded.
    """
    cache = SubjectCache.of_cache()
    if (key := cache.key_of(folder)) is None:
        return
    note = cache.note(subject)
    note.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False, encoding="ascii") as fresh:
        fresh.write(key)
    Path(fresh.name).replace(note)


def find_folder(subject: str) -> Path | None:
    """Return the prepared folder of a subject and mark it as in use; None where this cache does not hold it.

    Args:
        subject: its identity.
    """
    cache = SubjectCache.of_cache()
    try:
        key = cache.note(subject).read_text(encoding="latin-1")
    except FileNotFoundError:
        return None
    if not is_key(key):
        return None
    with cache.locked(key):
        if not _check_whole(cache.prepared(key)):
            return None
        cache.hold(key)
    return cache.prepared(key)


def _check_whole(folder: Path) -> bool:
    if not folder.exists():
        return False
    if (damage := find_damage(folder)) is None:
        add_checksums(folder)
        return True
    _log.warning("the prepared subject in %s is damaged (%s); it is prepared again", folder, damage)
    return False


def _fill(cache: SubjectCache, key: str, make: Callable[[Path], Mapping[str, Any]]) -> None:
    """Fill a temporary folder, its record last, and move it into place in one step."""
    making, folder = cache.making(key), cache.prepared(key)
    cache.discard(making)  # of a process that was killed: nobody else holds the lock
    making.mkdir()
    try:
        about = make(making)
        write_record(making, {**about, "key": key, "created": datetime.now(UTC).isoformat(timespec="seconds")})
        cache.discard(folder)
        making.replace(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    cache.discard(cache.unfinished(key))
