import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from safetensors.numpy import save_file

from leaderboard.cache import subject_folders
from leaderboard.cache.entry import EntryState
from leaderboard.cache.prepared_subjects import ensure_prepared, find_folder, record_folder, work_folder
from leaderboard.cache.subject_folders import RECORD, SubjectCache, read_record
from leaderboard.errors import RequestError

KEY, OTHER, THIRD = "a" * 64, "b" * 64, "c" * 64
ABOUT = {"model": "tiny", "recipe": {"recipe": "finetune"}, "task": "sst2", "seed": 0}
RACER = """
import sys, time
from pathlib import Path
from leaderboard.cache.prepared_subjects import ensure_prepared

trainings = Path(sys.argv[2])

def make(folder):
    with trainings.open("a") as file:
        file.write("trained\\n")
    time.sleep(float(sys.argv[3]))
    (folder / "config.json").write_text("{}")
    print("filled", flush=True)
    time.sleep(float(sys.argv[4]))
    return {"model": "tiny"}

print(ensure_prepared(sys.argv[1], make), flush=True)
"""
USER = """
import sys
from leaderboard.cache.prepared_subjects import ensure_prepared

print(ensure_prepared(sys.argv[1], lambda folder: {"made": (folder / "config.json").write_text("{}")}), flush=True)
sys.stdin.read()
"""


def fill(size: int = 100):
    """A `make` that writes a configuration and about so many bytes of weights."""

    def make(folder):
        (folder / "config.json").write_text("{}")
        save_file({"weight": np.zeros(size, dtype=np.uint8)}, folder / "model.safetensors")
        return ABOUT

    return make


def must_not_make(folder):
    pytest.fail("it is prepared already")


@pytest.fixture(autouse=True)
def _let_go():
    """What an earlier test holds is in a cache of its own."""
    yield
    subject_folders._hold.cache_clear()


def racer(key, log, *, before=0.0, after=0.0):
    command = [sys.executable, "-c", RACER, key, str(log), str(before), str(after)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def states():
    return [(entry.state, entry.key[:1]) for entry in SubjectCache.of_cache().entries()]


def test_subject_is_made_once_and_then_found():
    folder = ensure_prepared(KEY, fill())
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", RECORD]
    assert ensure_prepared(KEY, must_not_make) == folder
    record = read_record(folder)
    assert {name: record[name] for name in ABOUT} == ABOUT
    assert datetime.fromisoformat(record["created"]).tzinfo == UTC


def test_two_processes_that_want_the_same_subject_make_it_once(tmp_path):
    log = tmp_path / "trainings"
    racers = [racer(KEY, log, before=0.5) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0].split() for process in racers]
    assert log.read_text() == "trained\n"
    assert sorted(map(len, outputs)) == [1, 2]
    assert outputs[0][-1] == outputs[1][-1] == str(SubjectCache.of_cache().prepared(KEY))


def test_process_killed_while_it_makes_leaves_nothing_that_counts(tmp_path):
    process = racer(KEY, tmp_path / "trainings", after=60)
    assert process.stdout.readline() == "filled\n"
    assert not SubjectCache.of_cache().is_free(SubjectCache.of_cache().entries()[0])
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert states() == [(EntryState.LEFTOVER, "a")]
    assert not SubjectCache.of_cache().prepared(KEY).exists()
    folder = ensure_prepared(KEY, fill())
    assert (folder / "model.safetensors").exists()
    assert states() == [(EntryState.PREPARED, "a")]


@pytest.mark.parametrize("error", [RuntimeError("diverged"), KeyboardInterrupt()])
def test_failed_make_leaves_nothing_but_its_checkpoints(error):
    (work_folder(KEY) / "checkpoint").write_text("epoch 1")

    def fail(folder):
        (folder / "config.json").write_text("{}")
        raise error

    with pytest.raises(type(error)):
        ensure_prepared(KEY, fail)
    assert states() == [(EntryState.UNFINISHED, "a")]
    assert (work_folder(KEY) / "checkpoint").read_text() == "epoch 1"


def test_record_that_json_cannot_say_leaves_nothing():
    with pytest.raises(ValueError, match="JSON"):
        ensure_prepared(KEY, lambda folder: {"loss": float("nan")})
    assert states() == []


def test_checkpoints_go_when_the_subject_is_prepared():
    (work_folder(KEY) / "checkpoint").write_text("epoch 1")
    (work_folder(OTHER) / "checkpoint").write_text("epoch 1")
    ensure_prepared(KEY, fill())
    assert sorted(states()) == [(EntryState.PREPARED, "a"), (EntryState.UNFINISHED, "b")]


