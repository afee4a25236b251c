"""Which files are a model's weights, where honest folders hold more than a model."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.models.weight_files import loaded_weights
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.testing.models import tiny_bert

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 17\n"


def resolved(folder: Path) -> ResolvedModel:
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def write_index(folder: Path, *shards: str, name: str = "model.safetensors.index.json") -> None:
    index = {"metadata": {}, "weight_map": {f"weight.{number}": shard for number, shard in enumerate(shards)}}
    (folder / name).write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("files", "config", "expected"),
    [
        (["model.safetensors", "emb.safetensors"], {}, ["model.safetensors"]),
        (["a.safetensors", "b.safetensors"], {}, ["a.safetensors", "b.safetensors"]),
        (["b.safetensors", "._b.safetensors"], {}, ["b.safetensors"]),
        (["model.safetensors", "c.safetensors"], {"transformers_weights": "c.safetensors"}, ["c.safetensors"]),
        ([], {}, []),
    ],
)
def test_the_weights_are_the_files_that_transformers_loads(tmp_path, files, config, expected):
    for name in files:
        (tmp_path / name).touch()
    assert [path.name for path in loaded_weights(tmp_path, config, "m")] == expected


def test_shards_are_those_of_the_index(tmp_path):
    for name in ("s1.safetensors", "s2.safetensors", "other.safetensors"):
        (tmp_path / name).touch()
    write_index(tmp_path, "s2.safetensors", "s1.safetensors", "s1.safetensors")
    assert [path.name for path in loaded_weights(tmp_path, {}, "m")] == ["s1.safetensors", "s2.safetensors"]
    (tmp_path / "model.safetensors").touch()  # goes before an index
    assert [path.name for path in loaded_weights(tmp_path, {}, "m")] == ["model.safetensors"]


def test_a_missing_shard_is_named(tmp_path):
    folder = tiny_bert(tmp_path)
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    write_index(folder, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    with pytest.raises(RequestError, match=r"index\.json names the weights 'model-00002-of-00002\.safetensors', which"):
        resolved(folder)


@pytest.mark.parametrize("name", ["._model.safetensors", "._config.json", "emb.safetensors"])
def test_a_file_that_is_not_loaded_breaks_nothing(tmp_path, name):
    folder = tiny_bert(tmp_path / "model")
    (folder / name).write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X")
    assert load(resolved(folder), torch.device("cpu")).module is not None


def test_records_of_macos_are_in_no_identity(tmp_path):
    folder = tiny_bert(tmp_path / "model")
    before = resolved(folder).digest
    (folder / "._model.safetensors").write_bytes(b"Mac OS X")
    assert resolved(folder).digest == before


def test_a_pointer_of_git_lfs_is_reported(tmp_path):
    folder = tiny_bert(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(POINTER)
    with pytest.raises(LeaderboardError, match=r"pointer of Git LFS.*\n  Fetch them: git lfs pull"):
        load(resolved(folder), torch.device("cpu"))


def test_messages_name_no_folder_of_ours(tmp_path):
    folder = tiny_bert(tmp_path / "model")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(LeaderboardError, match=r"broken weights: model\.safetensors") as refusal:
        load(resolved(folder), torch.device("cpu"))
    assert "leaderboard-model-" not in str(refusal.value)


def test_a_folder_of_links_into_a_cache_of_the_hub_is_a_model(tmp_path):
    folder, blobs = tiny_bert(tmp_path / "made"), tmp_path / "models--acme--clf" / "blobs"
    blobs.mkdir(parents=True)
    linked = tmp_path / "local"
    linked.mkdir()
    for number, path in enumerate(sorted(folder.iterdir())):
        blob = blobs / f"{number:040x}"
        shutil.copy(path, blob)
        (linked / path.name).symlink_to(blob)
    assert resolved(linked).digest == resolved(folder).digest


def test_a_link_to_any_other_file_is_refused_with_a_way_to_copy_it(tmp_path):
    folder = tiny_bert(tmp_path / "my model")
    store = tmp_path / "cache" / "blobs"
    store.mkdir(parents=True)
    (store / "87428fc").write_text("a")
    (folder / "vocab.txt").unlink(missing_ok=True)
    (folder / "vocab.txt").symlink_to(store / "87428fc")
    with pytest.raises(RequestError, match=r"outside that folder\n.*cp -rL '.*my model' OTHER"):
        resolved(folder)


@pytest.mark.parametrize(
    "note", [{"total_params": 7 * 10**9}, {"training_tokens": 3 * 10**11}, {"dataset_bytes": 5 * 10**9}]
)
def test_notes_of_whoever_trained_it_are_no_sizes(tmp_path, note):
    folder = tiny_bert(tmp_path / "model")
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | note))
    assert resolved(folder).kind
