"""Folders that `save_to_disk` of `datasets` writes, and snapshots in the Hub's cache, without the network."""

import json
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from leaderboard.data.examples import TaggedExample, TextExample
from leaderboard.data.file_sets import files_of, set_digest
from leaderboard.data.hub_dataset import HubSplit, hub_rows
from leaderboard.data.reading import examine_split
from leaderboard.data.source import Source
from leaderboard.data.source_changes import change_of
from leaderboard.data.specification import Reading, Split
from leaderboard.errors import RequestError, SourceUnavailableError
from tests.in_one_test import in_one_test

COMMIT = "a" * 40
SIDES = datasets.ClassLabel(names=["negative", "positive"])
TAGS = datasets.ClassLabel(names=["O", "B-PER"])
WORDS = datasets.Value("string")
FEATURES = datasets.Features(
    {"text": WORDS, "label": SIDES, "words": datasets.List(WORDS), "tags": datasets.List(TAGS)},
)
ROWS = [
    {"text": "Good.", "label": 1, "words": ["Ada"], "tags": [1]},
    {"text": "Bad.", "label": 0, "words": ["a", "b"], "tags": [0, 0]},
    {"text": "?", "label": -1, "words": ["c"], "tags": [0]},
]


def _data(rows: Any) -> Any:
    """A data set of rows; its digest is given, since computing it needs every object of pyarrow to be pickled."""
    table = pa.Table.from_pylist(rows, schema=FEATURES.arrow_schema)
    return datasets.Dataset(table, info=datasets.DatasetInfo(features=FEATURES), fingerprint="rows")


DATA = _data(ROWS)
TEXTS = {"fields": {"text": "text", "label": "label"}, "missing": "drop"}


def _disk(folder: Path, data: Any = DATA, **location: str) -> Split:
    data.save_to_disk(folder / "saved")
    return _pinned(folder, **location)


def _pinned(folder: Path, **location: str) -> Split:
    sha256 = set_digest(files_of("saved", folder))
    return Split.model_validate({"source": {"disk": "saved", "sha256": sha256, **location}})


def _read(split: Split, folder: Path, example: Any = TextExample, **reading: Any) -> list[Any]:
    labels = tuple(TAGS.names if example is TaggedExample else SIDES.names)
    settings = Reading.model_validate(TEXTS | reading)
    return examine_split(split, settings, labels, example, name="test", folder=folder, offline=True).examples


def test_classes_of_a_saved_data_set_have_their_names(tmp_path: Path) -> None:
    examples = _read(_disk(tmp_path), tmp_path)
    assert [(each.text, each.label) for each in examples] == [("Good.", 1), ("Bad.", 0)]  # -1 is no class


def test_tags_have_their_names_and_a_split_is_chosen(tmp_path: Path) -> None:
    split = _disk(tmp_path, datasets.DatasetDict({"train": DATA, "test": _data(ROWS[1:2])}), split="test")
    (example,) = _read(split, tmp_path, TaggedExample, fields={"words": "words", "tags": "tags"})
    assert (example.words, example.tags) == (("a", "b"), (0, 0))


@pytest.mark.parametrize(
    ("location", "reason"), [({}, "name one of its splits .*: train"), ({"split": "tran"}, "Did you mean 'train'")]
)
def test_a_split_is_named_where_there_are_several(tmp_path: Path, location: Any, reason: str) -> None:
    split = _disk(tmp_path, datasets.DatasetDict({"train": DATA}), **location)
    with pytest.raises(RequestError, match=reason):
        _read(split, tmp_path)


@pytest.mark.parametrize("name", ["../secret.arrow", "/etc/passwd", "hf://datasets/a/b/x.arrow", "missing.arrow", None])
def test_a_saved_data_set_names_no_other_files(tmp_path: Path, name: Any) -> None:
    DATA.save_to_disk(tmp_path / "saved")
    (tmp_path / "secret.arrow").write_bytes(b"")
    state = json.loads((tmp_path / "saved" / "state.json").read_text())
    state["_data_files"] = [{"filename": name}]
    (tmp_path / "saved" / "state.json").write_text(json.dumps(state))
    with pytest.raises(RequestError, match="is no file of this folder"):
        _read(_pinned(tmp_path), tmp_path)


def test_a_changed_folder_is_refused_and_noticed(tmp_path: Path) -> None:
    split = _disk(tmp_path)
    assert change_of(split.source, folder=tmp_path) is None
    (tmp_path / "saved" / "more.arrow").write_bytes(b"")
    assert "no longer has the pinned digest" in str(change_of(split.source, folder=tmp_path))
    with pytest.raises(RequestError, match="wrong checksum"):
        _read(split, tmp_path)


def test_a_folder_named_as_a_file_says_what_it_is(tmp_path: Path) -> None:
    source = _disk(tmp_path).source.model_dump() | {"locations": [{"file": "saved"}]}
    with pytest.raises(RequestError, match="`disk: saved`"):
        _read(Split.model_validate({"source": source}), tmp_path)


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a commit in an otherwise empty cache of the Hub."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    folder = tmp_path / "hub" / "datasets--owner--reviews" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    return folder


def _hub(tmp_path: Path, **options: Any) -> list[Any]:
    cache = str(tmp_path / "datasets")
    defaults = {"name": "owner/reviews", "revision": COMMIT, "split": "train", "config": None, "first": None}
    wanted = HubSplit(**(defaults | {"offline": True, "cache": cache} | options))
    return [record.row for record in hub_rows(wanted, {"text", "label"})]


