"""Several files as one source: folders and patterns."""

import gzip
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.examples import TextExample
from leaderboard.data.file_sets import files_of, set_digest
from leaderboard.data.reading import examine_split
from leaderboard.data.source_changes import change_of
from leaderboard.data.specification import Reading, Split
from leaderboard.errors import RequestError, SourceUnavailableError

READING = Reading.model_validate({"delimiter": ",", "fields": {"text": "text"}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("b", "two"), ("a", "one"), ("more/c", "three")):
        path = tmp_path / "data" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text\n{text}\n{text} again\n")
    (tmp_path / "data" / ".hidden").write_text("x")
    return tmp_path


def _split(folder: Path, pattern: str, **options: Any) -> Split:
    source = {"files": pattern, "sha256": set_digest(files_of(pattern, folder))}
    return Split.model_validate({"source": source, **options})


def _examine(split: Split, folder: Path, reading: Reading = READING) -> Any:
    return examine_split(split, reading, (), TextExample, name="test", folder=folder, offline=True)


def test_files_are_read_in_the_order_of_their_names_with_ids_of_their_own(folder: Path) -> None:
    examples = _examine(_split(folder, "data/*.csv"), folder).examples
    expected = {"test-a.csv-1": "one", "test-a.csv-2": "one again", "test-b.csv-1": "two", "test-b.csv-2": "two again"}
    assert {each.id: each.text for each in examples} == expected
    (folder / "data" / "aa.csv").write_text("text\nbetween\n")
    more = _examine(_split(folder, "data/*.csv"), folder).examples
    assert expected.items() <= {each.id: each.text for each in more}.items()


def test_a_folder_is_all_of_its_files(folder: Path) -> None:
    (folder / "data" / "README.md").write_text("About.")
    examples = _examine(_split(folder, "data"), folder).examples
    assert [each.text for each in examples] == ["one", "one again", "two", "two again", "three", "three again"]
    assert examples[-1].id == "test-more/c.csv-2"
    assert [each.text for each in _examine(_split(folder, "data", first=3), folder).examples] == [
        "one",
        "one again",
        "two",
    ]


@pytest.mark.parametrize(
    ("pattern", "listing"), [("data/*.csv", "*.csv"), ("data", "$(find * -type f | LC_ALL=C sort)")]
)
def test_the_digest_is_what_sha256sum_prints(folder: Path, pattern: str, listing: str) -> None:
    command = f"cd data && sha256sum {listing} | sha256sum"
    printed = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert set_digest(files_of(pattern, folder)) == printed.split()[0]


def test_a_row_that_is_wrong_is_named_with_its_file(folder: Path) -> None:
    (folder / "data" / "b.csv").write_text("text\nfine\none,two\n")
    assert _examine(_split(folder, "data/*.csv"), folder).problems[0].startswith("b.csv: line 3: row 2: 2 columns")


def test_a_change_is_refused_and_noticed(folder: Path) -> None:
    split = _split(folder, "data/*.csv")
    assert change_of(split.source, folder=folder) is None
    (folder / "data" / "c.csv").write_text("text\nnew\n")
    assert "data/*.csv no longer has the pinned digest" in str(change_of(split.source, folder=folder))
    with pytest.raises(RequestError, match=r"data/\*\.csv \(3 files\): wrong checksum"):
        _examine(split, folder)


def test_files_of_two_formats_are_refused(folder: Path) -> None:
    (folder / "data" / "x.jsonl").write_text("{}")
    with pytest.raises(
        RequestError, match=r"several formats: 3 \.csv, 1 \.jsonl\n  Name those to read .*'data/\*\.csv'"
    ):
        _examine(_split(folder, "data"), folder)


def test_a_link_leads_nowhere_else(folder: Path) -> None:
    (folder / "task").mkdir()
    (folder / "task" / "x.csv").symlink_to(folder / "data" / "a.csv")
    with pytest.raises(RequestError, match="leads out of"):
        files_of("*.csv", folder / "task")


@pytest.mark.parametrize("pattern", ["none", "data/*.tsv", "data/a.csv/*"])
def test_nothing_that_matches_is_said(folder: Path, pattern: str) -> None:
    with pytest.raises(SourceUnavailableError):
        files_of(pattern, folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_and_a_broken_link_are_one_message(folder: Path) -> None:
    split = _split(folder, "data/*.csv")
    os.mkfifo(folder / "data" / "pipe.csv")
    with pytest.raises(RequestError, match=r"pipe\.csv is not a regular file"):
        _examine(split, folder)
    assert "cannot be read" in str(change_of(split.source, folder=folder))
    (folder / "data" / "pipe.csv").unlink()
    (folder / "data" / "link.csv").symlink_to("nowhere.csv")
    with pytest.raises(RequestError, match=r"link\.csv: No such file"):
        _examine(split, folder)


def test_compressed_files_are_files_too(folder: Path) -> None:
    for path in list((folder / "data").glob("*.csv")):
        (folder / "data" / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert next(each.text for each in _examine(_split(folder, "data/*.csv.gz"), folder).examples) == "one"


@pytest.mark.parametrize("fields", [{"text": "text"}, {"text": {"template": "{{ text }}"}}])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_without_a_column_is_refused_whatever_is_dropped(tmp_path: Path, ending: str, fields: Any) -> None:
    csv = ending == "csv"
    (tmp_path / f"a.{ending}").write_text("text,n\none,1\n" if csv else '{"text": "one"}\n{"n": 1}\n')
    (tmp_path / f"b.{ending}").write_text("Text,n\ntwo,2\n" if csv else '{"Text": "two"}\n')
    settings = {"fields": fields, "missing": "drop", "bad_rows": "drop"}
    reading = Reading.model_validate(settings | ({"delimiter": ","} if csv else {"format": "jsonl"}))
    with pytest.raises(RequestError, match=rf"b\.{ending}: no column 'text' in this file(.|\n)*Columns: Text"):
        _examine(_split(tmp_path, f"*.{ending}"), tmp_path, reading)
    (tmp_path / f"b.{ending}").unlink()
    assert [each.text for each in _examine(_split(tmp_path, f"*.{ending}"), tmp_path, reading).examples] == ["one"]
