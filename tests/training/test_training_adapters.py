import copy

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    RobertaConfig,
)

from leaderboard.backends.local.models.pretrained import load_module
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.errors import RequestError
from leaderboard.training.adapter_settings import AdapterMethod
from leaderboard.training.adapters import add_adapters, merge_adapters
from leaderboard.training.loop import train
from leaderboard.training.objectives.classification import ClassificationObjective
from leaderboard.training.settings import TrainingSettings
from tests.training.conftest import reviews

BERT = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
FAMILIES = {
    "bert": (BertConfig(**BERT), {"query", "key", "value", "dense"}, {"classifier", "bert.pooler"}),
    "roberta": (RobertaConfig(**BERT), {"query", "key", "value", "dense"}, {"classifier"}),
    "distilbert": (
        DistilBertConfig(vocab_size=50, dim=16, n_layers=2, n_heads=2, hidden_dim=32),
        {"q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"},
        {"pre_classifier", "classifier"},
    ),
    "llama": (
        LlamaConfig(**BERT, num_key_value_heads=1, pad_token_id=0),
        {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"},
        {"score"},
    ),
    "gpt2": (
        GPT2Config(vocab_size=50, n_embd=16, n_layer=2, n_head=2, pad_token_id=0, bos_token_id=1, eos_token_id=1),
        {"c_attn", "c_proj", "c_fc"},
        {"score"},
    ),
}


def scrambled(module):
    """With adapters and head as training might leave them."""
    torch.manual_seed(0)
    for parameter in module.parameters():
        if parameter.requires_grad:
            parameter.data.normal_(std=0.3)
    return module.eval()


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("family", FAMILIES)
def test_merged_weights_answer_as_the_adapters_did(family, tmp_path):
    config, layers, heads = FAMILIES[family]
    adapted = scrambled(add_adapters(AutoModelForSequenceClassification.from_config(config), rank=2, alpha=4))
    config_of_adapters = adapted.peft_config["default"]
    assert {name.rpartition(".")[2] for name in config_of_adapters.target_modules} == layers
    assert set(config_of_adapters.modules_to_save) == heads
    inputs = {"input_ids": torch.arange(3, 24).reshape(3, 7)}
    with torch.no_grad():
        expected = adapted(**inputs).logits
        merged = merge_adapters(adapted)
        assert torch.allclose(merged(**inputs).logits, expected, atol=1e-5)
        merged.save_pretrained(tmp_path)
        again = AutoModelForSequenceClassification.from_pretrained(tmp_path)
        assert torch.allclose(again(**inputs).logits, expected, atol=1e-5)
    assert not any("lora" in name for name in merged.state_dict())
    assert all(parameter.requires_grad for parameter in merged.parameters())


@pytest.mark.parametrize("method", [AdapterMethod.ADALORA, AdapterMethod.IA3])
@pytest.mark.parametrize("family", ["bert", "distilbert", "gpt2"])
def test_other_methods_are_merged_as_they_answered(method, family):
    adapted = scrambled(
        add_adapters(
            AutoModelForSequenceClassification.from_config(FAMILIES[family][0]), rank=2, alpha=4, method=method
        )
    )
    inputs = {"input_ids": torch.arange(3, 24).reshape(3, 7)}
    with torch.no_grad():
        expected = adapted(**inputs).logits
        assert torch.allclose(merge_adapters(adapted)(**inputs).logits, expected, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_bottlenecks_are_saved_with_the_model(family, tmp_path):
    module = AutoModelForSequenceClassification.from_config(FAMILIES[family][0])
    inputs = {"input_ids": torch.arange(3, 24).reshape(3, 7)}
    with torch.no_grad():
        before = module.eval()(**inputs).logits
        adapted = add_adapters(module, rank=4, alpha=4, method=AdapterMethod.BOTTLENECK).eval()
        assert torch.equal(adapted(**inputs).logits, before)
        trained = {name for name, each in adapted.named_parameters() if each.requires_grad}
        assert sum("bottleneck_adapter" in name for name in trained) == 2 * 4
        expected = scrambled(adapted)(**inputs).logits
        copied = copy.deepcopy(adapted)
        merge_adapters(adapted).save_pretrained(tmp_path)
        scrambled(add_adapters(adapted, rank=4, alpha=4, method=AdapterMethod.BOTTLENECK))
        assert torch.equal(copied(**inputs).logits, expected)
        again, _ = load_module(AutoModelForSequenceClassification, tmp_path, dtype=torch.float32)
        assert torch.equal(again.eval()(**inputs).logits, expected)


def test_bottlenecks_that_are_not_whole_are_refused(fresh, tmp_path):
    with quietly():
        add_adapters(fresh(), rank=4, alpha=4, method=AdapterMethod.BOTTLENECK).save_pretrained(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors[next(name for name in tensors if name.endswith("adapter.up.weight"))]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RequestError, match=r"the bottleneck adapter of .* is incomplete"):
        load_module(AutoModelForSequenceClassification, tmp_path)


def test_adalora_cuts_the_ranks_to_its_budget(fresh, texts, tmp_path):
    without_search = ClassificationObjective(texts, 2, reviews())
    adapted = add_adapters(fresh(), rank=2, alpha=4, method=AdapterMethod.ADALORA)
    settings = TrainingSettings(learning_rate=1e-2, batch_size=4, epochs=3)
    train(adapted, without_search, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
    values = [each for name, each in adapted.named_parameters() if "lora_E" in name]
    assert {len(each) for each in values} == {3}
    assert sum(int(each.count_nonzero()) for each in values) <= 2 * len(values)


def test_adapters_change_nothing_at_first_and_the_seed_says_how_they_begin(fresh):
    module = fresh()
    inputs = {"input_ids": torch.arange(5, 15)[None]}
    before = module(**inputs).logits
    first, second, third = (add_adapters(fresh(), rank=2, alpha=4, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.eval()(**inputs).logits, before)
    name = next(name for name in first.state_dict() if "lora_A" in name)
    assert torch.equal(first.state_dict()[name], second.state_dict()[name])
    assert not torch.equal(first.state_dict()[name], third.state_dict()[name])


def test_few_weights_of_a_body_of_ordinary_width_are_learned():
    config = BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
    )
    with torch.device("meta"):
        module = AutoModelForSequenceClassification.from_config(config)
    adapted = add_adapters(module, rank=8, alpha=16)
    trained = sum(each.numel() for each in adapted.parameters() if each.requires_grad)
    # In each of six layers four matrices of 384 · 384 and two of 384 · 1536; the pooler; the classifier.
    assert trained == 6 * 8 * (4 * 768 + 2 * 1920) + 384 * 385 + 2 * 385
    assert trained < 0.05 * module.num_parameters()


def test_only_named_layers_get_adapters(fresh):
    adapted = add_adapters(fresh(), rank=2, alpha=4, targets=("query", "value"))
    names = {name for name in adapted.state_dict() if "lora_A" in name}
    assert len(names) == 4
    assert all(".query." in name or ".value." in name for name in names)


def test_unknown_layer_is_refused_with_the_names_of_the_layers(fresh):
    with pytest.raises(RequestError, match=r"recipe.targets q_proj: .*\n  Its layers: dense, key, query, value"):
        add_adapters(fresh(), rank=2, alpha=4, targets=("q_proj",))


@pytest.mark.slow
def test_training_changes_adapters_and_head_alone(fresh, sentiment, tmp_path):
    body = {name: tensor.clone() for name, tensor in fresh().bert.encoder.state_dict().items()}
    adapted = add_adapters(fresh(), rank=4, alpha=8)
    settings = TrainingSettings(learning_rate=1e-2, batch_size=4, epochs=12)
    log = train(adapted, sentiment, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
    frozen = {
        name.replace(".base_layer", ""): each
        for name, each in adapted.base_model.model.bert.encoder.state_dict().items()
    }
    assert all(torch.equal(frozen[name], tensor) for name, tensor in body.items())
    assert max(log.search_scores) == 1.0
    batch = sentiment.collate(sentiment.rows)
    with torch.no_grad():
        assert torch.equal(merge_adapters(adapted)(**batch.inputs).logits.argmax(-1), batch.targets)
