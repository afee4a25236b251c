import os
from hashlib import sha256
from pathlib import Path

import pytest

from leaderboard.models import files
from leaderboard.models.files import content_digest, is_model_file


def test_a_digest_is_computed_once_for_a_file_that_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    assert content_digest(path) == sha256(b"one").hexdigest()
    monkeypatch.setattr(files, "file_digest", lambda _: pytest.fail("read again"))
    assert content_digest(path) == sha256(b"one").hexdigest()


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    content_digest(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(0, 1))
    assert content_digest(path) == sha256(b"two").hexdigest()


def test_a_broken_record_is_no_answer(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    content_digest(path)
    for record in cache.rglob("*.json"):
        record.write_text("{}")
    assert content_digest(path) == sha256(b"one").hexdigest()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "heads.pt", "model.ckpt", "modeling_custom.py", "README.md"])
def test_pickles_and_code_are_no_model_files(name: str) -> None:
    assert not is_model_file(name)


@pytest.mark.parametrize("name", ["config.json", "model-00001-of-00002.safetensors", "spiece.model", "merges.txt"])
def test_weights_configuration_and_vocabularies_are(name: str) -> None:
    assert is_model_file(name)
