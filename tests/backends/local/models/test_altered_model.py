import copy
from dataclasses import replace

import pytest
import torch
import transformers

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.errors import RequestError
from tests.altering import alter

SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
ARCHITECTURES = {
    "Bert": SMALL,
    "Roberta": SMALL,
    "DistilBert": {"dim": 32, "n_layers": 3, "n_heads": 2, "hidden_dim": 64},
    "Llama": SMALL | {"num_key_value_heads": 1},
    "GPT2": {"n_embd": 32, "n_layer": 3, "n_head": 2, "n_positions": 128},
    "GPTNeoX": SMALL,
    "Qwen2": SMALL | {"num_key_value_heads": 1, "use_sliding_window": False},
    "Mixtral": SMALL | {"num_key_value_heads": 1, "num_local_experts": 3},
}
IDS = torch.tensor([[5, 9, 2, 7, 7, 1]])


def model_of(causal, family):
    torch.manual_seed(0)
    config = getattr(transformers, f"{family}Config")(vocab_size=100, pad_token_id=0, **ARCHITECTURES[family])
    return replace(causal, kind=ModelKind.ENCODER, module=transformers.AutoModel.from_config(config).eval())


def hidden(model, **more):
    with torch.no_grad():
        return model.module(IDS, **more)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.module.state_dict().items()}


def zeros(module, name):
    return int((dict(module.named_parameters())[name] == 0).sum())


def test_nothing_to_alter_is_the_same_object(causal):
    assert alter(causal) is causal


@pytest.mark.parametrize("how", [{"drop_layers": 1}, {"prune": 0.5}, {"quantise": Quantisation.INT8_DYNAMIC}])
def test_the_given_model_stays_bit_identical(causal, how):
    before, config = weights(causal), copy.deepcopy(causal.module.config.to_dict())
    types = [type(tensor) for tensor in causal.module.parameters()]
    altered = alter(causal, **how)
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(causal).items())
    assert causal.module.config.to_dict() == config
    assert [type(tensor) for tensor in causal.module.parameters()] == types
    assert not {id(t) for t in causal.module.parameters()} & {id(t) for t in altered.module.parameters()}


def test_an_altered_model_says_what_was_done_and_has_an_identity_of_its_own(causal):
    hows = [{"drop_layers": 1}, {"prune": 0.5}, {"prune": 0.25}, {"quantise": Quantisation.INT8_WEIGHT}]
    altered = [alter(causal, **how) for how in hows]
    for model, how in zip(altered, hows, strict=True):
        assert how.items() <= model.alteration.settings.items()
    identities = [causal.identity, *(model.identity for model in altered)]
    assert len(set(identities)) == 5
    assert alter(causal, prune=0.5).identity == identities[2]
    assert altered[0].tokenizer is causal.tokenizer
    assert (altered[0].name, altered[0].folder, altered[0].labels) == (causal.name, causal.folder, causal.labels)


def test_a_model_is_altered_once(causal):
    with pytest.raises(ValueError, match="altered already"):
        alter(alter(causal, prune=0.5), drop_layers=1)


@pytest.mark.parametrize("family", sorted(ARCHITECTURES))
def test_dropping_layers_leaves_what_the_layers_before_computed(causal, family):
    model = model_of(causal, family)
    altered = alter(model, drop_layers=1)
    assert altered.module.config.num_hidden_layers == 2
    kept = hidden(altered, output_hidden_states=True).hidden_states
    whole = hidden(model, output_hidden_states=True).hidden_states
    assert (len(kept), len(whole)) == (3, 4)
    assert torch.equal(kept[1], whole[1])
    assert not torch.equal(kept[-1], whole[-1])


@pytest.mark.parametrize("family", ["Bert", "DistilBert", "Llama", "Qwen2"])
def test_a_model_without_its_last_layers_is_saved_and_loaded_as_any_other(causal, family, tmp_path):
    altered = alter(model_of(causal, family), drop_layers=2)
    altered.module.save_pretrained(tmp_path)
    again, info = type(altered.module).from_pretrained(tmp_path, output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    with torch.no_grad():
        assert torch.equal(again.eval()(IDS).last_hidden_state, hidden(altered).last_hidden_state)


@pytest.mark.parametrize("count", [2, 7])
def test_a_model_keeps_at_least_one_layer(causal, count):
    with pytest.raises(RequestError, match=rf"tiny-llama: drop_layers {count}: it has 2 layers; at most 1 can be"):
        alter(causal, drop_layers=count)


def test_layers_that_share_weights_cannot_be_dropped(causal):
    config = transformers.AlbertConfig(vocab_size=100, embedding_size=16, **SMALL)
    model = replace(causal, module=transformers.AlbertModel(config).eval())
    with pytest.raises(RequestError, match="AlbertModel is not made of a single list of layers"):
        alter(model, drop_layers=1)


@pytest.mark.parametrize("family", sorted(ARCHITECTURES))
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_pruning_sets_the_smallest_weights_of_the_layers_to_zero(causal, family, share):
    model = model_of(causal, family)
    altered = alter(model, prune=share)
    before, after = weights(model), weights(altered)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(("layer" in name or ".h." in f".{name}") and name.endswith("weight") for name in changed)
    assert all(before[name].dim() == 2 for name in changed)
    old, new = (torch.cat([weights[name].flatten() for name in changed]) for weights in (before, after))
    assert int((new == 0).sum()) == round(share * len(new))
    assert torch.equal(new[new != 0], old[new != 0])
    assert old[new == 0].abs().max() <= old[new != 0].abs().min()


def test_pruning_leaves_embeddings_norms_poolers_and_heads(masked, encoder):
    for model in (masked, encoder):
        altered = alter(model, prune=0.9)
        before, after = weights(model), weights(altered)
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert all("encoder.layer" in name and "LayerNorm" not in name for name in changed)
        assert len(changed) == 2 * 6


def test_pruned_weights_are_ordinary_ones(causal, tmp_path):
    altered = alter(causal, prune=0.5)
    assert set(altered.module.state_dict()) == set(causal.module.state_dict())
    assert not any(part._forward_pre_hooks for part in altered.module.modules())


def test_layers_are_dropped_before_weights_are_pruned(causal):
    altered = alter(causal, drop_layers=1, prune=0.5)
    linear = [tensor for name, tensor in weights(altered).items() if "proj" in name]
    assert len(linear) == 7
    assert sum(int((tensor == 0).sum()) for tensor in linear) == sum(tensor.numel() for tensor in linear) // 2


def test_a_model_spread_over_devices_is_not_altered(causal):
    module = copy.deepcopy(causal.module)
    module.hf_device_map = {"model.layers.0": 0, "model.layers.1": 1}
    with pytest.raises(RequestError, match="spread over several devices"):
        alter(replace(causal, module=module), prune=0.5)
