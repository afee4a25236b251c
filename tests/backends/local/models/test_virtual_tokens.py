"""Prefix, prompt and P-tuning adapters: the numbers of PEFT's own model, alone and in every kind of batch."""

import json
import warnings
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig

from leaderboard.backends.generation import Sampling
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.generation import generate
from leaderboard.backends.local.engine.layouts import Layout, LayoutUse, try_out
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.tree_trial import reads_trees
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.errors import RequestError
from leaderboard.testing.models import tiny_bert, tiny_llama
from tests.synthetic.hostile import change

CPU = torch.device("cpu")
IDS = torch.tensor([[5, 6, 7, 8, 9, 10]])
TOKENS = 4
METHODS: dict[str, Any] = {
    "prefix": peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=TOKENS),
    "prompt": peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=TOKENS),
    "p-tuning": peft.PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=TOKENS, encoder_hidden_size=16),
}


def save_adapter(base: Path, config: Any, folder: Path) -> Any:
    """Write an adapter with random vectors; return PEFT's model."""
    with quietly(), warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        adapted = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.data += 0.5 * torch.randn_like(parameter)
        adapted.save_pretrained(folder)
    change(folder / "adapter_config.json", base_model_name_or_path=None)
    return adapted.eval()


def loaded(base: Path, folder: Path) -> LoadedModel:
    reference = ModelReference.parse(f"adapter:{folder}@{base}")
    return load(resolve(reference, dtype="float32", device_type="cpu", offline=True), CPU)


def peft_logits(adapted: Any, ids: torch.Tensor) -> torch.Tensor:
    with quietly(), torch.inference_mode():
        return adapted(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[:, -ids.shape[1] :]


def own_logits(model: LoadedModel, ids: torch.Tensor, **options: Any) -> torch.Tensor:
    with torch.inference_mode():
        return model.module(input_ids=ids, **options).logits


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("base") / "llama")


@pytest.fixture(scope="module")
def adapted(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, Any]:
    """A model with a prefix, and that of PEFT."""
    folder = tmp_path_factory.mktemp("adapter")
    theirs = save_adapter(base, METHODS["prefix"], folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADERBOARD_CACHE", str(folder / "cache"))
        return loaded(base, folder), theirs


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("method", METHODS)
def test_the_logits_are_those_of_peft(method: str, base: Path, tmp_path: Path) -> None:
    theirs = save_adapter(base, METHODS[method], tmp_path / "a")
    model = loaded(base, tmp_path / "a")
    assert model.kind is ModelKind.CAUSAL
    expected = peft_logits(theirs, IDS)
    assert (expected - peft_logits(theirs.get_base_model(), IDS)).abs().max() > 1e-3
    assert torch.allclose(own_logits(model, IDS), expected, atol=1e-5)
    assert model.max_length == theirs.config.max_position_embeddings - TOKENS
    assert "put in front of every text of its base" in model.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize("family", ["gpt2", "grouped"])
@pytest.mark.parametrize("method", METHODS)
def test_other_positions_and_heads_give_the_logits_of_peft(
    family: str, method: str, base: Path, tmp_path: Path
) -> None:
    config = AutoModelForCausalLM.from_pretrained(base).config
    other: Any = {
        "gpt2": GPT2Config(vocab_size=config.vocab_size, n_embd=32, n_layer=2, n_head=4, n_positions=64),
        "grouped": LlamaConfig(
            **config.to_dict() | {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
        ),
    }[family]
    with quietly():
        AutoModelForCausalLM.from_config(other).save_pretrained(tmp_path / "base")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "base" / name).write_bytes((base / name).read_bytes())
    theirs = save_adapter(tmp_path / "base", METHODS[method], tmp_path / "a")
    assert torch.allclose(
        own_logits(loaded(tmp_path / "base", tmp_path / "a"), IDS), peft_logits(theirs, IDS), atol=1e-5
    )


def test_a_padded_row_is_answered_as_it_is_alone(adapted: tuple[LoadedModel, Any]) -> None:
    model, theirs = adapted
    for use in LayoutUse:
        assert try_out(model, 32, use).layout is Layout.ANY
    padded = torch.tensor([[0, 0, 5, 6, 7, 8]])
    mask = torch.tensor([[0, 0, 1, 1, 1, 1]])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    left = own_logits(model, padded, attention_mask=mask, position_ids=positions)[:, 2:]
    assert torch.allclose(left, peft_logits(theirs, padded[:, 2:]), atol=1e-5)


def test_shared_beginnings_and_trees_score_as_peft_does(adapted: tuple[LoadedModel, Any]) -> None:
    model, theirs = adapted
    engine = Engine(CPU, 1, answers=AnswerCache())
    assert reads_trees(engine, model, 64)
    context = "the film was good and the actors were good " * 4
    requests = [
        (f"{context}so {name}", f" {word} film") for name in ("they", "we", "it") for word in ("a", "good", "the")
    ]
    scores = loglikelihoods(engine, model, requests)
    for (before, after), score in zip(requests, scores, strict=True):
        first, both = (model.tokenizer.encode(text) for text in (before, before + after))
        logprobs = peft_logits(theirs, torch.tensor([both])).log_softmax(-1)[0]
        expected = sum(float(logprobs[place - 1, both[place]]) for place in range(len(first), len(both)))
        assert score == pytest.approx(expected, abs=1e-4)


def test_generation_continues_behind_the_virtual_tokens(adapted: tuple[LoadedModel, Any]) -> None:
    model, theirs = adapted
    prompts = ["the film was", "the film was good and the actors were"]
    texts = generate(Engine(CPU, 1, answers=AnswerCache()), model, prompts, Sampling(max_new_tokens=6))
    for prompt, text in zip(prompts, texts, strict=True):
        ids = model.tokenizer.encode(prompt)
        for _ in range(6):
            ids.append(int(peft_logits(theirs, torch.tensor([ids]))[0, -1].argmax()))
        assert str(model.tokenizer.decode(ids[-6:], skip_special_tokens=True)).startswith(text)


def test_another_base_is_refused_in_one_line(base: Path, tmp_path: Path) -> None:
    save_adapter(base, METHODS["prompt"], tmp_path / "a")
    change(tmp_path / "a" / "adapter_config.json", peft_type="PREFIX_TUNING")
    with pytest.raises(
        RequestError, match=r"prompt_embeddings has the shape \(4, 32\); for this base it is \(tokens, "
    ):
        loaded(base, tmp_path / "a")


def test_sliding_windows_are_refused(base: Path, tmp_path: Path) -> None:
    config = AutoModelForCausalLM.from_pretrained(base).config.to_dict()
    sliding = MistralConfig(**{key: config[key] for key in config if key != "model_type"}, sliding_window=8)
    with quietly():
        AutoModelForCausalLM.from_config(sliding).save_pretrained(tmp_path / "base")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "base" / name).write_bytes((base / name).read_bytes())
    save_adapter(base, METHODS["prompt"], tmp_path / "a")
    with pytest.raises(RequestError, match="does not attend to all tokens before one"):
        loaded(tmp_path / "base", tmp_path / "a")


def test_learned_vectors_of_other_models_are_refused(tmp_path: Path) -> None:
    base, folder = tiny_bert(tmp_path / "b"), tmp_path / "a"
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"")
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "P_TUNING", "task_type": "SEQ_CLS"}))
    with pytest.raises(RequestError, match=r"P_TUNING of task_type 'SEQ_CLS' cannot be measured: .*causal models"):
        loaded(base, folder)
