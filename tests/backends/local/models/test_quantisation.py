import copy
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
import transformers

from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.backends.local.models.quantisation import without_rounding
from leaderboard.errors import RequestError
from tests.altering import alter

IDS = torch.tensor([[5, 9, 2, 7, 7, 1]])
INT8 = [Quantisation.INT8_DYNAMIC, Quantisation.INT8_WEIGHT]
WIDE = {"vocab_size": 100, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
HEADS = {
    "LlamaForCausalLM": WIDE | {"intermediate_size": 128, "num_key_value_heads": 1, "tie_word_embeddings": True},
    "BertForMaskedLM": WIDE | {"intermediate_size": 128},
    "BertForSequenceClassification": WIDE | {"intermediate_size": 128, "num_labels": 3},
    "DistilBertForTokenClassification": {"vocab_size": 100, "dim": 64, "n_layers": 2, "n_heads": 2, "hidden_dim": 128},
    "GPT2LMHeadModel": {"vocab_size": 100, "n_embd": 64, "n_layer": 2, "n_head": 2, "n_positions": 64},
}


def model_of(causal, name, dtype=torch.float32):
    family = getattr(transformers, name)
    torch.manual_seed(0)
    module = family(family.config_class(**HEADS[name])).eval().to(dtype)
    return replace(causal, module=module, dtype=dtype)


def logits(model):
    with torch.inference_mode():
        return model.module(IDS).logits.float()


def correlation(one, other):
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


def integers(module):
    return {name for name, tensor in module.named_parameters() if hasattr(tensor, "qdata")}


@pytest.mark.slow_after(10)
@pytest.mark.parametrize("quantise", INT8)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", sorted(HEADS))
def test_a_quantised_model_answers_nearly_the_same(causal, name, dtype, quantise):
    model = model_of(causal, name, dtype)
    actual, expected = logits(alter(model, quantise=quantise)), logits(model)
    assert not torch.equal(actual, expected)
    assert correlation(actual, expected) > 0.99


@pytest.mark.parametrize("quantise", INT8)
@pytest.mark.parametrize("name", sorted(HEADS))
def test_the_layers_are_quantised_and_nothing_else(causal, name, quantise):
    altered = alter(model_of(causal, name), quantise=quantise).module
    linear = {
        f"{part}.weight"
        for part, module in altered.named_modules()
        if isinstance(module, torch.nn.Linear) and (".layer" in part or ".h." in part)
    }
    assert integers(altered) == linear
    assert (
        len(linear)
        == {"Llama": 14, "Bert": 12, "Distil": 12, "GPT2": 8}[
            next(family for family in ("Llama", "Bert", "Distil", "GPT2") if name.startswith(family))
        ]
    )


def test_a_quantised_model_with_tied_weights_keeps_them_tied(causal):
    altered = alter(causal, quantise=Quantisation.INT8_WEIGHT).module
    assert altered.lm_head.weight is altered.model.embed_tokens.weight


@pytest.fixture
def all_bits(monkeypatch):
    """As on a processor that cannot overflow (VNNI), whatever runs the tests."""
    monkeypatch.setattr("torchao.utils.should_reduce_range", lambda _device: False)


@pytest.mark.usefixtures("all_bits")
@pytest.mark.parametrize("quantise", INT8)
def test_each_weight_is_within_half_a_step_of_what_it_was(causal, quantise):
    altered = dict(alter(causal, quantise=quantise).module.named_parameters())
    for name, before in causal.module.named_parameters():
        if not hasattr(altered[name], "qdata"):
            assert torch.equal(altered[name], before)
            continue
        step = before.detach().abs().amax(dim=1, keepdim=True) / 127.5
        assert ((altered[name].dequantize() - before).abs() <= 0.501 * step).all()


def test_a_copy_of_a_quantised_model_answers_the_same(causal):
    altered = alter(causal, quantise=Quantisation.INT8_DYNAMIC)
    again = copy.deepcopy(altered.module)
    torch.nn.Module.to(again, torch.device("cpu"))
    assert torch.equal(logits(replace(altered, module=again)), logits(altered))


@pytest.mark.usefixtures("all_bits")
def test_answers_without_rounding_are_those_of_integer_weights_alone(causal):
    dynamic, weight = (alter(causal, quantise=quantise) for quantise in INT8)
    rounded = logits(dynamic)
    with without_rounding(dynamic.module):
        assert torch.allclose(logits(dynamic), logits(weight), atol=1e-6)
    assert torch.equal(logits(dynamic), rounded)
    assert not torch.allclose(rounded, logits(weight), atol=1e-6)


def test_pruned_weights_stay_zero_when_they_are_quantised(causal):
    altered = alter(causal, prune=0.5, quantise=Quantisation.INT8_WEIGHT)
    stored = [tensor.dequantize() for tensor in altered.module.parameters() if hasattr(tensor, "qdata")]
    assert sum(int((tensor == 0).sum()) for tensor in stored) >= sum(tensor.numel() for tensor in stored) // 2


@pytest.mark.usefixtures("all_bits")
def test_a_processor_that_would_overflow_has_numbers_of_its_own(causal, monkeypatch):
    full = alter(causal, quantise=Quantisation.INT8_DYNAMIC)
    for reduced in (False, True):
        monkeypatch.setattr("torchao.utils.should_reduce_range", lambda _device, reduced=reduced: reduced)
        altered = alter(causal, quantise=Quantisation.INT8_DYNAMIC)
        largest = max(int(t.qdata.int().abs().max()) for t in altered.module.parameters() if hasattr(t, "qdata"))
        assert largest in ((63, 64) if reduced else (127, 128))
        assert [note for note in altered.notes if "rounds to 7 bits instead of 8" in note] == list(altered.notes)
        assert bool(altered.notes) is reduced
        if reduced:
            assert altered.identity != full.identity
    assert alter(causal, quantise=Quantisation.INT8_WEIGHT).identity != altered.identity


def test_without_torchao_the_message_says_how_to_get_it(causal, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchao.quantization", None)
    with pytest.raises(
        RequestError, match=r"tiny-llama: quantise needs torchao(.|\n)*pip install 'lm-leaderboard\[quant"
    ):
        alter(causal, quantise=Quantisation.INT8_WEIGHT)


def test_layers_without_linear_layers_are_refused(causal):
    config = transformers.BertConfig(**WIDE, intermediate_size=128)
    module = transformers.BertModel(config)
    for part in module.encoder.layer:
        part.attention = part.intermediate = part.output = torch.nn.Identity()
    with pytest.raises(RequestError, match="quantise int8_weight: there are no linear layers"):
        alter(replace(causal, module=module), quantise=Quantisation.INT8_WEIGHT)
    with pytest.raises(RequestError, match="prune: the layers of BertModel have no linear layers"):
        alter(replace(causal, module=module), prune=0.5)


@pytest.mark.slow
def test_torchao_says_nothing_whoever_imports_it():
    program = "import leaderboard.backends.local.models.loading, transformers.modeling_utils, torchao.quantization"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
