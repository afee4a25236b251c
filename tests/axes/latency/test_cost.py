import dataclasses

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM

from leaderboard.axes.latency.cost import flops, parameters
from leaderboard.errors import NotMeasurableError


def test_flops_of_bert_base_with_two_classes_match_the_reference_count(llama):
    # Multiply-adds a layer and token: 4 × 768² to project, 2 × 768 × 3072 hidden, 2 × 128 × 768 to attend;
    # the pooler adds 768² and the head 2 × 768, once.
    model = dataclasses.replace(llama, module=BertForSequenceClassification(BertConfig()).eval(), max_length=512)
    per_token = 4 * 768**2 + 2 * 768 * 3072 + 2 * 128 * 768
    assert flops(model) == 2 * (12 * 128 * per_token + 768**2 + 2 * 768) == 22_348_434_432


def test_flops_count_attention_whatever_the_model_runs_with(llama):
    counts = []
    for implementation in ("sdpa", "eager"):
        llama.module.set_attn_implementation(implementation)
        counts.append(flops(llama))
        assert llama.module.config._attn_implementation == implementation
    assert counts[0] == counts[1]


def test_flops_of_a_model_that_reads_less_are_not_measurable(llama):
    with pytest.raises(NotMeasurableError, match="reads at most 64 tokens"):
        flops(dataclasses.replace(llama, max_length=64))


@pytest.mark.parametrize("tied", [True, False])
def test_tied_parameters_count_once(llama, tied):
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=16,
        tie_word_embeddings=tied,
    )
    embedding, attention, hidden, norms = 100 * 8, 8 * 8 + 2 * 8 * 4 + 8 * 8, 3 * 8 * 16, 3 * 8
    expected = (1 if tied else 2) * embedding + attention + hidden + norms
    assert parameters(dataclasses.replace(llama, module=LlamaForCausalLM(config))) == expected


def test_counting_leaves_no_gradient_behind(llama):
    flops(llama)
    assert all(tensor.grad is None for tensor in llama.module.parameters())
    assert torch.is_grad_enabled()
