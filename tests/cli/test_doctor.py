import json

import pytest

from leaderboard.store.schema import newest_revision
from leaderboard.testing.models import tiny_bert


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("LEADERBOARD_OFFLINE", "1")
    monkeypatch.delenv("LEADERBOARD_MIRROR", raising=False)


def findings(said) -> dict[str, tuple[str, str]]:
    return {row["what"]: (row["state"], row["detail"]) for row in json.loads(said.out)}


@pytest.mark.usefixtures("filled")
def test_healthy_store_is_counted(leaderboard):
    said = leaderboard("doctor", "--format", "json")
    state, detail = findings(said)["store"]
    assert said.status == 0
    assert state == "fine"
    assert f"schema {newest_revision()}, 3 evaluations, 5 estimates, 4 observations, integrity ok" in detail


def test_what_is_missing_is_no_fault(leaderboard):
    said = leaderboard("doctor", "--format", "json")
    found = findings(said)
    assert said.status == 0
    assert {what for what, (state, _) in found.items() if state == "missing"} >= {"cache", "mirror", "hub", "store"}
    assert found["hub"][1] == "not asked: offline was requested"
    assert found["torch"][0] == "fine"


def test_file_that_is_no_store_is_broken(leaderboard, tmp_path):
    (tmp_path / "notes.db").write_text("no database " * 100)
    said = leaderboard("doctor", "--store", "sqlite:///notes.db", "--format", "json")
    assert said.status == 1
    state, detail = findings(said)["store"]
    assert state == "broken"
    assert detail.startswith("sqlite:///notes.db: it is not an SQLite database; name another file")


def test_mirror_that_is_not_there_is_broken(leaderboard, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_MIRROR", "/no/such/folder")
    said = leaderboard("doctor", "--format", "json")
    assert said.status == 1
    assert findings(said)["mirror"] == ("broken", "LEADERBOARD_MIRROR=/no/such/folder: no such folder")


def test_hub_that_cannot_be_reached_is_no_fault(leaderboard, monkeypatch):
    monkeypatch.delenv("LEADERBOARD_OFFLINE")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    said = leaderboard("doctor", "--format", "json")
    state, detail = findings(said)["hub"]
    assert (said.status, state) == (0, "missing")
    assert "http://127.0.0.1:1: out of reach (" in detail
    assert "urlopen" not in detail


def test_cache_is_measured(leaderboard, tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "weights").write_bytes(bytes(3_000_000))
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "kept"))
    assert findings(leaderboard("doctor", "--format", "json"))["cache"] == ("fine", f"{tmp_path / 'kept'}: 3 MB")


def test_cache_that_may_not_be_written_to_is_broken(leaderboard, tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("leaderboard.cli.doctor.os.access", lambda *_: False)  # root may write anywhere
    said = leaderboard("doctor", "--format", "json")
    assert (said.status, findings(said)["cache"][0]) == (1, "broken")


def test_optional_library_that_is_missing_names_its_extra(leaderboard, monkeypatch):
    monkeypatch.setattr("leaderboard.cli.doctor._EXTRAS", {"no-such-library": "app"})
    said = leaderboard("doctor", "--format", "json")
    assert said.status == 0
    assert findings(said)["no-such-library"] == ("missing", "optional; pip install 'lm-leaderboard[app]'")


def test_a_model_is_tried(leaderboard, tmp_path):
    tiny_bert(tmp_path / "tiny")
    said = leaderboard("doctor", "--model", "./tiny", "--format", "json")
    assert findings(said)["model ./tiny"] == (
        "fine",
        "masked; reads 128 tokens; batches of rows of any length (tried 128 wide)",
    )


def test_a_model_that_cannot_be_loaded_is_broken(leaderboard):
    said = leaderboard("doctor", "--model", "./nothing", "--format", "json")
    assert said.status == 1
    assert findings(said)["model ./nothing"][0] == "broken"
