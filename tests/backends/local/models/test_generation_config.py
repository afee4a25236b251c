import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.generation import Sampling, generate
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.models.generation_config import generation_settings
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.errors import RequestError
from leaderboard.testing.models import tiny_bert, tiny_llama

CPU = torch.device("cpu")
PROMPTS = ["The film was", "Nobody", "Which of these is the best"]
NEW_TOKENS = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_llama(tmp_path / "llama")


def _resolve(folder: Path) -> ResolvedModel:
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def _set(folder: Path, **settings: object) -> None:
    path = folder / "generation_config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, **settings}))


def _written(folder: Path, cache: Path | None = None) -> list[str]:
    engine = Engine(CPU, 1, answers=AnswerCache(cache / "answers" if cache else None))
    return generate(engine, load(_resolve(folder), CPU), PROMPTS, Sampling(NEW_TOKENS))


def _plainly(folder: Path) -> list[str]:
    """What transformers writes, one prompt at a time."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    texts = []
    for prompt in PROMPTS:
        inputs = tokenizer(prompt, return_tensors="pt")
        written = model.generate(**inputs, do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=1)
        texts.append(tokenizer.decode(written[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))
    return texts


def _first_token_written(folder: Path) -> int:
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    inputs = tokenizer(PROMPTS[0], return_tensors="pt")
    return int(model.generate(**inputs, do_sample=False, max_new_tokens=3, pad_token_id=1)[0, -1])


def test_the_folder_of_a_causal_model_has_the_identity_it_had(folder: Path) -> None:
    model = _resolve(folder)
    assert (folder / "generation_config.json").exists()
    assert sorted(model.identity) == ["content", "dtype"]
    assert "generation_config.json" not in model.content
    (folder / "generation_config.json").unlink()
    assert _resolve(folder).digest == model.digest


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "settings",
    [
        {"transformers_version": "4.0.0", "_from_model_config": True},
        {"do_sample": True, "temperature": 0.6, "top_p": 0.9, "top_k": 20},
        {"max_length": 4096, "pad_token_id": 3, "bos_token_id": 1, "num_beams": 1},
        {"repetition_penalty": 1.0, "no_repeat_ngram_size": 0, "bad_words_ids": None, "min_length": 0},
        {"eos_token_id": [1]},
    ],
)
def test_settings_without_effect_on_what_is_written_leave_the_identity(folder: Path, settings: dict) -> None:
    before, written = _resolve(folder).digest, _written(folder)
    assert json.loads((folder / "config.json").read_text())["eos_token_id"] == 1
    _set(folder, **settings)
    assert _resolve(folder).digest == before
    assert _written(folder) == written == _plainly_greedy(folder)


def _plainly_greedy(folder: Path) -> list[str]:
    (folder / "generation_config.json").unlink()
    return _plainly(folder)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(lambda token: {"eos_token_id": [1, token]}, id="eos"),
        pytest.param(lambda token: {"repetition_penalty": 1.8}, id="repetition_penalty"),
        pytest.param(lambda token: {"no_repeat_ngram_size": 2}, id="no_repeat_ngram_size"),
        pytest.param(lambda token: {"suppress_tokens": [token]}, id="suppress_tokens"),
        pytest.param(lambda token: {"bad_words_ids": [[token]]}, id="bad_words_ids"),
    ],
)
def test_settings_with_effect_are_part_of_the_identity_and_answers_are_written_anew(
    folder: Path, cache: Path, settings: object
) -> None:
    before, written = _resolve(folder), _written(folder, cache)
    assert written == _plainly(folder)
    _set(folder, **settings(_first_token_written(folder)))
    model, after = _resolve(folder), _written(folder, cache)
    assert model.digest != before.digest
    assert model.content == before.content
    assert after == _plainly(folder)
    assert after != written


@pytest.mark.slow
def test_a_missing_end_of_text_is_a_setting_too(folder: Path) -> None:
    before = _resolve(folder).digest
    path = folder / "generation_config.json"
    path.write_text(json.dumps({"bos_token_id": 0}))
    assert _resolve(folder).digest != before
    assert _written(folder) == _plainly(folder)


def test_log_likelihoods_do_not_depend_on_it(folder: Path) -> None:
    requests = [("The film was", " dull")]
    before = loglikelihoods(Engine(CPU, 1), load(_resolve(folder), CPU), requests)
    _set(folder, repetition_penalty=1.8)
    assert loglikelihoods(Engine(CPU, 1), load(_resolve(folder), CPU), requests) == before


def test_a_model_that_writes_nothing_has_none(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path / "bert")
    before = _resolve(folder).digest
    (folder / "generation_config.json").write_text(json.dumps({"repetition_penalty": 2.0}))
    assert _resolve(folder).digest == before


def test_an_unknown_setting_counts(tmp_path: Path) -> None:
    (tmp_path / "generation_config.json").write_text(json.dumps({"of_the_future": 3, "eos_token_id": 2}))
    assert generation_settings(tmp_path, {"eos_token_id": 2}) == {"of_the_future": 3}


@pytest.mark.parametrize(
    ("config", "settings"),
    [
        ({"eos_token_id": 2, "text_config": {"eos_token_id": 1}}, {}),
        ({"text_config": {"eos_token_id": 2}}, {}),
        ({"eos_token_id": 2, "repetition_penalty": 1.3}, {"repetition_penalty": None}),
        ({"eos_token_id": 5}, {"eos_token_id": 2}),
    ],
)
def test_it_is_what_differs_from_the_configuration_alone(tmp_path: Path, config: dict, settings: dict) -> None:
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": 2}))
    assert generation_settings(tmp_path, config) == settings


@pytest.mark.parametrize("content", ["", "[1]", "\u00ff"])
def test_a_broken_file_is_reported(folder: Path, content: str) -> None:
    (folder / "generation_config.json").write_text(content, encoding="latin-1")
    with pytest.raises(RequestError, match=r"generation_config\.json: (cannot be read|has to be a JSON object)"):
        _resolve(folder)
