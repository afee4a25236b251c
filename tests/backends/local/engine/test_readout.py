import dataclasses

import pytest
import torch
from transformers import (
    AlbertConfig,
    AutoModelForMaskedLM,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    NomicBertConfig,
    RobertaConfig,
    XLMConfig,
)

from leaderboard.backends.local.engine import readout
from leaderboard.backends.local.engine.batching import Batch
from leaderboard.backends.local.engine.readout import Readout

SIZES = {
    "vocab_size": 300,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 140,
    "pad_token_id": 0,
}
CONFIGS = [
    RobertaConfig(**SIZES),
    DistilBertConfig(vocab_size=300, dim=32, n_layers=2, n_heads=2, hidden_dim=64),
    ElectraConfig(**SIZES, embedding_size=16),
    DebertaV2Config(**SIZES, relative_attention=True, pos_att_type=["p2c", "c2p"]),
    MPNetConfig(**SIZES),
    NomicBertConfig(**SIZES),
    ModernBertConfig(**SIZES),
    AlbertConfig(**SIZES, embedding_size=16),  # its layers are one and the same module
    XLMConfig(vocab_size=300, emb_dim=32, n_layers=2, n_heads=2),
]


def batch():
    ids = torch.randint(5, 200, (3, 14), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 9:] = mask[2, 4:] = 0
    return Batch((), (), ids, mask)


LINES, POSITIONS = torch.tensor([0, 2, 1, 0]), torch.tensor([13, 1, 8, 0])
TOKENS = torch.tensor([7, 7, 199, 299])


def expected(model):
    with torch.no_grad():
        logits = model.module(input_ids=batch().input_ids, attention_mask=batch().attention_mask).logits
    return logits[LINES, POSITIONS].double().log_softmax(-1)[range(4), TOKENS].float()


def read(model):
    with torch.no_grad():
        return Readout(model).logprobs(batch(), LINES, POSITIONS, TOKENS)


def with_architecture(masked, config):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return dataclasses.replace(masked, module=AutoModelForMaskedLM.from_config(config).eval())


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.model_type)
def test_logprobs_are_those_of_a_whole_pass(masked, config):
    model = with_architecture(masked, config)
    torch.testing.assert_close(read(model), expected(model), atol=1e-5, rtol=1e-5)


def test_the_words_of_a_vocabulary_count_together_however_many_are_summed_at_once(masked, monkeypatch):
    model = with_architecture(masked, CONFIGS[0])
    monkeypatch.setattr(readout, "WORDS_AT_ONCE", 7)
    torch.testing.assert_close(read(model), expected(model), atol=1e-5, rtol=1e-5)


def test_half_precision_is_read_as_well(masked):
    model = with_architecture(masked, CONFIGS[0])
    half = dataclasses.replace(model, module=model.module.to(torch.bfloat16), dtype=torch.bfloat16)
    logprobs = read(half)
    assert logprobs.dtype == torch.float32
    torch.testing.assert_close(logprobs, expected(half), atol=2e-2, rtol=0.0)


def test_the_feed_forward_network_of_the_last_layer_sees_the_read_positions_alone(masked):
    shapes = []
    last = masked.module.bert.encoder.layer[-1].intermediate
    with torch.no_grad():
        readout = Readout(masked)
        hook = last.register_forward_pre_hook(lambda _module, inputs: shapes.append(tuple(inputs[0].shape[:2])))
        readout.logprobs(batch(), LINES, POSITIONS, TOKENS % 100)
        hook.remove()
    assert shapes == [(len(LINES), 1)]


class Counting(torch.nn.Module):
    """A model that refuses to hold anything but what its input has positions for."""

    base_model_prefix = "body"

    def __init__(self, inner):
        super().__init__()
        self.body = inner

    def get_output_embeddings(self):
        return self.body.get_output_embeddings()

    def forward(self, input_ids, attention_mask):
        output = self.body(input_ids=input_ids, attention_mask=attention_mask)
        if output.logits.shape[:2] != input_ids.shape:
            raise ValueError("positions are missing")
        return output


def test_a_model_that_cannot_be_read_early_is_read_whole(masked):
    inner = with_architecture(masked, CONFIGS[0])
    model = dataclasses.replace(inner, module=Counting(inner.module))
    torch.testing.assert_close(read(model), expected(model), atol=1e-6, rtol=1e-6)


class Doubling(Counting):
    """A model that does something with its logits behind the projection."""

    def forward(self, input_ids, attention_mask):
        output = self.body(input_ids=input_ids, attention_mask=attention_mask)
        output.logits = 2 * output.logits
        return output


def test_what_stands_behind_the_projection_counts(masked):
    inner = with_architecture(masked, CONFIGS[0])
    model = dataclasses.replace(inner, module=Doubling(inner.module))
    torch.testing.assert_close(read(model), expected(model), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(expected(model), expected(inner))


def test_no_hook_is_left_behind(masked):
    with torch.no_grad():
        Readout(masked).logprobs(batch(), LINES, POSITIONS, TOKENS % 100)
    assert not any(module._forward_pre_hooks for module in masked.module.modules())
