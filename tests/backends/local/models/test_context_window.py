"""How many tokens a model reads at once."""

import pytest
from transformers import (
    BloomConfig,
    FalconConfig,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    MptConfig,
    RwkvConfig,
    T5Config,
    XLNetConfig,
)

from leaderboard.backends.local.models.context_window import window_of
from tests.in_one_test import in_one_test

UNLIMITED = 1e30
"""What a tokenizer says that was told no length."""


@in_one_test(
    "config, tokenizer, tokens",
    [
        (LlamaConfig(max_position_embeddings=4096), 512, 4096),
        (GPT2Config(n_positions=1024), 512, 1024),
        (T5Config(n_positions=512), UNLIMITED, 512),
        (BloomConfig(), UNLIMITED, 2048),
        (BloomConfig(seq_length=64), UNLIMITED, 2048),
        (BloomConfig(), 1000, 1000),
        (MptConfig(max_seq_len=64), UNLIMITED, 2048),
        (MptConfig(max_seq_len=8192), UNLIMITED, 8192),
        (MptConfig(max_seq_len=64, attn_config={"alibi": False}), UNLIMITED, 64),
        (FalconConfig(alibi=True, max_position_embeddings=64), UNLIMITED, 2048),
        (FalconConfig(alibi=False, max_position_embeddings=64), UNLIMITED, 64),
        (MambaConfig(), UNLIMITED, 2048),
        (RwkvConfig(context_length=1024), UNLIMITED, 2048),
        (XLNetConfig(), UNLIMITED, 2048),
        (XLNetConfig(), 0, 2048),
    ],
)
def test_the_configuration_says_then_the_tokenizer_then_the_default(config, tokenizer, tokens):
    window = window_of(config, tokenizer)
    assert window.tokens == tokens


@pytest.mark.parametrize("config", [LlamaConfig(max_position_embeddings=64), GPT2Config(n_positions=64)])
def test_a_limit_of_the_configuration_needs_no_note(config):
    assert window_of(config, UNLIMITED).note == ""


def test_a_default_is_noted():
    assert window_of(BloomConfig(), UNLIMITED).note == (
        "texts are read up to 2048 tokens, a default: no positions limit the model"
    )
    assert "by its tokenizer" in window_of(MambaConfig(), 512).note


@pytest.mark.parametrize("config", [LlamaConfig(), GPT2Config(), BloomConfig(), MambaConfig(), T5Config()])
@pytest.mark.parametrize("tokenizer", [UNLIMITED, 512])
def test_as_lm_evaluation_harness(config, tokenizer):
    utils = pytest.importorskip("lm_eval.models.utils")

    class GateReport:
        model_max_length = int(tokenizer) if tokenizer < UNLIMITED else utils.TOKENIZER_INFINITY

    assert window_of(config, tokenizer).tokens == utils.resolve_max_length(config, GateReport())
