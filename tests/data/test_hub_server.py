"""Data sets of the Hub over HTTP: streamed, downloaded, read again offline, gated and missing."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.specification import Reading, Split
from leaderboard.data.split_rows import split_rows
from leaderboard.errors import SourceUnavailableError
from tests.data.hub_server import COMMIT, HubHandler

pytestmark = pytest.mark.slow
READING = Reading.model_validate({"fields": {"text": "text", "label": "label"}})
ROWS = [{"text": "Good.", "label": 1}, {"text": "Bad.", "label": 0}, {"text": "Fine.", "label": 1}]


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), HubHandler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        for name, value in {
            "HF_ENDPOINT": f"http://127.0.0.1:{running.server_port}",
            "HF_HUB_CACHE": str(tmp_path / "hub"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_OFFLINE": "0",
            "no_proxy": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        yield
        running.shutdown()


def _rows(folder: Path, name: str = "owner/reviews", *, offline: bool = False, **options: Any) -> list[Any]:
    source = {"hub": name, "revision": COMMIT, "split": "train"}
    split = Split.model_validate({"source": source, **options})
    return [record.row for record in split_rows(split, READING, folder=folder, offline=offline).records]


def test_the_first_rows_are_streamed_and_no_file_is_kept(tmp_path: Path) -> None:
    assert _rows(tmp_path, first=2) == ROWS[:2]
    assert not list((tmp_path / "hub").rglob("*.csv"))


def test_what_was_downloaded_is_read_again_offline(tmp_path: Path) -> None:
    assert _rows(tmp_path) == _rows(tmp_path, offline=True) == ROWS


@pytest.mark.parametrize(
    ("name", "reason"), [("owner/gated", "it is gated: ask"), ("owner/missing", "no such data set")]
)
@pytest.mark.parametrize("options", [{}, {"first": 1}], ids=["whole", "streamed"])
def test_what_may_not_be_read_is_one_line(tmp_path: Path, name: str, reason: str, options: Any) -> None:
    with pytest.raises(SourceUnavailableError, match=reason) as error:
        _rows(tmp_path, name, **options)
    assert "\n" not in str(error.value)
