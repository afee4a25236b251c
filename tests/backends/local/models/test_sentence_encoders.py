"""Folders of sentence-transformers are read as their encoder, with a note on what stands on top."""

import json
from pathlib import Path

import pytest

from leaderboard.backends.local.models.sentence_encoders import note_of_modules


def write(folder: Path, *modules: tuple[str, str]) -> None:
    listed = [
        {"idx": n, "path": path, "type": f"sentence_transformers.models.{name}"}
        for n, (name, path) in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(listed))


def test_pooling_and_dense_layers_are_named(tmp_path: Path) -> None:
    write(tmp_path, ("Transformer", ""), ("Pooling", "1_Pooling"), ("Dense", "2_Dense"))
    (tmp_path / "1_Pooling").mkdir()
    settings = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False, "include_prompt": True}
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    assert "without what stands on top of it there (Pooling cls_token, Dense)" in note_of_modules(tmp_path)


def test_other_folders_have_no_note(tmp_path: Path) -> None:
    assert note_of_modules(tmp_path) == ""
    write(tmp_path, ("Transformer", ""))
    assert note_of_modules(tmp_path) == ""


@pytest.mark.parametrize("content", ["[", "{}", "[1, null, {}]", '[{"type": 1, "path": "/etc"}]'])
def test_hostile_files_are_noted_or_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / "modules.json").write_text(content)
    assert isinstance(note_of_modules(tmp_path), str)
    write(tmp_path, ("Pooling", "../../etc"))
    assert "(Pooling)" in note_of_modules(tmp_path)
