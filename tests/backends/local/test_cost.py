import dataclasses

import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from leaderboard.backends.local.capabilities import LocalLikelihood
from leaderboard.backends.local.cost import UsedPart, flops, parameters, used_parts, weight_bytes
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.errors import NotMeasurableError
from tests.altering import alter


@pytest.mark.slow
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


INT8 = [Quantisation.INT8_DYNAMIC, Quantisation.INT8_WEIGHT]
LINEAR = 2 * (32 * 32 + 2 * 16 * 32 + 32 * 32 + 3 * 32 * 64)
"""Weights of the tiny Llama's two layers: query, key and value of one head, output, and the gated network."""


@pytest.mark.parametrize("quantise", INT8)
def test_quantised_models_cost_as_many_operations_and_parameters(llama, quantise):
    altered = alter(llama, quantise=quantise)
    assert (flops(altered), parameters(altered)) == (flops(llama), parameters(llama))


def test_zeros_are_multiplied_like_other_numbers(llama):
    altered = alter(llama, prune=0.9)
    assert (flops(altered), parameters(altered)) == (flops(llama), parameters(llama))
    assert weight_bytes(altered) == weight_bytes(llama)


def test_a_layer_less_costs_what_a_layer_costs(llama):
    altered = alter(llama, drop_layers=1)
    layer = LINEAR // 2 + 2 * 32
    assert parameters(llama) - parameters(altered) == layer
    assert weight_bytes(llama) - weight_bytes(altered) == 4 * layer
    attention = 2 * 128 * 32  # for each token, products with 128 keys and sums over 128 values, all heads
    assert flops(llama) - flops(altered) == 2 * 128 * (LINEAR // 2 + attention)


def test_bytes_are_four_a_float_and_count_tied_weights_once(llama):
    buffers = sum(4 * buffer.numel() for buffer in llama.module.buffers())
    assert weight_bytes(llama) == 4 * parameters(llama) + buffers


def test_bytes_of_half_precision_are_half(llama):
    module = BertForSequenceClassification(BertConfig(vocab_size=100, num_hidden_layers=1))
    integers = 8 * 2 * 512  # positions and token types
    for dtype, size in ((torch.float32, 4), (torch.bfloat16, 2)):
        model = dataclasses.replace(llama, module=module.to(dtype))
        assert weight_bytes(model) == size * parameters(model) + integers


@pytest.mark.parametrize("quantise", INT8)
def test_a_quantised_weight_is_a_byte_and_a_scale_and_zero_point_for_each_output(llama, quantise):
    outputs = 2 * (32 + 2 * 16 + 32 + 2 * 64 + 32)
    saved = weight_bytes(llama) - weight_bytes(alter(llama, quantise=quantise))
    assert saved == 4 * LINEAR - (LINEAR + (4 + 1) * outputs)


WIDTH, HIDDEN, VOCABULARY = 32, 64, 3000
LAYER = 2 * 128 * (4 * WIDTH**2 + 2 * WIDTH * HIDDEN + 2 * 128 * WIDTH)
"""Operations of one layer of a BERT of this width over 128 tokens."""


@pytest.fixture
def bert(llama):
    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=HIDDEN,
        tie_word_embeddings=False,
    )
    return dataclasses.replace(llama, module=BertForMaskedLM(config).eval(), max_length=512)


def body_of(model):
    return lambda: model.body(input_ids=torch.ones((1, 9), dtype=torch.long))


def whole(model):
    return lambda: model.module(input_ids=torch.ones((1, 9), dtype=torch.long))


def test_a_head_that_a_probe_never_calls_costs_nothing(bert):
    (use,) = used_parts(body_of(bert), [bert])
    assert use == UsedPart(headless=True)
    assert flops(bert, use) == 2 * LAYER
    assert flops(bert) == 2 * LAYER + 2 * 128 * (WIDTH**2 + WIDTH * VOCABULARY)
    head = WIDTH**2 + WIDTH + 2 * WIDTH + WIDTH * VOCABULARY + 2 * VOCABULARY  # two biases where it is not tied
    assert parameters(bert) - parameters(bert, use) == head
    assert weight_bytes(bert) - weight_bytes(bert, use) == 4 * head


def test_a_head_that_is_called_counts(bert):
    assert used_parts(whole(bert), [bert]) == [UsedPart(positions=9)]
    assert flops(bert, UsedPart(positions=128)) == flops(bert)


def test_of_a_prompt_the_vocabulary_is_projected_where_it_is_read(llama, engine):
    def answer():
        return LocalLikelihood(engine, llama).choices([("The film was", [" a", " dull", " best"])], remember=False)

    answer()  # the first one also tries whether the model reads token trees
    (use,) = used_parts(answer, [llama])
    assert not use.headless
    lengths = [len(llama.tokenizer.encode(choice)) for choice in (" a", " dull", " best")]
    assert use.positions == 1 + sum(length - 1 for length in lengths)  # behind the context, and inside each choice
    vocabulary = llama.module.config.vocab_size
    assert flops(llama) - flops(llama, use) == 2 * (128 - use.positions) * 32 * vocabulary
    assert parameters(llama, use) == parameters(llama)


def test_members_run_what_they_run(bert, llama):
    def both():
        body_of(bert)()
        whole(llama)()

    first, second = used_parts(both, [bert, llama])
    assert (first.headless, second.headless) == (True, False)


def test_operations_of_deberta_with_relative_positions_are_counted(llama):
    config = DebertaV2Config(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=HIDDEN,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_buckets=64,
        share_att_key=True,
        norm_rel_ebd="layer_norm",
    )
    model = dataclasses.replace(llama, module=DebertaV2ForMaskedLM(config).eval(), max_length=512)
    # Beside a BERT layer: keys and queries of 128 relative positions, and two products of attention with them.
    relative = 2 * 128 * 2 * WIDTH**2 + 2 * 2 * 128 * 128 * WIDTH
    assert flops(model, UsedPart(headless=True)) == LAYER + relative
