"""Kinds of encoder-decoders, and where their decoder starts."""

import json

import pytest
import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.model_files import kind_of
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import RequestError
from leaderboard.testing.models import tiny_t5


def _load(folder):
    resolved = resolve(ModelReference.parse(str(folder)), dtype="auto", device_type="cpu", offline=True)
    return load(resolved, torch.device("cpu"))


@pytest.mark.parametrize(
    ("family", "name", "kind"),
    [
        ("t5", "T5ForConditionalGeneration", ModelKind.ENCODER_DECODER),
        ("mt5", "MT5ForConditionalGeneration", ModelKind.ENCODER_DECODER),
        ("bart", "BartForConditionalGeneration", ModelKind.ENCODER_DECODER),
        ("bart", "BartForSequenceClassification", ModelKind.CLASSIFIER),
        ("t5", "T5ForTokenClassification", ModelKind.TAGGER),
    ],
)
def test_the_kind_follows_the_architecture(family, name, kind):
    assert kind_of({"model_type": family, "architectures": [name], "is_encoder_decoder": True}, "m") is kind


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("t5", "T5EncoderModel"),
        ("bart", "BartModel"),
        ("bart", "BartForQuestionAnswering"),
        ("whisper", "WhisperForConditionalGeneration"),
        ("encoder-decoder", "EncoderDecoderModel"),
        ("llama", "LlamaForCausalLM"),
        ("", ""),
    ],
)
def test_others_are_refused(family, name):
    with pytest.raises(RequestError, match="is an encoder-decoder that cannot be measured"):
        kind_of({"model_type": family, "architectures": [name], "is_encoder_decoder": True}, "m")


def test_one_that_writes_text_is_loaded_with_the_encoder_as_its_body(tmp_path):
    model = _load(tiny_t5(tmp_path / "m"))
    assert (model.kind, model.max_length, model.notes) == (ModelKind.ENCODER_DECODER, 128, ())
    assert model.body is model.module.encoder
    assert model.text_embeddings is model.module.encoder.embed_tokens


def test_a_decoder_without_a_start_is_refused(tmp_path):
    folder = tiny_t5(tmp_path / "m")
    for name in ("config.json", "generation_config.json"):
        settings = json.loads((folder / name).read_text())
        del settings["decoder_start_token_id"]
        (folder / name).write_text(json.dumps(settings))
    with pytest.raises(RequestError, match="has no decoder_start_token_id"):
        _load(folder)


def test_weights_without_the_decoder_are_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny_t5(tmp_path / "m")
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: tensor for name, tensor in weights.items() if not name.startswith("decoder.block.1")},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(Exception, match="incomplete weights; missing: decoder"):
        _load(folder)
