"""The fuzzer sees what it is there to see: targets that do each kind of harm are caught at it."""

import ctypes
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.errors import RequestError
from tests.fuzz import guard, supervisor
from tests.fuzz.shrinking import shrunk
from tests.fuzz.supervisor import Summary, fuzz
from tests.fuzz.target import Target

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")


def _fuzzed(read, tmp_path, *, inputs=3, **changes) -> Summary:
    """Three inputs, read by a function."""
    target = Target(name="harm", inputs=3, seeds=list, change=lambda rng, _: rng.randbytes(4), read=read)
    return fuzz(replace(target, **changes), number=1, inputs=inputs, seconds=60.0, keep=tmp_path / "kept")


def _refuse(data: bytes, folder: Path) -> None:
    raise RequestError("no")


def _forever(data: bytes, folder: Path) -> None:
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001, S112 - a reader that holds on to everything
            continue


def _grow(data: bytes, folder: Path) -> None:
    bytearray(600 * 2**20)


def _fetch(data: bytes, folder: Path) -> None:
    socket.create_connection(("127.0.0.1", 9))


def test_what_is_read_or_refused_is_held(tmp_path):
    accepted = _fuzzed(lambda data, folder: (folder / "own.txt").write_bytes(data), tmp_path)
    refused = _fuzzed(_refuse, tmp_path)
    assert (accepted.tried, accepted.accepted, accepted.escaped) == (3, 3, 0)
    assert (refused.tried, refused.refused, refused.escaped) == (3, 3, 0)
    assert accepted.finished
    assert refused.finished


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda data, folder: int("x"), "ValueError"),
        (lambda data, folder: sys.exit(0), "SystemExit"),
        (_grow, "memory"),
        (lambda data, folder: bytearray(2**40), "MemoryError"),
        (lambda data, folder: Path("/tmp/outside-of-the-folder").write_text("x"), "outside"),
        (lambda data, folder: Path("/etc/hostname").read_text(), "outside"),
        (lambda data, folder: subprocess.run([sys.executable, "-V"], check=False), "EscapeError"),
        (_fetch, "EscapeError"),
    ],
)
def test_every_kind_of_harm_is_counted_and_its_input_kept(read, kind, tmp_path):
    summary = _fuzzed(read, tmp_path)
    (name,) = summary.failures
    assert name.startswith(f"{kind}-")
    assert summary.escaped >= 1
    assert (tmp_path / "kept" / "harm" / name).is_file()
    Path("/tmp/outside-of-the-folder").unlink(missing_ok=True)


def test_a_hang_is_ended_even_where_a_reader_catches_everything(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "CPU_SECONDS", 0.2)
    summary = _fuzzed(_forever, tmp_path, inputs=1)
    assert list(summary.failures.values()) == [1]
    assert next(iter(summary.failures)).startswith("hang-")


@pytest.mark.slow
def test_a_hang_where_no_signal_is_heard_is_ended_too(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "SILENCE_S", 4.0)  # to start takes a worker one or two
    sleep = ctypes.PyDLL(None).sleep  # holds the lock of the interpreter
    summary = _fuzzed(lambda data, folder: sleep(60), tmp_path, inputs=1)
    assert next(iter(summary.failures)).startswith("crash-SIGKILL")


def test_after_a_crash_the_run_goes_on(tmp_path):
    summary = _fuzzed(lambda data, folder: os.abort(), tmp_path)
    assert summary.tried == 3
    assert sum(summary.failures.values()) == 3
    assert next(iter(summary.failures)).startswith("crash-SIGABRT")


def test_no_input_is_tried_twice(tmp_path):
    summary = _fuzzed(lambda data, folder: None, tmp_path, inputs=99, change=lambda rng, _: rng.choice([b"x", b"y"]))
    assert (summary.tried, summary.finished) == (2, True)


def test_reading_anywhere_is_allowed_where_users_name_the_file(tmp_path):
    assert not _fuzzed(lambda data, folder: Path("/etc/hostname").read_text(), tmp_path, anywhere=True).failures


def test_the_same_number_makes_the_same_inputs(tmp_path):
    def tried(name):
        file = tmp_path / name

        def read(data, folder):
            with (folder / "all").open("ab") as written:
                written.write(data)
            if (folder / "all").stat().st_size >= 40:
                raise ValueError((folder / "all").read_bytes().hex())

        target = Target(name=name, inputs=10, seeds=list, change=lambda rng, _: rng.randbytes(4), read=read)
        fuzz(target, number=7, inputs=10, seconds=60.0, keep=file)
        return (file / f"{name}.{next((file / name).iterdir()).name}.txt").read_text().split("ValueError: ")[1]

    assert tried("one") == tried("two")


def test_shrinking_keeps_what_fails():
    assert shrunk(b"aaaaaaaaxbbbbbbbbybbb", lambda data: b"x" in data and b"y" in data) == b"xy"
