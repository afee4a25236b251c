import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leaderboard.cache.cached_files import cached_file
from leaderboard.data import archives
from leaderboard.data.archives import check_unpacked, extract, members
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


def test_a_file_that_is_no_archive_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("hello")
    with pytest.raises(RequestError, match="not a readable"):
        members(tmp_path / "x.zip")


def _bomb(path: Path, megabytes: int, header: tarfile.TarInfo | None = None) -> Path:
    """A compressed archive of zeros: a thousandth of what comes out."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as file:
            for _ in range(megabytes):
                file.write(bytes(2**20))
        return path
    info = header or tarfile.TarInfo("a.csv")
    info.size = megabytes * 2**20
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(megabytes):
            file.write(bytes(2**20))
    return path


@pytest.mark.parametrize("ending", ["zip", "tgz"])
def test_a_bomb_ends_at_its_limit_and_leaves_nothing(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALWAYS", 2**20)
    bomb = _bomb(tmp_path / f"x.{ending}", 40)
    with pytest.raises(RequestError, match=r"is larger than .* when it is unpacked\n.* Split the file"):
        cached_file(tmp_path / "cache" / "a.csv", lambda fresh: extract(bomb, "a.csv", fresh))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [".a.csv.lock"]


def test_what_compresses_as_text_does_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ALWAYS", 2**10)
    text = "".join(f"{number}, a sentence as there are many\n" for number in range(20_000)).encode()
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
    extract(tmp_path / "x.zip", "a.csv", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == text


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_gigabytes_is_not_read_into_memory(tmp_path: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("x")
    header.type = kind
    with pytest.raises(RequestError, match="is larger than 100 MiB when it is unpacked"):
        members(_bomb(tmp_path / "x.tgz", 20, header))


def test_so_many_files_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    entries = {f"{number}.txt": b"" for number in range(4)}
    for archive in (_zip(tmp_path / "x.zip", entries), _tar(tmp_path / "x.tgz", entries)):
        with pytest.raises(RequestError, match="more than 3 files"):
            members(archive)
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 100)
    with pytest.raises(RequestError, match="more than 3 files"):  # before the names are read
        members(tmp_path / "x.zip")


def test_the_last_of_two_members_of_one_name_counts(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for data in (b"one", b"two"):
            info = tarfile.TarInfo("a")
            info.size = 3
            archive.addfile(info, io.BytesIO(data))
    extract(tmp_path / "x.tar", "a", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"two"


def test_a_damaged_archive_is_one_message(tmp_path: Path) -> None:
    path = _zip(tmp_path / "x.zip", {"a.csv": b"hello hello"})
    whole = path.read_bytes()
    flag = whole.index(b"PK\x01\x02") + 8
    for name, content in {
        "junk": b"junk" * 100,
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "changed": whole.replace(b"hello", b"jello"),
        "encrypted": whole[:flag] + b"\x01" + whole[flag + 1 :],
        "no tar": gzip.compress(b"no tar" * 1000),
        "cut gzip": gzip.compress(bytes(range(1, 256)) * 9)[:40],
    }.items():
        damaged = tmp_path / name
        damaged.write_bytes(content)
        with pytest.raises(RequestError, match=re.escape("not a readable archive or compressed file")):
            extract(damaged, "a.csv", tmp_path / "out")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("name", ["x.zip", "x.gz", "x.bz2", "x.xz"])
def test_a_compressed_file_that_others_unpack_is_measured_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALWAYS", 2**20)
    path = tmp_path / name
    library: Any = {"x.gz": gzip, "x.bz2": bz2, "x.xz": lzma}.get(name)
    if library is None:
        _bomb(path, 10)
    else:
        path.write_bytes(library.compress(bytes(10 * 2**20)))
    with pytest.raises(RequestError, match=r"is larger than .* when it is unpacked"):
        check_unpacked(path)
    monkeypatch.setattr(archives, "ALWAYS", 20 * 2**20)
    check_unpacked(path)
