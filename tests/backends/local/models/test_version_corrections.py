"""What was computed wrongly before has another identity; all else keeps the one that it had."""

import json

import pytest
import transformers

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.identity import digest
from leaderboard.testing.architectures import build, tiny_config
from leaderboard.testing.models import _byte_pairs, _wordpiece, tiny_bert, tiny_llama
from tests.in_one_test import in_one_test


def _resolve(folder):
    return resolve(ModelReference.parse(str(folder)), dtype="auto", device_type="cpu", offline=True)


def _written(folder, family, auto, *, words=True, **changes):
    tokenizer = _wordpiece() if words else _byte_pairs()
    tokenizer.model_max_length = 10**30
    config = tiny_config(family, len(tokenizer), **changes)
    build(auto, config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("write", [tiny_bert, tiny_llama])
def test_what_was_right_keeps_its_identity(write, tmp_path):
    resolved = _resolve(write(tmp_path))
    assert resolved.corrections == ()
    assert resolved.digest == digest({"content": resolved.content, "dtype": "float32"})


@pytest.mark.parametrize(
    ("family", "auto", "changes", "corrections"),
    [
        ("gpt2", "AutoModelForCausalLM", {}, ()),
        ("gpt_neo", "AutoModelForCausalLM", {}, ("trees",)),
        ("bloom", "AutoModelForCausalLM", {}, ("window",)),
        ("mamba", "AutoModelForCausalLM", {}, ("window",)),
        ("fnet", "AutoModel", {}, ("layout",)),
        ("bert", "AutoModelForSequenceClassification", {"pad_token_id": 0}, ()),
        ("gpt2", "AutoModelForSequenceClassification", {"pad_token_id": 0}, ()),
        ("gpt2", "AutoModelForSequenceClassification", {"pad_token_id": 3}, ("padding",)),
        ("gpt2", "AutoModelForSequenceClassification", {"pad_token_id": None}, ("padding",)),
        ("bert", "AutoModelForSequenceClassification", {"problem_type": "regression"}, ("head",)),
        ("bert", "AutoModelForCausalLM", {"is_decoder": True}, ()),
        ("bert", "AutoModelForCausalLM", {}, ("kind",)),
        ("big_bird", "AutoModel", {}, ("attention",)),
    ],
)
def test_what_was_wrong_has_another(family, auto, changes, corrections, tmp_path):
    resolved = _resolve(_written(tmp_path, family, getattr(transformers, auto), **changes))
    assert resolved.corrections == corrections
    unchanged = digest({"content": resolved.content, "dtype": "float32"})
    assert (resolved.digest == unchanged) is not corrections or not corrections


def test_a_model_of_several_media_that_continues_text_is_causal(tmp_path):
    folder = _written(tmp_path, "gemma3", transformers.AutoModelForCausalLM)
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["Gemma3ForConditionalGeneration"]
    resolved = _resolve(folder)
    assert (resolved.kind, resolved.corrections) == (ModelKind.CAUSAL, ("kind",))


@in_one_test(
    "config, kind",
    [
        ({"architectures": ["BertLMHeadModel"], "model_type": "bert"}, ModelKind.ENCODER),
        ({"architectures": ["BertLMHeadModel"], "model_type": "bert", "is_decoder": True}, ModelKind.CAUSAL),
        ({"architectures": ["XLMWithLMHeadModel"], "model_type": "xlm"}, ModelKind.MASKED),
        ({"architectures": ["XLMWithLMHeadModel"], "model_type": "xlm", "causal": True}, ModelKind.CAUSAL),
        ({"architectures": ["FlaubertWithLMHeadModel"], "model_type": "flaubert"}, ModelKind.MASKED),
        ({"architectures": ["XLNetLMHeadModel"], "model_type": "xlnet"}, ModelKind.ENCODER),
        ({"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}, ModelKind.CAUSAL),
        ({"architectures": ["ReformerModelWithLMHead"], "model_type": "reformer"}, ModelKind.CAUSAL),
        ({"architectures": ["BertGenerationDecoder"], "model_type": "bert-generation"}, ModelKind.ENCODER),
        ({"architectures": ["BertModel"], "model_type": "bert"}, ModelKind.ENCODER),
    ],
)
def test_a_causal_model_is_one_that_does_not_see_what_it_predicts(config, kind):
    from leaderboard.backends.local.models.model_files import kind_of

    assert kind_of(config, "m") is kind


def test_nothing_is_corrected_of_an_encoder_decoder(tmp_path):
    folder = _written(tmp_path, "bart", transformers.AutoModelForSeq2SeqLM)
    assert _resolve(folder).corrections == ()
