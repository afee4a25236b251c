import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.data.source import Source


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no setting of pip from the machine."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LEADERBOARD_CACHE", str(folder))
    return folder


@pytest.fixture
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADERBOARD_MIRROR", raising=False)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Source]:
    """A text file as the source a task file would name."""

    def write(text: str) -> Source:
        data = text.encode()
        (tmp_path / "data.txt").write_bytes(data)
        return Source.model_validate({"file": "data.txt", "sha256": hashlib.sha256(data).hexdigest()})

    return write
