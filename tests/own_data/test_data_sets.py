"""Data sets in the place of a file: files of a folder, folders of `datasets`, and data sets of the Hub."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest

from leaderboard import Leaderboard
from leaderboard.data.hub_content import hub_content
from leaderboard.data.reader_process import Reader, rows
from leaderboard.data.record import Record
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions
from leaderboard.own_data.source_name import SourceKind, SourceName
from tests.own_data.files import lines, reviews

COMMIT = "a" * 40
SIDES = datasets.ClassLabel(names=["bad", "good"])
FEATURES = datasets.Features({"words": datasets.Value("string"), "kind": datasets.Value("string"), "side": SIDES})


def saved(folder: Path, *splits: str) -> None:
    """Save the reviews as a data set, whose labels are numbers with names, beside a column that looks like labels."""

    def part(offset: int) -> Any:
        content = [
            {"words": f"{text}, day {offset}", "kind": ("a", "b", "c")[number % 3], "side": number % 2}
            for number, (text, _) in enumerate(reviews())
        ]
        table = pa.Table.from_pylist(content, schema=FEATURES.arrow_schema)
        return datasets.Dataset(table, info=datasets.DatasetInfo(features=FEATURES), fingerprint="rows")

    data = datasets.DatasetDict({name: part(number) for number, name in enumerate(splits)}) if splits else part(0)
    data.save_to_disk(folder)


def files(folder: Path) -> None:
    """Write the reviews into two files of a folder."""
    folder.mkdir()
    every = reviews()
    for name, part in (("a.csv", every[:60]), ("b.csv", every[60:])):
        (folder / name).write_text(lines(part, header="text,label"))


def inspect(named: str, options: DataArguments | None = None) -> Inspection:
    return inspect_data(DataOptions.read(named, options or {}))


def value(inspection: Inspection, feature: str) -> tuple[str, str]:
    return next((each.value, each.evidence) for each in inspection.detections if each.feature == feature)


@pytest.mark.slow
def test_the_label_of_a_saved_data_set_is_the_column_with_named_classes(tmp_path: Path) -> None:
    saved(tmp_path / "store")
    written = Leaderboard().init_tasks(f"disk:{tmp_path / 'store'}", text="words")
    assert value(written.inspection, "label") == ("side", "the only column whose classes the data set names")
    assert value(written.inspection, "classes")[0] == "'bad', 'good'"
    assert (written.paths[0].parent, written.paths[0].name) == (tmp_path, "store.yaml")
    assert "disk: store" in written.paths[0].read_text()
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


@pytest.mark.slow
def test_a_split_is_named_or_the_usual_one(tmp_path: Path) -> None:
    saved(tmp_path / "store", "train", "test")
    named = f"disk:{tmp_path / 'store'}"
    written = Leaderboard().init_tasks(named, text="words", test=f"{named}#test")
    assert value(written.inspection, "split") == ("train", "its usual name; not read: test")
    assert written.paths[0].read_text().count("split: test") == 1
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))
    with pytest.raises(RequestError, match="Did you mean 'test'"):
        inspect(f"{named}#tset")


def test_several_splits_without_a_usual_one_are_a_question(tmp_path: Path) -> None:
    saved(tmp_path / "store", "spring", "autumn")
    with pytest.raises(RequestError, match=r"the splits spring, autumn(?s:.)*Answer with --data 'disk:\S+#spring'"):
        inspect(f"disk:{tmp_path / 'store'}")


@pytest.mark.parametrize(("named", "file"), [("files:{}", "texts"), ("files:{}/*.csv", "'*.csv'"), ("{}/*.csv", "")])
def test_files_are_read_as_one(tmp_path: Path, named: str, file: str) -> None:
    files(tmp_path / "texts")
    written = Leaderboard().init_tasks(named.format(tmp_path / "texts"), suite=True)
    assert written.inspection.main.survey.rows == 120
    assert value(written.inspection, "files") == ("2", "the first is a.csv")
    assert written.paths[0].name == "texts.yaml"
    assert f"files: {file}".replace("'", '"') in written.paths[0].read_text()
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("{}", "is a folder; name one file, files:"),
        ("disk:{}", "`save_to_disk` of `datasets` did not write it"),
        ("disk:{}/none", "no such folder"),
        ("files:{}/none/*.csv", "is no folder"),
    ],
)
def test_what_is_not_there_is_one_message(tmp_path: Path, named: str, reason: str) -> None:
    files(tmp_path / "texts")
    with pytest.raises(RequestError, match=reason):
        inspect(named.format(tmp_path / "texts"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hub:owner/name", ("owner/name", None, None, None)),
        (f"hub:owner/name@{COMMIT}:small#test", ("owner/name", COMMIT, "small", "test")),
        ("hub:owner/name:small", ("owner/name", None, "small", None)),
    ],
)
def test_a_name_of_the_hub_has_parts(text: str, name: tuple[str | None, ...]) -> None:
    parsed = SourceName.of(Path(text))
    assert parsed is not None
    assert parsed.kind is SourceKind.HUB
    assert (parsed.place, parsed.revision, parsed.config, parsed.split) == name


def in_this_process(reader: Reader, place: str, arguments: dict[str, Any], **_: Any) -> Iterator[Record]:
    """Stand in for `process_rows`: the tests of data sets of the Hub start the process, which takes seconds."""
    return rows(reader, arguments)


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The newest commit of a data set in an otherwise empty cache of the Hub."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    root = tmp_path / "hub" / "datasets--owner--reviews"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(COMMIT)
    folder = root / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (folder / "README.md").write_text(
        "---\ndataset_info:\n  features: [{name: words, dtype: string}, {name: side, dtype: "
        '{class_label: {names: {"0": bad, "1": good}}}}]\n---\n'
    )
    table = [(text, str(number % 2)) for number, (text, _) in enumerate(reviews())]
    (folder / "train.csv").write_text(lines(table, header="words,side"))
    return folder


def test_the_newest_commit_of_the_cache_is_taken_offline(snapshot: Path, tmp_path: Path) -> None:
    content = hub_content("owner/reviews", None, None, offline=True, cache=str(tmp_path / "datasets"))
    assert (content["revision"], content["splits"]) == (snapshot.name, ["train"])
    assert content["features"]["side"]["names"] == ["bad", "good"]
    with pytest.raises(SourceUnavailableError, match="has no commit of 'main'"):
        hub_content("owner/other", None, None, offline=True, cache=str(tmp_path / "datasets"))


@pytest.mark.usefixtures("snapshot")
def test_a_data_set_of_the_hub_becomes_a_task_and_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[Reader] = []

    def counted(reader: Reader, place: str, arguments: dict[str, Any], **_: Any) -> Iterator[Record]:
        readers.append(reader)
        return in_this_process(reader, place, arguments)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADERBOARD_OFFLINE", "1")
    monkeypatch.setattr("leaderboard.data.process_rows.process_rows", counted)
    written = Leaderboard().init_tasks("hub:owner/reviews", suite=True)
    assert (written.paths[0].parent, written.paths[0].name) == (tmp_path, "reviews.yaml")
    assert f"{{hub: owner/reviews, split: train, revision: {COMMIT}}}" in written.paths[0].read_text()
    assert value(written.inspection, "commit") == (COMMIT[:12], "the newest in the Hub's cache")
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths, offline=True))
    assert readers.count(Reader.HUB) == 1  # detected, counted, surveyed, and four splits checked
