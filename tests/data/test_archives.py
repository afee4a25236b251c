import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from leaderboard.data.archives import extract, members
from leaderboard.errors import RequestError


def _tar(path: Path, entries: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def _zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tgz"])
def test_a_member_comes_out_as_it_went_in(tmp_path: Path, ending: str) -> None:
    entries = {"folder/a.txt": b"hello", "folder/b.txt": b"other"}
    path = tmp_path / f"x.{ending}"
    archive = _zip(path, entries) if ending == "zip" else _tar(path, entries, "w" if ending == "tar" else "w:gz")
    extract(archive, "folder/a.txt", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"hello"
    assert members(archive) == ["folder/a.txt", "folder/b.txt"]


def test_the_top_folder_of_a_source_archive_is_left_out(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "x.tar.gz", {"name-1.0/data/a.txt": b"hello", "name-1.0/setup.py": b""})
    assert members(archive, inside_top=True) == ["data/a.txt", "setup.py"]
    extract(archive, "data/a.txt", tmp_path / "out", inside_top=True)
    assert (tmp_path / "out").read_bytes() == b"hello"


@pytest.mark.parametrize("make", [_tar, _zip])
def test_a_member_that_points_outside_is_only_written_where_the_caller_says(make, tmp_path: Path) -> None:
    archive = make(tmp_path / "evil", {"../../escaped.txt": b"evil"})
    (tmp_path / "deep" / "er").mkdir(parents=True)
    extract(archive, "../../escaped.txt", tmp_path / "deep" / "er" / "out")
    assert not (tmp_path / "escaped.txt").exists()
    assert (tmp_path / "deep" / "er" / "out").read_bytes() == b"evil"


def test_a_link_inside_an_archive_is_no_file(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        link = tarfile.TarInfo("passwd")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(RequestError, match="unknown file 'passwd'"):
        extract(tmp_path / "x.tar", "passwd", tmp_path / "out")


def test_an_unknown_member_names_the_nearest(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "x.zip", {"data/test.txt": b"", "readme.md": b""})
    with pytest.raises(RequestError, match=r"Did you mean 'data/test\.txt'"):
        extract(archive, "data/tests.txt", tmp_path / "out")


def test_a_file_that_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("hello")
    with pytest.raises(RequestError, match="not a readable"):
        members(tmp_path / "x.zip")
