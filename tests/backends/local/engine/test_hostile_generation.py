"""A model's own settings and numbers never make it write without end: what is written is bounded by ours."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from leaderboard.backends.local.engine.generation import Sampling, generate
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import RequestError

ENDLESS = {
    "eos_token_id": [],
    "max_new_tokens": 10**8,
    "max_length": 10**9,
    "min_length": 10**8,
    "min_new_tokens": 10**8,
    "no_repeat_ngram_size": 10**6,
    "num_beams": 10**6,
    "do_sample": True,
    "temperature": 1e30,
}


def _load(folder: Path):
    model = resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)
    return load(model, torch.device("cpu"))


@pytest.fixture
def copied(tmp_path: Path, causal_folder: Path) -> Path:
    return Path(shutil.copytree(causal_folder, tmp_path / "model"))


@pytest.mark.parametrize("place", ["generation_config.json", "config.json"])
def test_settings_for_endless_text_write_no_more_than_was_asked_for(copied, engine, place):
    path = copied / place
    path.write_text(json.dumps({**json.loads(path.read_text()), **ENDLESS}))
    model = _load(copied)
    (text,) = generate(engine, model, ["The film"], Sampling(max_new_tokens=8))
    assert 0 < len(model.tokenizer.encode(text, add_special_tokens=False)) <= 8


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_model_of_no_numbers_writes_and_ends(copied, engine, value, temperature):
    model = _load(copied)
    with torch.no_grad():
        for weight in model.module.parameters():
            weight.fill_(value)
    (text,) = generate(engine, model, ["The film"], Sampling(max_new_tokens=8, temperature=temperature))
    assert len(model.tokenizer.encode(text, add_special_tokens=False)) <= 16


def test_a_list_of_a_hundred_thousand_forbidden_words_is_refused(copied):
    path = copied / "generation_config.json"
    path.write_text(json.dumps({"bad_words_ids": [[5]] * 100_001}))
    with pytest.raises(RequestError, match=r"generation_config.json: bad_words_ids: 100,001 entries; at most 100,000"):
        _load(copied)
