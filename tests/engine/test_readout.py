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

from leaderboard.engine.batching import Batch
from leaderboard.engine.readout import Readout

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


def with_architecture(masked, config):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return dataclasses.replace(masked, module=AutoModelForMaskedLM.from_config(config).eval())


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.model_type)
def test_logits_are_those_of_a_whole_pass(masked, config):
    model, asked = with_architecture(masked, config), batch()
    with torch.no_grad():
        whole = model.module(input_ids=asked.input_ids, attention_mask=asked.attention_mask).logits
        few = Readout(model).logits(asked, LINES, POSITIONS)
    torch.testing.assert_close(few, whole[LINES, POSITIONS], atol=1e-5, rtol=1e-5)


def test_the_feed_forward_network_of_the_last_layer_sees_the_read_positions_alone(masked):
    seen = []
    last = masked.module.bert.encoder.layer[-1].intermediate
    with torch.no_grad():
        readout = Readout(masked)
        hook = last.register_forward_pre_hook(lambda _module, inputs: seen.append(tuple(inputs[0].shape[:2])))
        readout.logits(batch(), LINES, POSITIONS)
        hook.remove()
    assert seen == [(len(LINES), 1)]


def test_a_model_that_cannot_be_read_early_is_read_whole(masked):
    class Stubborn(torch.nn.Module):
        base_model_prefix = "body"

        def __init__(self, inner):
            super().__init__()
            self.body = inner

        def forward(self, input_ids, attention_mask):
            found = self.body(input_ids=input_ids, attention_mask=attention_mask)
            if found.logits.shape[:2] != input_ids.shape:
                raise ValueError("a head that counts its positions")
            return found

    model = dataclasses.replace(masked, module=Stubborn(masked.module))
    asked = batch()
    with torch.no_grad():
        whole = masked.module(input_ids=asked.input_ids, attention_mask=asked.attention_mask).logits
        few = Readout(model).logits(asked, LINES, POSITIONS)
    assert torch.equal(few, whole[LINES, POSITIONS])


def test_no_hook_is_left_behind(masked):
    with torch.no_grad():
        Readout(masked).logits(batch(), LINES, POSITIONS)
    assert not any(module._forward_pre_hooks for module in masked.module.modules())
