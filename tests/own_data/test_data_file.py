"""Compressed files and files in archives."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from leaderboard import Leaderboard
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions
from tests.own_data.files import labelled, table

TEST = table().replace("food", "soup").replace("room", "roof").replace("visit", "stay")


def inspect(path: str | Path, options: DataArguments | None = None) -> Inspection:
    return inspect_data(DataOptions.read(path, options or {}))


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return packed.getvalue()


def test_a_compressed_file_is_read_as_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv.gz").write_bytes(gzip.compress(table().encode()))
    written = Leaderboard().init_tasks(tmp_path / "reviews.csv.gz")
    assert written.paths[0].name == "reviews.yaml"
    assert "file: reviews.csv.gz" in written.paths[0].read_text()
    assert any("file: reviews.csv (unpacked)" in line for line in written.inspection.lines)
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


def test_the_only_file_of_an_archive_is_taken(tmp_path: Path) -> None:
    (tmp_path / "corpus.zip").write_bytes(zipped(reviews_csv=table()))
    written = Leaderboard().init_tasks(tmp_path / "corpus.zip")
    assert "member: reviews.csv" in written.paths[0].read_text()
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


def test_one_of_several_files_is_a_question(tmp_path: Path) -> None:
    path = tmp_path / "corpus.zip"
    path.write_bytes(zipped(train_csv=table(), test_csv=TEST))
    with pytest.raises(RequestError, match=r"an archive of 2 files: train.csv, test.csv(?s:.*)--data corpus.zip:train"):
        inspect(path)
    inspection = inspect(f"{path}:train.csv", {"test": f"{path}:test.csv"})
    assert inspection.test is not None
    assert (inspection.main.name, inspection.test.name) == ("corpus.zip:train.csv", "corpus.zip:test.csv")
    written = Leaderboard().init_tasks(f"{path}:train.csv", suite=True, test=f"{path}:test.csv")
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))
    with pytest.raises(RequestError, match=r"Did you mean 'train\.csv'"):
        inspect(f"{path}:trian.csv")


def test_a_file_of_a_tar_archive(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo("data/reviews.csv")
        info.size = len(table())
        archive.addfile(info, io.BytesIO(table().encode()))
    (tmp_path / "corpus.tar.gz").write_bytes(packed.getvalue())
    assert inspect(tmp_path / "corpus.tar.gz").main.survey.rows == 120


def test_a_question_names_the_file_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv.zst").write_bytes(
        pa.compress(labelled(["0.5", "1.5", "4.5"]).encode(), "zstd", asbytes=True)
    )
    with pytest.raises(RequestError, match=r"^\S*/reviews\.csv\.zst: (?s:.*)--label-ranges"):
        inspect(tmp_path / "reviews.csv.zst")
    (tmp_path / "reviews.csv.gz").write_bytes(gzip.compress(b"good,1\nbad,0\nnice,2\n"))
    with pytest.raises(RequestError, match=r"^\S*/reviews\.csv\.gz: line 1 may be a header"):
        inspect(tmp_path / "reviews.csv.gz")


def test_a_name_that_leads_out_of_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "corpus.zip").write_bytes(zipped(**{"/reviews_csv": table()}))
    with pytest.raises(RequestError, match=r"cannot name '/reviews\.csv' in it"):
        inspect(tmp_path / "corpus.zip")


def test_a_member_of_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    with pytest.raises(RequestError, match="is no archive"):
        inspect(f"{tmp_path / 'reviews.csv'}:x")
