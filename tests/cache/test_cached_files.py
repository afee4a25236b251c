import multiprocessing
import time
from hashlib import sha256
from pathlib import Path

import pytest

from leaderboard.cache.cached_files import cached_file, cached_folder
from leaderboard.errors import RequestError

ONE = sha256(b"one").hexdigest()


def _left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_kept_file_is_made_once(tmp_path: Path) -> None:
    calls = []

    def make(target: Path) -> None:
        calls.append(target)
        target.write_bytes(b"one")

    assert cached_file(tmp_path / "f", make, sha256=ONE) == ONE
    assert cached_file(tmp_path / "f", make, sha256=ONE) == ONE
    assert len(calls) == 1


def test_wrong_bytes_leave_nothing_behind_and_name_both_digests(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as error:
        cached_file(tmp_path / "f", lambda target: target.write_bytes(b"two") and None, sha256=ONE)
    assert ONE in str(error.value)
    assert sha256(b"two").hexdigest() in str(error.value)
    assert _left_in(tmp_path) == []


def test_a_changed_file_is_made_again_with_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "f"
    cached_file(path, lambda target: target.write_bytes(b"one") and None)
    path.write_bytes(b"broken")
    assert cached_file(path, lambda target: target.write_bytes(b"one") and None) == ONE
    assert path.read_bytes() == b"one"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_file_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def fail(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("cut off")

    with pytest.raises(OSError, match="cut off"):
        cached_file(path, fail, sha256=ONE)
    assert _left_in(tmp_path) == ["f"]
    assert path.read_bytes() == b"old"


def test_a_folder_that_cannot_be_made_is_not_there(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("cut off")

    with pytest.raises(OSError, match="cut off"):
        cached_folder(tmp_path / "d", fail)
    assert _left_in(tmp_path) == []


def _slowly(folder: Path) -> None:
    with (folder / "count").open("a") as file:
        time.sleep(0.2)
        file.write("made\n")


def _keep_slowly(folder: Path) -> None:
    cached_folder(folder / "d", lambda inside: (_slowly(folder), (inside / "whole").touch())[0])


def test_two_processes_make_a_folder_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_keep_slowly, args=(tmp_path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert (tmp_path / "count").read_text() == "made\n"
    assert (tmp_path / "d" / "whole").exists()
