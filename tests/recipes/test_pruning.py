import os
from datetime import timedelta

import pytest

from leaderboard.errors import RequestError
from leaderboard.recipes import shelf as shelving
from leaderboard.recipes.prepared import prepared, work_folder
from leaderboard.recipes.pruning import Wish, prune
from leaderboard.recipes.shelf import RECORD, Shelf

HOUR = 3600


@pytest.fixture
def shelf(monkeypatch):
    """Three subjects of 1 kB and a few bytes, used 3, 2 and 1 hours ago, and an unfinished training of now."""
    now = 1_800_000_000.0
    monkeypatch.setattr("leaderboard.recipes.pruning.time.time", lambda: now)
    for hours, key in ((3, "a1" * 32), (2, "a2" * 32), (1, "bb" * 32)):
        folder = prepared(key, lambda folder: {"made": (folder / "weights").write_bytes(bytes(1000))})
        os.utime(folder / RECORD, (now - hours * HOUR,) * 2)
    (work_folder("cc" * 32) / "checkpoint").write_bytes(bytes(500))
    os.utime(work_folder("cc" * 32) / "checkpoint", (now, now))
    shelving._hold.cache_clear()
    return Shelf.of_cache()


def keys(entries):
    return [entry.key[:2] for entry in entries]


def test_age_removes_what_was_not_used_for_longer(shelf):
    pruned = prune(shelf, Wish(older_than=timedelta(hours=1.5)))
    assert keys(pruned.removed) == ["a1", "a2"]
    assert keys(shelf.entries()) == ["bb", "cc"]


def test_size_removes_the_least_recently_used_until_it_fits(shelf):
    sizes = {entry.key[:2]: entry.size for entry in shelf.entries()}
    assert sizes["cc"] == 500
    pruned = prune(shelf, Wish(to=sizes["bb"] + 500))
    assert keys(pruned.removed) == ["a1", "a2"]
    assert (pruned.freed, pruned.left) == (sizes["a1"] + sizes["a2"], sizes["bb"] + 500)


def test_start_of_a_key_names_one(shelf):
    assert keys(prune(shelf, Wish(keys=["bb", "a1"])).removed) == ["a1", "bb"]


def test_all_removes_what_is_prepared_and_unfinished(shelf):
    assert keys(prune(shelf, Wish(everything=True)).removed) == ["a1", "a2", "bb", "cc"]
    assert shelf.entries() == []


def test_wishes_add_up(shelf):
    wish = Wish(keys=["cc"], older_than=timedelta(hours=2.5), to=1500)
    assert keys(prune(shelf, wish).removed) == ["a1", "cc", "a2"]


def test_nothing_is_wished(shelf):
    assert prune(shelf, Wish()).removed == []


def test_dry_run_says_the_same_and_removes_nothing(shelf):
    said = prune(shelf, Wish(to=0), dry_run=True)
    assert keys(shelf.entries()) == ["a1", "a2", "bb", "cc"]
    done = prune(shelf, Wish(to=0))
    assert (keys(done.removed), done.freed, done.left) == (keys(said.removed), said.freed, said.left)


def test_what_is_in_use_stays_and_the_next_goes(shelf):
    prepared("a1" * 32, lambda folder: pytest.fail("prepared already"))
    os.utime(shelf.prepared("a1" * 32) / RECORD, (0, 0))
    used = next(entry.size for entry in shelf.entries() if entry.key == "a1" * 32)
    pruned = prune(shelf, Wish(to=used + 500))
    assert (keys(pruned.removed), keys(pruned.in_use)) == (["a2", "bb"], ["a1"])


def test_leftovers_of_killed_processes_always_go(shelf):
    shelf.making("dd" * 32).mkdir()
    (shelf.folder / ".removing-x").mkdir()
    assert len(prune(shelf, Wish()).removed) == 2
    assert keys(shelf.entries()) == ["a1", "a2", "bb", "cc"]


def test_folder_that_is_being_filled_is_no_leftover(shelf):
    shelf.making("dd" * 32).mkdir()
    with shelf.locked("dd" * 32):
        pruned = prune(shelf, Wish(everything=True))
    assert (keys(pruned.in_use), shelf.making("dd" * 32).is_dir()) == ([], True)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("ff", "--subject: unknown prepared subject 'ff'"),
        ("bc", "Did you mean"),
        ("", "unknown prepared subject"),
        ("a", "could be several"),
    ],
)
def test_key_that_names_none_or_several_is_refused(shelf, start, message):
    if message == "Did you mean":
        start = "bbbbbbbc"
    with pytest.raises(RequestError, match=message):
        prune(shelf, Wish(keys=[start]))
    assert len(shelf.entries()) == 4


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    return folder


def test_link_in_place_of_a_subject_goes_and_what_it_points_to_stays(shelf, outside):
    shelf.prepared("ee" * 32).symlink_to(outside)
    pruned = prune(shelf, Wish(everything=True))
    assert "ee" in keys(pruned.removed)
    assert shelf.entries() == []
    assert (outside / "precious").read_text() == "mine"


def test_links_within_a_subject_are_not_followed(shelf, outside):
    (shelf.prepared("bb" * 32) / "link").symlink_to(outside)
    (shelf.unfinished("cc" * 32) / "file").symlink_to(outside / "precious")
    prune(shelf, Wish(everything=True))
    assert (outside / "precious").read_text() == "mine"


@pytest.mark.parametrize("place", ["subjects", "subjects/work"])
def test_shelf_that_is_a_link_to_elsewhere_is_left_alone(shelf, outside, place):
    here = shelf.folder.parent / place
    here.rename(outside / "moved")
    here.symlink_to(outside / "moved")
    with pytest.raises(RequestError, match="outside the cache; nothing is removed there"):
        prune(shelf, Wish(keys=["cc"]))
    assert len(shelf.entries()) == 4


def test_cache_that_is_itself_behind_a_link_is_pruned(shelf, monkeypatch, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(shelf.folder.parent)
    monkeypatch.setenv("LEADERBOARD_CACHE", str(link))
    assert len(prune(Shelf.of_cache(), Wish(everything=True)).removed) == 4
    assert shelf.entries() == []
