import os
from datetime import timedelta

import pytest

from leaderboard.cache import subject_folders
from leaderboard.cache.eviction import EvictionCriteria, prune
from leaderboard.cache.prepared_subjects import ensure_prepared, work_folder
from leaderboard.cache.store import CacheStore
from leaderboard.cache.subject_folders import RECORD, SubjectCache
from leaderboard.errors import RequestError

HOUR = 3600


@pytest.fixture
def cache(monkeypatch):
    """Three subjects of 1 kB and a few bytes, used 3, 2 and 1 hours ago, and an unfinished training of now."""
    now = 1_800_000_000.0
    monkeypatch.setattr("leaderboard.cache.eviction.time.time", lambda: now)
    for hours, key in ((3, "a1" * 32), (2, "a2" * 32), (1, "bb" * 32)):
        folder = ensure_prepared(key, lambda folder: {"made": (folder / "weights").write_bytes(bytes(1000))})
        os.utime(folder / RECORD, (now - hours * HOUR,) * 2)
    (work_folder("cc" * 32) / "checkpoint").write_bytes(bytes(500))
    os.utime(work_folder("cc" * 32) / "checkpoint", (now, now))
    subject_folders._hold.cache_clear()
    return SubjectCache.of_cache()


def keys(entries):
    return [entry.key[:2] for entry in entries]


def test_age_removes_what_was_not_used_for_longer(cache):
    pruned = prune(CacheStore.here(), EvictionCriteria(older_than=timedelta(hours=1.5)))
    assert keys(pruned.removed) == ["a1", "a2"]
    assert keys(cache.entries()) == ["bb", "cc"]


def test_size_removes_the_least_recently_used_until_it_fits(cache):
    sizes = {entry.key[:2]: entry.size for entry in cache.entries()}
    assert sizes["cc"] == 500
    pruned = prune(CacheStore.here(), EvictionCriteria(max_bytes=sizes["bb"] + 500))
    assert keys(pruned.removed) == ["a1", "a2"]
    assert (pruned.freed, pruned.remaining) == (sizes["a1"] + sizes["a2"], sizes["bb"] + 500)


def test_start_of_a_key_names_one(cache):
    assert keys(prune(CacheStore.here(), EvictionCriteria(keys=["bb", "a1"])).removed) == ["a1", "bb"]


def test_all_removes_what_is_prepared_and_unfinished(cache):
    assert keys(prune(CacheStore.here(), EvictionCriteria(everything=True)).removed) == ["a1", "a2", "bb", "cc"]
    assert cache.entries() == []


def test_criteria_add_up(cache):
    criteria = EvictionCriteria(keys=["cc"], older_than=timedelta(hours=2.5), max_bytes=1500)
    assert keys(prune(CacheStore.here(), criteria).removed) == ["a1", "cc", "a2"]


def test_no_criteria_remove_nothing(cache):
    assert prune(CacheStore.here(), EvictionCriteria()).removed == []


def test_dry_run_returns_the_same_and_removes_nothing(cache):
    expected = prune(CacheStore.here(), EvictionCriteria(max_bytes=0), dry_run=True)
    assert keys(cache.entries()) == ["a1", "a2", "bb", "cc"]
    removed = prune(CacheStore.here(), EvictionCriteria(max_bytes=0))
    assert (keys(removed.removed), removed.freed, removed.remaining) == (
        keys(expected.removed),
        expected.freed,
        expected.remaining,
    )


def test_what_is_in_use_stays_and_the_next_goes(cache):
    ensure_prepared("a1" * 32, lambda folder: pytest.fail("prepared already"))
    os.utime(cache.prepared("a1" * 32) / RECORD, (0, 0))
    used = next(entry.size for entry in cache.entries() if entry.key == "a1" * 32)
    pruned = prune(CacheStore.here(), EvictionCriteria(max_bytes=used + 500))
    assert (keys(pruned.removed), keys(pruned.in_use)) == (["a2", "bb"], ["a1"])


def test_leftovers_of_killed_processes_always_go(cache):
    cache.making("dd" * 32).mkdir()
    (cache.folder / ".removing-x").mkdir()
    assert len(prune(CacheStore.here(), EvictionCriteria()).removed) == 2
    assert keys(cache.entries()) == ["a1", "a2", "bb", "cc"]


def test_folder_that_is_being_filled_is_no_leftover(cache):
    cache.making("dd" * 32).mkdir()
    with cache.locked("dd" * 32):
        pruned = prune(CacheStore.here(), EvictionCriteria(everything=True))
    assert (keys(pruned.in_use), cache.making("dd" * 32).is_dir()) == ([], True)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("ff", "--subject: unknown prepared subject 'ff'"),
        ("bc", "Did you mean"),
        ("", "unknown prepared subject"),
        ("a", "matches several"),
    ],
)
def test_key_that_names_none_or_several_is_refused(cache, start, message):
    if message == "Did you mean":
        start = "bbbbbbbc"
    with pytest.raises(RequestError, match=message):
        prune(CacheStore.here(), EvictionCriteria(keys=[start]))
    assert len(cache.entries()) == 4


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    return folder


def test_link_in_place_of_a_subject_goes_and_what_it_points_to_stays(cache, outside):
    cache.prepared("ee" * 32).symlink_to(outside)
    pruned = prune(CacheStore.here(), EvictionCriteria(everything=True))
    assert "ee" in keys(pruned.removed)
    assert cache.entries() == []
    assert (outside / "precious").read_text() == "mine"


def test_links_within_a_subject_are_not_followed(cache, outside):
    (cache.prepared("bb" * 32) / "link").symlink_to(outside)
    (cache.unfinished("cc" * 32) / "file").symlink_to(outside / "precious")
    prune(CacheStore.here(), EvictionCriteria(everything=True))
    assert (outside / "precious").read_text() == "mine"


@pytest.mark.parametrize("place", ["subjects", "subjects/work"])
def test_cache_folder_that_is_a_link_to_elsewhere_is_left_alone(cache, outside, place):
    here = cache.folder.parent / place
    here.rename(outside / "moved")
    here.symlink_to(outside / "moved")
    with pytest.raises(RequestError, match="outside the cache; nothing is removed there"):
        prune(CacheStore.here(), EvictionCriteria(keys=["cc"]))
    assert len(cache.entries()) == 4


def test_cache_that_is_itself_behind_a_link_is_pruned(cache, monkeypatch, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(cache.folder.parent)
    monkeypatch.setenv("LEADERBOARD_CACHE", str(link))
    assert len(prune(CacheStore.here(), EvictionCriteria(everything=True)).removed) == 4
    assert cache.entries() == []
