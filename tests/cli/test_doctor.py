import json
import re
from pathlib import Path

import pytest

from leaderboard.backends.registry import backends
from leaderboard.store.schema import newest_revision
from leaderboard.testing.models import tiny_bert
from tests.synthetic.hostile import PANICKING, change


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("LEADERBOARD_OFFLINE", "1")
    monkeypatch.delenv("LEADERBOARD_MIRROR", raising=False)


def findings(result) -> dict[str, tuple[str, str]]:
    return {row["what"]: (row["state"], row["detail"]) for row in json.loads(result.out)}


@pytest.mark.usefixtures("filled")
def test_healthy_store_is_counted(leaderboard):
    result = leaderboard("doctor", "--format", "json")
    state, detail = findings(result)["store"]
    assert result.status == 0
    assert state == "fine"
    assert f"schema {newest_revision()}, 3 evaluations, 5 estimates, 4 observations, integrity ok" in detail


def test_what_is_missing_is_no_fault(leaderboard):
    result = leaderboard("doctor", "--format", "json")
    by_item = findings(result)
    assert result.status == 0
    assert {item for item, (state, _) in by_item.items() if state == "missing"} >= {"cache", "mirror", "hub", "store"}
    assert by_item["hub"][1] == "not checked: offline mode"
    assert by_item["torch"][0] == "fine"


def test_file_that_is_no_store_is_broken(leaderboard, tmp_path):
    (tmp_path / "notes.db").write_text("no database " * 100)
    result = leaderboard("doctor", "--store", "sqlite:///notes.db", "--format", "json")
    assert result.status == 1
    state, detail = findings(result)["store"]
    assert state == "broken"
    assert detail.startswith("sqlite:///notes.db: it is not an SQLite database; name another file")


def test_mirror_that_is_not_there_is_broken(leaderboard, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_MIRROR", "/no/such/folder")
    result = leaderboard("doctor", "--format", "json")
    assert result.status == 1
    assert findings(result)["mirror"] == ("broken", "LEADERBOARD_MIRROR=/no/such/folder: no such folder")


def test_hub_that_cannot_be_reached_is_no_fault(leaderboard, monkeypatch):
    monkeypatch.delenv("LEADERBOARD_OFFLINE")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    result = leaderboard("doctor", "--format", "json")
    state, detail = findings(result)["hub"]
    assert (result.status, state) == (0, "missing")
    assert "http://127.0.0.1:1: not reachable (" in detail
    assert "urlopen" not in detail


def test_cache_is_measured(leaderboard, tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "weights").write_bytes(bytes(3_000_000))
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "kept"))
    assert findings(leaderboard("doctor", "--format", "json"))["cache"] == ("fine", f"{tmp_path / 'kept'}: 3 MB")


def test_cache_that_may_not_be_written_to_is_broken(leaderboard, tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("leaderboard.api.health.os.access", lambda *_: False)  # root may write anywhere
    result = leaderboard("doctor", "--format", "json")
    assert (result.status, findings(result)["cache"][0]) == (1, "broken")


def test_optional_library_that_is_missing_names_its_extra(leaderboard, monkeypatch):
    monkeypatch.setattr("leaderboard.api.health._EXTRAS", {"no-such-library": "excel"})
    result = leaderboard("doctor", "--format", "json")
    assert result.status == 0
    assert findings(result)["no-such-library"] == ("missing", "optional; pip install 'lm-leaderboard[excel]'")


def test_a_model_is_tried(leaderboard, tmp_path):
    tiny_bert(tmp_path / "tiny")
    result = leaderboard("doctor", "--model", "./tiny", "--format", "json")
    state, detail = findings(result)["model ./tiny"]
    assert state == "fine"
    assert re.match(r"tiny, masked, revision \S{12}, backend local; on cpu, dtype float32, \d+ threads?, cpu ", detail)
    assert detail.endswith(
        "; can hidden_states, pseudo_loglikelihood, weights; "
        "reads 128 tokens; batches of rows of any length (tried 128 wide)"
    )


def test_a_model_of_another_backend_is_described_like_a_local_one(leaderboard, distribution, monkeypatch):
    source = (Path(__file__).parents[1] / "extend" / "backend" / "copycat.py").read_text(encoding="utf-8")
    distribution("copycat-of-tests", "leaderboard.backends", {"copycat": "copycat_of_tests:Copycat"}, source)
    monkeypatch.setattr(backends, "_plugins", None)
    models = ("--model", "copycat:words", "--model", "copycat:no name")
    result = leaderboard("doctor", *models, "--format", "json")
    by_item = findings(result)
    facts = (
        "words, causal, revision 1.0, backend copycat",
        "on copycat, dtype unknown, 1 thread, version 1.0",
        "can generate, loglikelihood",
    )
    assert by_item["model copycat:words"] == ("fine", "; ".join(facts))
    state, detail = by_item["model copycat:no name"]
    assert (result.status, state) == (1, "broken")
    assert "not of the form copycat:NAME" in detail


def test_a_model_that_cannot_be_loaded_is_broken(leaderboard):
    result = leaderboard("doctor", "--model", "./nothing", "--format", "json")
    assert result.status == 1
    assert findings(result)["model ./nothing"][0] == "broken"


def test_one_model_that_panics_leaves_the_others(leaderboard, tmp_path):
    bad, good = tiny_bert(tmp_path / "bad"), tiny_bert(tmp_path / "good")
    change(bad / "tokenizer.json", **PANICKING["when loaded"])
    doctor = leaderboard("doctor", "--model", str(bad), "--model", str(good), "--format", "json")
    states = {row["what"]: row for row in json.loads(doctor.out)}
    assert states[f"model {bad}"]["state"] == "broken"
    assert "PanicException" in states[f"model {bad}"]["detail"]
    assert states[f"model {good}"]["state"] == "fine"


@pytest.mark.parametrize(
    ("capabilities", "words"),
    [
        ({"amx_bf16": True, "avx512_bf16": True}, "bfloat16 with AMX"),
        ({"amx_bf16": False, "avx512_bf16": True}, "bfloat16 with AVX-512"),
        ({"bf16": True}, "bfloat16 with NEON"),
        ({"avx2": True}, "no bfloat16 instructions"),
        ({"avx512_vnni": True}, "8-bit integers with AVX-512 VNNI"),
        ({"avx2": True}, "no AVX-512 VNNI (recipe.quantise=int8_dynamic rounds to 7 bits"),
    ],
)
def test_instructions_for_short_numbers_are_named(leaderboard, monkeypatch, capabilities, words):
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: capabilities)
    assert words in findings(leaderboard("doctor", "--format", "json"))["cpu"][1]
