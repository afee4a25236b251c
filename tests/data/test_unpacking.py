"""Compressed data files: read as if they were not, within limits."""

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard.data.archives import extract, members
from leaderboard.data.rows import read_rows
from leaderboard.data.specification import Reading
from leaderboard.data.zstandard import ZstandardFile
from leaderboard.errors import RequestError

READING = Reading.model_validate({"delimiter": ",", "fields": {"text": "text"}})
CONTENT = b"text,label\nA fine film,1\n"


def _zstd(data: bytes) -> bytes:
    with pa.CompressedOutputStream(target := pa.BufferOutputStream(), "zstd") as stream:
        stream.write(data)
    return target.getvalue().to_pybytes()


def _zip(data: bytes, *names: str) -> bytes:
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("folder/data.csv",):
            archive.writestr(name, data)
    return target.getvalue()


def _tar(data: bytes) -> bytes:
    with tarfile.open(fileobj=(target := io.BytesIO()), mode="w") as archive:
        info = tarfile.TarInfo("data.csv")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": _zstd, "zip": _zip}


def _rows(path: Path, data: bytes, reading: Reading = READING) -> list[Any]:
    path.write_bytes(data)
    return [record.row for record in read_rows(path, reading)]


@pytest.mark.parametrize("kind", PACKERS)
def test_a_compressed_file_is_read_as_what_it_contains(tmp_path: Path, kind: str) -> None:
    assert _rows(tmp_path / f"data.csv.{kind}", PACKERS[kind](CONTENT)) == [{"text": "A fine film", "label": "1"}]
    digest = hashlib.sha256(PACKERS[kind](CONTENT)).hexdigest()
    if kind not in {"gz", "zip"}:  # which hold the time
        assert (tmp_path / "cache" / "data" / digest / "unpacked" / "data.csv").read_bytes() == CONTENT


def test_a_compressed_parquet_file_is_one(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["A fine film"]}), target := io.BytesIO())
    reading = Reading.model_validate({"format": "parquet", "fields": {"text": "text"}})
    assert _rows(tmp_path / "a.parquet.gz", gzip.compress(target.getvalue()), reading) == [{"text": "A fine film"}]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_zip(CONTENT, "a.csv", "b.csv"), "an archive of 2 files: a.csv, b.csv\n  Name the file .* `member: NAME`"),
        (_zip(b"", *[f"{number}.csv" for number in range(30)]), "30 files: .*9.csv, …\n"),
        (gzip.compress(_tar(CONTENT)), "a .tar archive\n  Name the file"),
        (_tar(CONTENT), "a .tar archive\n  Name the file"),
    ],
    ids=["zip", "many", "tar.gz", "tar"],
)
def test_an_archive_of_several_files_asks_for_one(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        _rows(tmp_path / "data", data)


@pytest.mark.slow
@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_a_bomb_ends_at_its_limit_and_leaves_nothing(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RequestError, match="is larger than 100 MiB when it is unpacked"):
        _rows(tmp_path / "data", pack(bytes(101 * 2**20)))
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_damage_is_one_message(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RequestError, match="not a readable archive or compressed file"):
        _rows(tmp_path / "data", pack(CONTENT * 100)[:40])


def test_a_tar_compressed_by_zstandard_has_members(tmp_path: Path) -> None:
    (tmp_path / "a.tar.zst").write_bytes(_zstd(_tar(CONTENT)))
    assert members(tmp_path / "a.tar.zst") == ["data.csv"]
    extract(tmp_path / "a.tar.zst", "data.csv", tmp_path / "data.csv")
    assert (tmp_path / "data.csv").read_bytes() == CONTENT


def test_a_place_in_a_compressed_stream_is_reached_in_both_directions(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(_zstd(b"0123456789"))
    with ZstandardFile(tmp_path / "a") as file:
        assert (file.read(4), file.tell()) == (b"0123", 4)
        assert (file.seek(7), file.read(1)) == (7, b"7")
        assert (file.seek(2), file.read(), file.tell()) == (2, b"23456789", 10)
