"""A folder of task files that nobody trusts reads its own files and the Hub, and nothing else."""

import bz2
import gzip
import os
import socket
from pathlib import Path

import pytest
import yaml

from leaderboard.axes.harness import confinement
from leaderboard.axes.harness.confinement import check_data
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.evaluation.harness_tasks import HarnessOptions, load_harness_tasks
from tests.synthetic.harness import CHOICE, write_task


def load(folder, name, **options):
    return load_harness_tasks(f"lm_eval:{name}", HarnessOptions(path=str(folder), **options))


@pytest.fixture
def secret(tmp_path):
    """A file outside the folder that `datasets` could read."""
    path = tmp_path / "secret.jsonl"
    path.write_text('{"question": "a", "choices": ["x", "y"], "answer": 0}\n' * 3)
    return path


@pytest.fixture
def no_network(monkeypatch):
    """Fail where anything is looked up."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: pytest.fail("the network was asked"))


def attacks(folder: Path, secret: Path) -> list[dict]:
    """Changes of a task file that read or fetch something else."""
    link = folder / "link.jsonl"
    link.symlink_to(secret)
    linked = folder / "linked"
    linked.symlink_to(secret.parent)
    data = {
        "files": [
            str(secret),
            "/etc/passwd",
            f"{folder}/../secret.jsonl",
            str(link),
            str(linked / "secret.jsonl"),
            f"{folder}/l*.jsonl",
            f"{secret.parent}/*.jsonl",
            os.path.relpath(secret),
            f"file://{secret}",
            f"zip://a.jsonl::{secret}",
            "https://example.org/x.jsonl",
            "http://169.254.169.254/latest",
            "https://huggingface.co@example.org/x.jsonl",
            "https://huggingface.co/datasets/../x.jsonl",
            "github://owner:repo@main/x.jsonl",
            "s3://bucket/x.jsonl",
            "ftp://example.org/x.jsonl",
            f"hf://datasets/a/b::{secret}",
        ]
    }
    changes: list[dict] = [{"dataset_kwargs": {"data_files": {"train": each, "test": each}}} for each in data["files"]]
    changes += [{"dataset_kwargs": {"data_files": [each]}} for each in data["files"][:3]]
    own = {split: str(folder / f"{split}.jsonl") for split in ("train", "test")}
    changes += [
        {"dataset_kwargs": {"data_dir": str(secret.parent)}},
        {"dataset_kwargs": {"data_dir": str(linked)}},
        *(
            {"dataset_kwargs": {"data_files": own, key: str(secret)}}
            for key in ("cache_dir", "storage_options", "token")
        ),
        {"dataset_path": str(secret.parent)},
        {"dataset_path": str(secret)},
        {"dataset_path": "../secret"},
        {"dataset_path": "~/secret"},
        *({"dataset_path": kind} for kind in ("pandas", "eval", "webdataset", "imagefolder", "lance", "iceberg")),
        {"dataset_path": "https://example.org/data"},
        {"dataset_path": "owner/name", "dataset_kwargs": {"data_files": "https://example.org/x.jsonl"}},
        {"dataset_path": "owner/name", "dataset_kwargs": {"data_files": str(secret)}},
        {"dataset_path": "owner/name", "dataset_kwargs": {"data_dir": "../.."}},
    ]
    return changes


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_data_from_elsewhere_is_refused_before_it_is_read(folder, secret):
    for number, changes in enumerate(attacks(folder, secret)):
        write_task(folder, f"evil{number}", CHOICE, **changes)
        with pytest.raises(RequestError, match="a task reads other data than files of this folder") as error:
            load(folder, f"evil{number}")
        assert "--trust-lm-eval-code" in str(error.value)
        (folder / f"evil{number}.yaml").unlink()


@pytest.mark.usefixtures("no_network")
def test_a_group_that_changes_the_data_of_a_task_is_refused(folder, secret):
    group = {"group": "all", "task": [{"task": "tiny_choice", "dataset_kwargs": {"data_files": {"test": str(secret)}}}]}
    (folder / "all.yaml").write_text(yaml.safe_dump(group))
    with pytest.raises(LeaderboardError, match="a task reads other data"):
        load(folder, "all")


def test_own_files_are_read_and_with_trust_any(folder, secret):
    assert load(folder, "tiny_choice")
    write_task(folder, "outside", CHOICE, dataset_kwargs={"data_files": {"train": str(secret), "test": str(secret)}})
    assert load(folder, "outside", trust_code=True)


@pytest.mark.slow
def test_a_file_outside_is_not_included_nor_quoted(folder, tmp_path):
    (tmp_path / "outside.yaml").write_text("password: [swordfish")
    for included in ("../outside.yaml", str(tmp_path / "outside.yaml"), "/etc/passwd", "/dev/zero", "a\0b", "x" * 5000):
        (folder / "including.yaml").write_text(yaml.safe_dump({"include": included, "task": "including"}))
        with pytest.raises(RequestError) as error:
            load(folder, "including")
        assert "swordfish" not in str(error.value)
        assert "root:" not in str(error.value)


@pytest.mark.parametrize("text", ["task: " + "[" * 100_000, "a: &a [*a]\ntask: x", "task: !!python/name:os.system ''"])
def test_a_hostile_file_of_the_folder_is_one_message(folder, text):
    (folder / "hostile.yaml").write_text(text)
    with pytest.raises(RequestError, match=r"hostile\.yaml: is not valid YAML: line "):
        load(folder, "tiny_choice")


def test_honest_names_are_let_through(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a\n1\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "y.jsonl").write_text("{}\n")
    for path, options in [
        ("csv", {"data_files": {"test": "x.csv"}, "sep": ";"}),
        ("csv", {"data_files": [str(tmp_path / "*.csv")]}),
        ("json", {"data_dir": str(tmp_path / "more")}),
        ("json", {"data_files": "hf://datasets/owner/name/x.jsonl"}),
        ("json", {"data_files": "https://huggingface.co/datasets/owner/name/resolve/main/x.jsonl"}),
        (str(tmp_path / "more"), {}),
        ("owner/name", {"data_files": "data/*.jsonl", "revision": "main", "streaming": True}),
        ("anli", {}),
    ]:
        check_data(tmp_path, path, options)


@pytest.mark.slow
def test_a_bomb_in_the_folder_is_refused(tmp_path):
    for name, content in {"x.jsonl.gz": gzip.compress(bytes(2**28)), "x.jsonl.bz2": bz2.compress(bytes(2**28))}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RequestError, match=r"is larger than .* when it is unpacked"):
            check_data(tmp_path, "json", {"data_files": str(tmp_path / name)})


def test_a_table_of_very_many_equal_values_is_refused(tmp_path, monkeypatch):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": pa.nulls(100_000, pa.int8())}), path)
    check_data(tmp_path, "parquet", {"data_files": str(path)})
    monkeypatch.setattr(confinement, "_MOST_VALUES", 99_999)
    with pytest.raises(RequestError, match="more than 99,999 values; split it"):
        check_data(tmp_path, "parquet", {"data_files": str(path)})
