"""What a model is made of: every file that transformers reads is in the identity, or the folder is refused."""

import ast
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file

from leaderboard.backends.local.models import hub
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.model_files import (
    CONTENT,
    GENERATION_CONFIG,
    MODEL_FILES,
    folder_content,
    is_model_file,
)
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.testing.models import tiny_bert, tiny_llama

CPU = torch.device("cpu")
DECOYS = {
    "README.md": "about",
    "modules.json": "[]",
    "sentence_bert_config.json": "{}",
    "preprocessor_config.json": "{}",
    "processor_config.json": "{}",
    "video_preprocessor_config.json": "{}",
    "modelcard.json": "{}",
    "quantize_config.json": "{}",
    "chat_template.json": json.dumps({"chat_template": "old"}),
    "chat_template.jinja": "{{ messages[0].content }}",
    "added_tokens.json": "{}",
    "special_tokens_map.json": "{}",
    "additional_chat_templates/tools.jinja": "{{ tools }}",
    "tekken.json": "{}",
    "vocab.txt": "a\n",
    "vocab.json": "{}",
    "merges.txt": "",
    "training_args.json": "{}",
}


def _resolve(folder: Path) -> ResolvedModel:
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


_watched: list[Path] = []
_opened: set[str] = set()


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watched and isinstance(arguments[0], str | os.PathLike):
        path = Path(os.fspath(arguments[0]))
        if path.is_relative_to(_watched[-1]):
            _opened.add(path.relative_to(_watched[-1]).as_posix())


@pytest.fixture(scope="module", autouse=True)
def _audit() -> None:
    sys.addaudithook(_watch)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[set[str]]:
    """Names of the files below the folder `m` that are opened during the test."""
    _opened.clear()
    _watched.append(tmp_path / "m")
    yield _opened
    _watched.pop()


@pytest.mark.parametrize("make", [tiny_llama, tiny_bert])
def test_whatever_is_opened_to_load_a_model_is_in_its_identity(make: object, tmp_path: Path, opened: set[str]) -> None:
    folder = make(tmp_path / "m")
    for name, text in DECOYS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        if not (folder / name).exists():
            (folder / name).write_text(text)
    model = _resolve(folder)
    opened.clear()
    transformers.AutoTokenizer.from_pretrained(folder)
    transformers.AutoModel.from_pretrained(folder)
    if make is tiny_llama:
        transformers.AutoModelForCausalLM.from_pretrained(folder)
    assert {"config.json", "tokenizer_config.json", "chat_template.jinja"} <= opened
    assert opened <= {*model.content, GENERATION_CONFIG}


def test_every_file_that_a_tokenizer_of_transformers_names_is_in_the_identity() -> None:
    names = set()
    for path in Path(transformers.__file__).parent.rglob("tokenization*.py"):
        for match in re.finditer(r"^VOCAB_FILES_NAMES\b[^=]*=\s*(\{.*?\})", path.read_text(), re.MULTILINE | re.DOTALL):
            for value in ast.parse(match[1], mode="eval").body.values:
                names |= {value.value} if isinstance(value, ast.Constant) and value.value else set()
    assert {"merges.txt", "spiece.model", "vocab.json", "source.spm", "bpe.codes"} <= names
    assert [name for name in sorted(names) if not is_model_file(name)] == []


@pytest.mark.parametrize(
    "name", ["tokenizer.4.0.0.json", "chat_template.jinja", "additional_chat_templates/x.jinja", "dict.txt"]
)
def test_a_file_that_is_read_changes_the_identity(tmp_path: Path, name: str) -> None:
    folder = tiny_llama(tmp_path / "m")
    before = _resolve(folder).digest
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("{}")
    first = _resolve(folder).digest
    (folder / name).write_text("{ }")
    assert len({before, first, _resolve(folder).digest}) == 3


@pytest.mark.parametrize("name", ["onnx/config.json", "onnx/model.safetensors", "a/b.jinja", "1_Pooling/config.json"])
def test_folders_in_it_hold_something_else(name: str, tmp_path: Path) -> None:
    assert not is_model_file(name)
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text("{}")
    assert folder_content(tmp_path) == {}


def test_the_hub_is_asked_for_exactly_the_files_of_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub.utils import filter_repo_objects

    options_of_call = {}

    def snapshot(name: str, **options: object) -> str:
        options_of_call.update(options)
        return "/snapshots/commit"

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    hub.from_hub("owner/name", None, offline=False)
    here = ["config.json", "generation_config.json", "model-00001-of-00002.safetensors", "tokenizer.json", "x.model"]
    here += ["model.safetensors.index.json", "additional_chat_templates/tools.jinja", "adapter_config.json"]
    others = [
        "onnx/model.safetensors",
        "onnx/config.json",
        "pytorch_model.bin",
        "modeling.py",
        "README.md",
        "a/x.model",
    ]
    patterns = {name: options_of_call[name] for name in ("allow_patterns", "ignore_patterns")}
    assert list(filter_repo_objects([*here, *others], **patterns)) == here
    assert [name for name in [*here, *others] if is_model_file(name)] == here