CARD = """---
configs:
- config_name: small
  data_files: [{split: train, path: small/train.parquet}]
- config_name: large
  data_files: [{split: train, path: "large/*.parquet"}, {split: test, path: small/train.parquet}]
dataset_info:
- config_name: small
  features: [{name: text, dtype: string}, {name: label, dtype: {class_label: {names: {"0": negative, "1": positive}}}}]
---
"""


def _card(snapshot: Path, card: str = CARD) -> None:
    (snapshot / "README.md").write_text(card)
    (snapshot / "small").mkdir()
    (snapshot / "large").mkdir()
    pq.write_table(pa.table({"text": ["Fine."], "label": [1]}), snapshot / "large" / "a.parquet")
    pq.write_table(pa.table({"text": ["Good.", "Bad."], "label": [1, 0]}), snapshot / "small" / "train.parquet")


def test_a_snapshot_is_read_offline_with_the_names_of_classes(snapshot: Path, tmp_path: Path) -> None:
    _card(snapshot)
    rows = [{"text": "Good.", "label": "positive"}, {"text": "Bad.", "label": "negative"}]
    assert _hub(tmp_path, config="small") == rows
    assert _hub(tmp_path, config="small", first=1) == rows[:1]
    assert _hub(tmp_path, config="large") == [{"text": "Fine.", "label": 1}]


@pytest.mark.parametrize("first", [None, 1])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.csv", "text,label\nGood.,1\nBad.,0\n"),
        ("train.jsonl", '{"text": "Good.", "label": 1}\n{"text": "Bad.", "label": 0}\n'),
    ],
)
def test_files_of_other_formats_are_read_whole_and_streamed(
    snapshot: Path, tmp_path: Path, name: str, content: str, first: int | None
) -> None:
    (snapshot / name).write_text(content)
    rows = [{"text": "Good.", "label": 1}, {"text": "Bad.", "label": 0}]
    assert _hub(tmp_path, first=first) == rows[:first]


@pytest.mark.slow
def test_a_split_reads_a_snapshot_in_another_process(snapshot: Path, tmp_path: Path) -> None:
    _card(snapshot)
    source = {"hub": "owner/reviews", "revision": COMMIT, "config": "small", "split": "train"}
    examples = _read(Split.model_validate({"source": source}), tmp_path)
    assert [(each.id, each.text, each.label) for each in examples] == [("test-1", "Good.", 1), ("test-2", "Bad.", 0)]
    assert len(list((tmp_path / "cache" / "data").glob("hub-*/*"))) > 0


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"config": "small", "split": "tst"}, RequestError, "no split 'tst'\n  Its splits: train"),
        ({"config": "tiny"}, RequestError, "cannot be read: .*'tiny' not found. Available: .*small"),
        ({}, RequestError, "name one of its configurations with `config`: small, large"),
        ({"revision": "b" * 40, "config": "small"}, SourceUnavailableError, "offline, and it is not whole"),
    ],
    ids=["split", "config", "no config", "revision"],
)  # fmt: skip
def test_what_is_not_there_is_one_message(
    snapshot: Path, tmp_path: Path, options: Any, error: Any, reason: str
) -> None:
    _card(snapshot)
    with pytest.raises(error, match=reason):
        _hub(tmp_path, **options)


def test_a_loading_script_is_refused_and_does_not_run(snapshot: Path, tmp_path: Path) -> None:
    _card(snapshot)
    (snapshot / "reviews.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(RequestError, match="has a loading script, and code of a data set is never run"):
        _hub(tmp_path, config="small")
    assert not (tmp_path / "ran").exists()


def test_a_pickle_is_refused(snapshot: Path, tmp_path: Path) -> None:
    (snapshot / "train.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(RequestError, match="owner/reviews"):
        _hub(tmp_path)


@pytest.mark.parametrize("path", ["ROOT/secret.csv", "../../../../secret.csv", "https://example.com/a.csv"])
def test_a_card_names_no_file_outside(snapshot: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.csv").write_text("text,label\nsecret,1\n")
    path = path.replace("ROOT", str(tmp_path))
    _card(snapshot, f"---\nconfigs:\n- config_name: default\n  data_files: [{{split: train, path: '{path}'}}]\n---\n")
    with pytest.raises(RequestError, match="names data outside of its own files"):
        _hub(tmp_path)


def test_a_missing_part_is_noticed(snapshot: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["Good."], "label": [1]}), snapshot / "train-00000-of-00003.parquet")
    with pytest.raises(SourceUnavailableError, match="1 of 3 parts of train-"):
        _hub(tmp_path)


@in_one_test(
    "source",
    [
        {"hub": "owner/reviews", "split": "train"},
        {"hub": "owner/reviews", "split": "train", "revision": "main"},
        {"hub": "owner/reviews", "split": "train", "revision": COMMIT, "sha256": "0" * 64},
        {"hub": "owner/reviews", "split": "train", "revision": COMMIT, "path": "a.csv", "sha256": "0" * 64},
        {"file": "a.csv", "split": "train", "sha256": "0" * 64},
        {"files": "a", "member": "b", "sha256": "0" * 64},
        {"files": "../a", "sha256": "0" * 64},
        {"disk": "saved"},
    ],
)
def test_a_source_says_all_that_pins_it_and_no_more(source: Any) -> None:
    with pytest.raises(ValidationError):
        Source.model_validate(source)


def test_a_branch_is_no_revision() -> None:
    with pytest.raises(ValidationError, match="'main' is no commit, which has 40 hexadecimal digits"):
        Source.model_validate({"hub": "owner/reviews", "split": "train", "revision": "main"})
