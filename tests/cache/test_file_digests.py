import json
import os
import time
from hashlib import sha256

import pytest

from leaderboard.cache import file_digests
from leaderboard.cache.file_digests import remembered_digest, verified_digest

ONE, TWO = sha256(b"one").hexdigest(), sha256(b"two").hexdigest()
LONG_AGO = 1_700_000_000_123_456_789
"""A time of modification with a fraction of a second, as file systems set it."""


def settle():
    """Wait until a change would show in the times of a file."""
    time.sleep(2 * file_digests._FINE_NS / 1e9)


def new_process(monkeypatch):
    monkeypatch.setattr(file_digests, "_of_this_process", {})


@pytest.fixture
def large(monkeypatch):
    """Every file counts as a large one, of which the record of another process serves."""
    monkeypatch.setattr(file_digests, "CHEAP", 0)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    settle()
    return path


@pytest.fixture
def reads(monkeypatch):
    """Counts how often a file is read."""
    paths = []
    read = file_digests.file_digest

    def counting(path):
        paths.append(path)
        return read(path)

    monkeypatch.setattr(file_digests, "file_digest", counting)
    return paths


@pytest.mark.parametrize("digest", [remembered_digest, verified_digest])
def test_a_process_reads_a_file_once(path, reads, digest):
    assert [digest(path) for _ in range(3)] == [ONE] * 3
    assert len(reads) == 1


def test_every_process_reads_a_small_file(path, reads, monkeypatch):
    remembered_digest(path)
    new_process(monkeypatch)
    assert remembered_digest(path) == ONE
    assert len(reads) == 2


def test_the_record_of_another_process_serves_for_a_large_file(path, reads, monkeypatch, large):
    remembered_digest(path)
    new_process(monkeypatch)
    assert remembered_digest(path) == ONE
    assert len(reads) == 1


def test_what_is_about_to_be_used_is_read_by_this_process(path, reads, monkeypatch, large):
    remembered_digest(path)
    new_process(monkeypatch)
    assert verified_digest(path) == ONE
    assert len(reads) == 2


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("in_place", [True, False], ids=["written over", "exchanged"])
@pytest.mark.parametrize("same_process", [True, False])
def test_other_bytes_of_the_same_size_and_time_are_noticed(path, tmp_path, monkeypatch, in_place, same_process):
    remembered_digest(path)
    if in_place:
        path.write_bytes(b"two")
        os.utime(path, ns=(LONG_AGO, LONG_AGO))
    else:
        (tmp_path / "other").write_bytes(b"two")
        os.utime(tmp_path / "other", ns=(LONG_AGO, LONG_AGO))
        (tmp_path / "other").replace(path)
    assert path.stat().st_mtime_ns == LONG_AGO
    if not same_process:
        new_process(monkeypatch)
    assert remembered_digest(path) == TWO


def frozen(monkeypatch, **times):
    """A file system that says the same of a file whatever happens to it."""
    kept = {}

    def stamp(state):
        kept.setdefault("first", (3, times["modified"], times["changed"], 7, 1))
        return kept["first"]

    monkeypatch.setattr(file_digests, "_stamp", stamp)


@pytest.mark.parametrize(
    ("modified", "changed"),
    [
        pytest.param(315_532_800 * 10**9, LONG_AGO, id="1980"),
        pytest.param(0, LONG_AGO, id="1970"),
        pytest.param(1_700_000_000 * 10**9, LONG_AGO, id="SOURCE_DATE_EPOCH"),
        pytest.param(1_700_000_000 * 10**9, 1_700_000_000 * 10**9, id="no time of change"),
        pytest.param(LONG_AGO + 1, LONG_AGO, id="modified behind the change"),
        pytest.param(LONG_AGO, 4_000_000_000_123_456_789, id="ahead of the clock"),
    ],
)
def test_where_times_may_be_set_every_process_reads_the_file(path, monkeypatch, large, modified, changed):
    frozen(monkeypatch, modified=modified, changed=changed)
    assert remembered_digest(path) == ONE
    path.write_bytes(b"two")
    new_process(monkeypatch)
    assert remembered_digest(path) == TWO


def test_a_file_that_changed_just_before_it_was_read_is_read_again(path, monkeypatch, large):
    frozen(monkeypatch, modified=LONG_AGO, changed=time.time_ns() - 1_000_000)
    assert remembered_digest(path) == ONE
    path.write_bytes(b"two")  # within the same tick of the clock
    assert remembered_digest(path) == TWO


def test_a_file_that_changes_while_it_is_read_is_read_again(path, monkeypatch):
    read = file_digests.file_digest

    def meddling(path):
        result = read(path)
        if result == ONE:
            path.write_bytes(b"two")
        return result

    monkeypatch.setattr(file_digests, "file_digest", meddling)
    assert remembered_digest(path) == TWO


def test_a_record_with_a_bit_turned_is_no_answer(path, monkeypatch, large, tmp_path):
    remembered_digest(path)
    (record,) = (tmp_path / "cache" / "digests").iterdir()
    content = record.read_bytes()
    for bit in range(0, 8 * len(content), 11):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        record.write_bytes(damaged)
        kept = file_digests._recorded(path)
        assert kept is None or kept[2] == ONE


def test_the_record_of_an_earlier_version_is_no_answer(path, monkeypatch, large, tmp_path):
    state = path.stat()
    remembered_digest(path)
    (record,) = (tmp_path / "cache" / "digests").iterdir()
    record.write_text(json.dumps({"path": str(path), "stamp": [state.st_size, state.st_mtime_ns], "sha256": TWO}))
    new_process(monkeypatch)
    assert remembered_digest(path) == ONE


def test_a_link_has_the_digest_of_what_it_points_to(path, tmp_path):
    (tmp_path / "link").symlink_to(path)
    assert remembered_digest(tmp_path / "link") == ONE
    (tmp_path / "other").write_bytes(b"two")
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert remembered_digest(tmp_path / "link") == TWO


def test_a_cache_that_cannot_be_written_to_costs_time_alone(path, monkeypatch, large, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "digests").write_text("a file")
    assert remembered_digest(path) == ONE
