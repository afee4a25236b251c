import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

from leaderboard.testing.models import tiny_bert, tiny_llama

TEXT = "Zürich, 1999: she LOVED the film!"


def test_tiny_bert_reads_any_ascii_word_without_unknown_tokens(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_bert(tmp_path / "b"))
    ids = tokenizer('Quixotic jazz7 ZEBRA said: "no!"')["input_ids"]
    assert tokenizer.unk_token_id not in ids
    assert ids[0] == tokenizer.cls_token_id
    assert ids[-1] == tokenizer.sep_token_id
    assert tokenizer.is_fast


def test_tiny_bert_predicts_over_its_vocabulary(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, info = AutoModelForMaskedLM.from_pretrained(folder, output_loading_info=True)
    logits = model(**tokenizer(f"{tokenizer.mask_token} film", return_tensors="pt")).logits
    assert logits.shape[-1] == len(tokenizer)
    assert not info["missing_keys"]


def test_tiny_bert_without_head_is_a_body(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path, masked_head=False)
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["BertModel"]
    _, info = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"]


def test_tiny_llama_round_trips_any_text(tmp_path: Path) -> None:
    folder = tiny_llama(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(TEXT)["input_ids"]
    assert tokenizer.decode(ids) == TEXT
    assert tokenizer.bos_token_id not in ids
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model(torch.tensor([ids])).logits.shape == (1, len(ids), len(tokenizer))


@pytest.mark.parametrize("build", [tiny_bert, tiny_llama])
def test_the_files_follow_the_seed_alone(build, tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first = _contents(build(tmp_path / "a"))
    assert torch.equal(before, torch.random.get_rng_state())
    assert first == _contents(build(tmp_path / "b"))
    other = _contents(build(tmp_path / "c", seed=1))
    assert [name for name in first if first[name] != other[name]] == ["model.safetensors"]


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
