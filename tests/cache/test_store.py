"""All kinds of cached entries in one store: one order of eviction, and none of what a process uses."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leaderboard.cache import use_marks
from leaderboard.cache.cached_files import cached_file, cached_folder
from leaderboard.cache.entry import EntryState
from leaderboard.cache.eviction import EvictionCriteria, prune
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.prepared_subjects import ensure_prepared
from leaderboard.cache.store import CacheStore
from leaderboard.cache.subject_folders import RECORD, SubjectCache, _hold
from leaderboard.settings import cache_folder

KEY = "ab" * 32
ALL = EvictionCriteria(everything=True)
USER = """
import sys
from pathlib import Path
from leaderboard.cache.use_marks import mark_used

mark_used(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


def entry(kind: CacheKind, name: str, size: int = 1000, *, hours: float = 0) -> Path:
    """A file or, of kinds whose entries are folders, a folder with one file, last used some hours ago."""
    path = cache_folder() / kind / name
    if "." in name:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    else:
        path.mkdir(parents=True)
        (path / "file").write_bytes(bytes(size))
    used(path, hours)
    return path


def used(path: Path, hours: float) -> None:
    os.utime(path, (time.time() - hours * 3600,) * 2)


def names(entries):
    return [each.path.name for each in entries]


@pytest.fixture(autouse=True)
def _nothing_is_in_use():
    use_marks._hold.cache_clear()
    _hold.cache_clear()


def test_entries_of_all_kinds_go_in_the_order_of_their_last_use():
    entry(CacheKind.ANSWERS, "a.sqlite", hours=2)
    entry(CacheKind.HEADS, "h.safetensors", hours=4)
    entry(CacheKind.DATA, "d", hours=1)
    entry(CacheKind.GGUF, "g", hours=5)
    record = ensure_prepared(KEY, lambda folder: {"made": (folder / "weights").write_bytes(bytes(100))}) / RECORD
    used(record, 3)
    _hold.cache_clear()
    order = ["g", "h.safetensors", KEY, "a.sqlite", "d"]
    assert names(CacheStore.here().entries()) == order
    pruned = prune(CacheStore.here(), EvictionCriteria(max_bytes=2100))
    assert names(pruned.removed) == order[:3]
    assert pruned.remaining == 2000
    assert names(CacheStore.here().entries()) == order[3:]


@pytest.mark.parametrize(
    ("kind", "name", "read"), [(CacheKind.DATA, "d", "d/members/x"), (CacheKind.ANSWERS, "a.sqlite", "a.sqlite")]
)
def test_what_another_process_uses_stays_until_it_ends(kind, name, read):
    path = entry(kind, name, hours=9)
    command = [sys.executable, "-c", USER, str(cache_folder() / kind / read)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout.readline() == "ready\n"
        pruned = prune(CacheStore.here(), ALL)
        assert (names(pruned.in_use), path.exists()) == ([name], True)
        assert time.time() - path.stat().st_mtime < 600  # it counts as used now, too
        user.stdin.close()
        assert user.wait() == 0
    assert names(prune(CacheStore.here(), ALL).removed) == [name]
    assert not path.exists()


def test_what_is_made_pushes_out_what_was_not_used_for_longest(monkeypatch):
    entry(CacheKind.GGUF, "old", hours=2)
    entry(CacheKind.ANSWERS, "newer.sqlite", hours=1)
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "2200B")
    cached_file(cache_folder() / "data" / "sha" / "file", lambda path: path.write_bytes(bytes(1000)))
    assert names(CacheStore.here().entries()) == ["newer.sqlite", "sha"]
    cached_folder(cache_folder() / "gguf" / "new", lambda folder: (folder / "weights").write_bytes(bytes(1000)))
    assert names(CacheStore.here().entries()) == ["sha", "new"]  # both are in use here


def test_use_of_a_cached_file_moves_its_last_use_and_makes_nothing_again():
    path = cache_folder() / "data" / "sha" / "file"
    cached_file(path, lambda fresh: fresh.write_bytes(b"data"))
    used(path.parent, 5)
    cached_file(path, lambda _: pytest.fail("cached already"))
    (data,) = CacheStore.here().entries()
    assert time.time() - data.last_used.timestamp() < 600


def test_a_database_goes_with_its_journal():
    for ending in ("", "-wal", "-shm"):
        (entry(CacheKind.ANSWERS, f"a.sqlite{ending}")).write_bytes(bytes(500))
    (answers,) = CacheStore.here().entries()
    assert (answers.path.name, answers.size) == ("a.sqlite", 1500)
    prune(CacheStore.here(), ALL)
    assert not list((cache_folder() / "answers").glob("a.sqlite*"))


def test_what_is_being_made_stays_and_is_a_leftover_after_a_day():
    entry(CacheKind.HEADS, "new.part")
    entry(CacheKind.UNPACKED, ".making-x")
    assert CacheStore.here().entries() == []
    used(entry(CacheKind.HEADS, "old.part"), 25)
    (left,) = CacheStore.here().entries()
    assert (left.path.name, left.state) == ("old.part", EntryState.LEFTOVER)
    assert names(prune(CacheStore.here(), EvictionCriteria()).removed) == ["old.part"]


def test_records_of_a_few_bytes_are_one_entry():
    for number in range(3):
        entry(CacheKind.DIGESTS, f"{number}.json", 10)
    (digests,) = CacheStore.here().entries()
    assert (digests.path.name, digests.size) == ("digests", 30)
    prune(CacheStore.here(), ALL)
    assert CacheStore.here().entries() == []


def test_a_folder_that_is_a_link_is_left_alone(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    entry(CacheKind.DATA, "d").parent.rename(elsewhere)
    (cache_folder() / "data").symlink_to(elsewhere)
    assert prune(CacheStore.here(), ALL).removed == []
    assert (elsewhere / "d").is_dir()


def test_a_subject_that_is_used_outlives_older_and_newer_entries():
    SubjectCache.of_cache()
    ensure_prepared(KEY, lambda folder: {"made": (folder / "weights").write_bytes(bytes(100))})
    entry(CacheKind.DATA, "d")
    assert names(prune(CacheStore.here(), EvictionCriteria(max_bytes=0)).removed) == ["d"]