def remove_weights(folder):
    (folder / "model.safetensors").unlink()


def cut_weights(folder):
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1])


def break_header(folder):
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(b"\xff" * 8 + content[8:])


def break_record(folder):
    (folder / RECORD).write_text("[")


def remove_record(folder):
    (folder / RECORD).unlink()


@pytest.mark.parametrize("harm", [remove_weights, cut_weights, break_header, break_record, remove_record])
def test_damaged_folder_is_reported_once_and_made_again(harm, caplog):
    folder = ensure_prepared(KEY, fill())
    harm(folder)
    assert ensure_prepared(KEY, fill()) == folder
    assert [record.message.partition("(")[0] for record in caplog.records] == [
        f"the prepared subject in {folder} is damaged "
    ]
    assert ensure_prepared(KEY, must_not_make) == folder


@pytest.mark.parametrize("key", ["", "../" + "a" * 61, "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_no_key_is_refused(key):
    for use in (lambda: ensure_prepared(key, fill()), lambda: work_folder(key), lambda: find_folder(key)):
        with pytest.raises(ValueError, match="not a key"):
            use()


def test_use_moves_the_time_of_last_use():
    folder = ensure_prepared(KEY, fill())
    os.utime(folder / RECORD, (0, 0))
    ensure_prepared(KEY, must_not_make)
    (entry,) = SubjectCache.of_cache().entries()
    assert time.time() - entry.last_used.timestamp() < 60


def test_new_subject_pushes_out_the_least_recently_used(monkeypatch):
    for place, key in enumerate((KEY, OTHER, THIRD)):
        folder = ensure_prepared(key, fill(1000))
        os.utime(folder / RECORD, (place, place))
    ensure_prepared(KEY, must_not_make)
    subject_folders._hold.cache_clear()
    size = SubjectCache.of_cache().entries()[0].size
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", str(3 * size + 10))
    ensure_prepared("d" * 64, fill(1000))
    assert [key for _, key in states()] == ["c", "a", "d"]


def test_limit_spares_what_was_just_made_and_what_is_in_use(monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "1B")
    ensure_prepared(KEY, fill())
    ensure_prepared(OTHER, fill())
    assert [key for _, key in states()] == ["a", "b"]
    subject_folders._hold.cache_clear()
    ensure_prepared(THIRD, fill())
    assert [key for _, key in states()] == ["c"]


def test_process_lets_go_of_subjects_after_many_others(monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "1B")
    for number in range(20):
        ensure_prepared(f"{number:064x}", fill())
    assert len(states()) <= subject_folders._HELD_AT_ONCE + 1


def test_limit_of_zero_is_none(monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "0")
    for key in (KEY, OTHER):
        ensure_prepared(key, fill())
        subject_folders._hold.cache_clear()
    assert len(states()) == 2


def test_wrong_limit_is_refused_before_anything_is_made(monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "lots")
    with pytest.raises(RequestError, match="LEADERBOARD_CACHE_LIMIT: 'lots' is not a size"):
        ensure_prepared(KEY, must_not_make)


def test_subject_that_another_process_uses_is_not_free():
    command = [sys.executable, "-c", USER, KEY]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    cache = SubjectCache.of_cache()
    (entry,) = cache.entries()
    assert not cache.is_free(entry)
    assert not cache.remove(entry)
    process.communicate("")
    assert cache.remove(entry)
    assert states() == []


def test_waiting_for_another_process_is_logged(caplog):
    cache = SubjectCache.of_cache()
    entered, leave = threading.Event(), threading.Event()

    def occupy():
        with cache.locked(KEY):
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=occupy)
    other.start()
    entered.wait(10)
    threading.Timer(0.2, leave.set).start()
    with caplog.at_level(logging.WARNING), cache.locked(KEY):
        other.join()
    assert "another process prepares this subject (aaaaaaaa)" in caplog.text


def test_subjects_that_share_a_folder_both_have_it():
    folder = ensure_prepared(KEY, fill())
    record_folder(OTHER, folder)
    record_folder(THIRD, folder)
    assert find_folder(OTHER) == find_folder(THIRD) == folder
    assert find_folder(KEY) is None


def test_folder_from_elsewhere_is_not_remembered(tmp_path):
    (tmp_path / KEY).mkdir()
    record_folder(OTHER, tmp_path / KEY)
    assert find_folder(OTHER) is None


def test_folder_that_is_gone_or_damaged_is_not_found():
    folder = ensure_prepared(KEY, fill())
    record_folder(OTHER, folder)
    remove_weights(folder)
    assert find_folder(OTHER) is None
    SubjectCache.of_cache().discard(folder)
    assert find_folder(OTHER) is None
