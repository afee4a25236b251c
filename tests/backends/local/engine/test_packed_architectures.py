"""Packed scoring on architectures that number positions and keep their past in other ways."""

from dataclasses import replace

import pytest
import torch
import transformers

from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.tokenisation import encode_pairs
from leaderboard.backends.local.engine.tree_trial import reads_trees

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
ARCHITECTURES = {
    "learned positions": ("GPT2", {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 128}, True),
    "rotary": ("GPTNeoX", SMALL | {"max_position_embeddings": 128}, True),
    "soft cap": ("Gemma2", SMALL | {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 8}, False),
    "sliding window": ("Mistral", SMALL | {"num_key_value_heads": 1, "sliding_window": 8}, False),
    "linear biases": ("Bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 2}, None),
    "state space": ("Mamba", {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}, False),
}
HEADER = "Review: a great story. Sentiment: positive\nReview: dull and worse. Sentiment: negative\n" * 2
REQUESTS = [
    (HEADER + start, choice)
    for start in ("The film was", "Nobody said", "The plot of it was", "She is", "It was")
    for choice in (" a wonderful surprise", " dull", " the best answer to the question")
]


@pytest.mark.slow_after(3)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_scores_are_those_of_one_pass_a_request(engine, causal, name):
    family, sizes, packed = ARCHITECTURES[name]
    torch.manual_seed(0)
    config = getattr(transformers, f"{family}Config")(vocab_size=len(causal.tokenizer), **sizes)
    model = replace(causal, module=transformers.AutoModelForCausalLM.from_config(config).eval())
    expected = []
    for before, after in encode_pairs(model, REQUESTS):
        with torch.no_grad():
            logits = model.module(torch.tensor([[*before, *after]])).logits[0].double().log_softmax(-1)
        expected.append(sum(float(logits[len(before) + i - 1, token]) for i, token in enumerate(after)))
    assert loglikelihoods(engine, model, REQUESTS) == pytest.approx(expected, abs=1e-3)
    if packed is not None:
        assert reads_trees(engine, model) is packed