@pytest.mark.slow
def test_pickled_weights_are_refused_with_a_command_that_converts_them(tmp_path: Path) -> None:
    folder = tiny_llama(tmp_path / "m")
    tensors = load_file(folder / "model.safetensors")
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(RequestError, match="Pickled weights") as refused:
        _resolve(folder)
    command = str(refused.value).splitlines()[-1].strip()
    program, *arguments = shlex.split(command)
    assert program == "python"
    subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True, capture_output=True)
    _resolve(tmp_path / "CONVERTED")
    assert load_file(tmp_path / "CONVERTED" / "model.safetensors").keys() == tensors.keys()


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_with_an_adapter_is_refused(tmp_path: Path, whole: bool) -> None:
    folder = tiny_llama(tmp_path / "m")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "somebody/base"}))
    if not whole:
        (folder / "config.json").unlink()
    with pytest.raises(RequestError, match=r"an adapter \(PEFT\)[^\n]*\n  Merge it into its base model"):
        _resolve(folder)


@pytest.mark.parametrize("place", ["../weights.safetensors", "/tmp/x.safetensors", "in/model.safetensors", "w.bin"])
def test_weights_that_lie_elsewhere_are_refused(tmp_path: Path, place: str) -> None:
    folder = tiny_llama(tmp_path / "m")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"model.norm.weight": place}}))
    with pytest.raises(RequestError, match=r"index\.json names the weights '"):
        _resolve(folder)
    index.unlink()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "transformers_weights": place}))
    with pytest.raises(RequestError, match=r"config\.json names the weights '"):
        _resolve(folder)


def test_shards_beside_their_index_are_read(tmp_path: Path) -> None:
    folder = tiny_llama(tmp_path / "m")
    module = transformers.AutoModelForCausalLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    module.save_pretrained(folder, max_shard_size="20KB")
    model = _resolve(folder)
    assert len([name for name in model.content if name.endswith(".safetensors")]) > 1
    ids = torch.tensor([[5, 6, 7]])
    assert torch.equal(load(model, CPU).module(ids).logits, module.eval()(ids).logits)


def test_what_changed_before_it_was_loaded_is_not_measured_under_the_old_identity(tmp_path: Path) -> None:
    folder, other = tiny_llama(tmp_path / "m"), tiny_llama(tmp_path / "other", seed=1)
    model = _resolve(folder)
    shutil.copyfile(other / "model.safetensors", folder / "model.safetensors")
    with pytest.raises(LeaderboardError, match="are not those that this run began with"):
        load(model, CPU)
    assert load(_resolve(folder), CPU).identity == _resolve(other).digest


@pytest.mark.parametrize("when", [0, 315_532_800, 1_700_000_000, 1_700_000_000.25], ids=str)
def test_other_weights_of_the_same_size_and_time_are_another_model(tmp_path: Path, when: float) -> None:
    folder, other = tiny_llama(tmp_path / "m"), tiny_llama(tmp_path / "other", seed=1)
    weights = folder / "model.safetensors"
    os.utime(weights, (when, when))
    before = _resolve(folder)
    size = weights.stat().st_size
    weights.write_bytes((other / "model.safetensors").read_bytes())
    os.utime(weights, (when, when))
    assert (weights.stat().st_size, weights.stat().st_mtime) == (size, when)
    after = _resolve(folder)
    assert after.digest == _resolve(other).digest != before.digest
    ids = torch.tensor([[5, 6, 7]])
    plainly = transformers.AutoModelForCausalLM.from_pretrained(other).eval()(ids).logits
    assert torch.equal(load(after, CPU).module(ids).logits, plainly)


def test_a_damaged_blob_of_the_hub_is_refused(tmp_path: Path) -> None:
    """As huggingface_hub lays them out: snapshots of links to blobs that are called by their digests."""
    folder = tiny_bert(tmp_path / "made")
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "commit"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    for path in folder.iterdir():
        data = path.read_bytes()
        large = path.suffix == ".safetensors"
        name = hashlib.sha256(data) if large else hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
        (blobs / name.hexdigest()).write_bytes(data)
        (snapshot / path.name).symlink_to(blobs / name.hexdigest())
    hub.check_blobs(snapshot, folder_content(snapshot), "owner/name")
    for name in ("model.safetensors", "tokenizer.json"):
        blob = (snapshot / name).resolve()
        data = bytearray(blob.read_bytes())
        data[-5] ^= 1
        blob.write_bytes(data)
        with pytest.raises(RequestError, match=f"{name} is damaged in the Hub's cache"):
            hub.check_blobs(snapshot, folder_content(snapshot), "owner/name")
        data[-5] ^= 1
        blob.write_bytes(data)


def test_everything_of_the_identity_is_fetched() -> None:
    assert set(CONTENT) < set(MODEL_FILES)
