"""Adapters of PEFT as models: merged into their base once, with both in the identity."""

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
)

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.testing.models import tiny_bert, tiny_llama, tiny_t5
from tests.backends.local.models.conftest import COMMIT
from tests.synthetic.hostile import change

IDS = torch.tensor([[5, 6, 7, 8]])
CPU = torch.device("cpu")
METHODS: dict[str, Any] = {
    "lora": peft.LoraConfig(r=4, target_modules=["q_proj", "down_proj"]),
    "ia3": peft.IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"]),
    "dora": peft.LoraConfig(r=4, target_modules=["q_proj"], use_dora=True),
    "ranks": peft.LoraConfig(r=4, target_modules="all-linear", rank_pattern={"q_proj": 2}, use_rslora=True),
    "adalora": peft.AdaLoraConfig(target_modules=["q_proj"], init_r=6, target_r=4, total_step=10),
    "loha": peft.LoHaConfig(r=4, target_modules=["q_proj"]),
    "lokr": peft.LoKrConfig(r=4, target_modules=["q_proj"]),
}


def resolved(reference: Path | str) -> ResolvedModel:
    return resolve(ModelReference.parse(str(reference)), dtype="float32", device_type="cpu", offline=True)


def logits(module: torch.nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        return module.eval()(IDS).logits


def save_adapter(
    model_class: Any, base: Path, config: Any, folder: Path, inputs: Any = None, **options: Any
) -> torch.Tensor:
    """Write an adapter with random weights; return the logits of its model."""
    with quietly(), warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        adapted = peft.get_peft_model(model_class.from_pretrained(base, **options), config)
        for name, parameter in adapted.named_parameters():
            if parameter.requires_grad and "ranknum" not in name:
                parameter.data += 0.2 * torch.randn_like(parameter)
        expected = adapted.eval()(**(inputs or {"input_ids": IDS})).logits.detach()
        adapted.save_pretrained(folder)
    change(folder / "adapter_config.json", base_model_name_or_path=None)
    return expected


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("base") / "llama")


@pytest.fixture
def adapter(base: Path, tmp_path: Path) -> Path:
    save_adapter(AutoModelForCausalLM, base, METHODS["lora"], tmp_path / "adapter")
    return tmp_path / "adapter"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("method", METHODS)
def test_a_merged_adapter_gives_the_logits_of_its_model(method: str, base: Path, tmp_path: Path) -> None:
    expected = save_adapter(AutoModelForCausalLM, base, METHODS[method], tmp_path / "a")
    model = load(resolved(f"adapter:{tmp_path / 'a'}@{base}"), CPU)
    assert model.kind is ModelKind.CAUSAL
    learned = (expected - logits(AutoModelForCausalLM.from_pretrained(base))).abs().max()
    assert learned > 1e-3
    assert (logits(model.module) - expected).abs().max() < 0.01 * learned
    assert f"merged into its base {base}" in model.notes[0]


def test_the_identity_is_that_of_the_adapter_and_of_its_base(base: Path, adapter: Path, tmp_path: Path) -> None:
    first = resolved(f"adapter:{adapter}@{base}")
    elsewhere = shutil.copytree(base, tmp_path / "elsewhere")
    assert resolved(f"adapter:{adapter}@{elsewhere}").digest == first.digest
    other_base = tiny_llama(tmp_path / "other", seed=1)
    assert resolved(f"adapter:{adapter}@{other_base}").digest != first.digest
    change(adapter / "adapter_config.json", lora_alpha=3)
    assert resolved(f"adapter:{adapter}@{base}").digest != first.digest


def test_the_configuration_names_the_base(base: Path, adapter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(base.parent)
    change(adapter / "adapter_config.json", base_model_name_or_path=base.name)
    assert resolved(adapter).digest == resolved(f"adapter:{adapter}@{base}").digest


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("method", "options"), [(peft.LoraConfig, {"r": 2}), (peft.IA3Config, {})])
def test_an_adapter_with_a_head_is_a_classifier_with_its_labels(method: Any, options: Any, tmp_path: Path) -> None:
    base, folder = tiny_bert(tmp_path / "b"), tmp_path / "a"
    config = method(task_type="SEQ_CLS", modules_to_save=["classifier", "bert.pooler"], **options)
    expected = save_adapter(AutoModelForSequenceClassification, base, config, folder, num_labels=3)
    model = load(resolved(f"adapter:{folder}@{base}"), CPU)
    assert model.kind is ModelKind.CLASSIFIER
    assert model.labels == ("LABEL_0", "LABEL_1", "LABEL_2")
    assert torch.allclose(logits(model.module), expected, atol=1e-4)
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "bad", "1": "fair", "2": "good"}}))
    assert load(resolved(f"adapter:{folder}@{base}"), CPU).labels == ("bad", "fair", "good")


def test_a_head_without_its_pooler_is_refused(tmp_path: Path) -> None:
    base = tiny_bert(tmp_path / "b")
    config = peft.LoraConfig(task_type="SEQ_CLS", r=2)
    save_adapter(AutoModelForSequenceClassification, base, config, tmp_path / "a")
    with pytest.raises(RequestError, match=r"neither the adapter nor its base .* has the weights bert\.pooler"):
        resolved(f"adapter:{tmp_path / 'a'}@{base}")


def test_a_masked_model_stays_one(tmp_path: Path) -> None:
    base = tiny_bert(tmp_path / "b")
    expected = save_adapter(AutoModelForMaskedLM, base, peft.LoraConfig(target_modules=["query"]), tmp_path / "a")
    model = load(resolved(f"adapter:{tmp_path / 'a'}@{base}"), CPU)
    assert model.kind is ModelKind.MASKED
    assert torch.allclose(logits(model.module), expected, atol=1e-4)


def test_another_architecture_is_refused_in_one_line(adapter: Path, tmp_path: Path) -> None:
    base = tiny_bert(tmp_path / "b")
    with pytest.raises(RequestError, match=r"adapter@[^\n]*: does not fit its base [^\n]*\n  An adapter belongs to"):
        resolved(f"adapter:{adapter}@{base}")


@pytest.mark.slow
def test_other_shapes_are_refused_in_one_line(base: Path, adapter: Path, tmp_path: Path) -> None:
    other = shutil.copytree(base, tmp_path / "other")
    model = AutoModelForCausalLM.from_pretrained(base)
    model.config.intermediate_size *= 2
    with quietly():
        type(model)(model.config).save_pretrained(other)
    with pytest.raises(RequestError, match=r"does not fit its base [^\n]*\n  An adapter belongs to"):
        resolved(f"adapter:{adapter}@{other}")


def test_pickled_weights_are_refused_with_the_command_that_converts_them(base: Path, adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(RequestError, match=r"no adapter_model\.safetensors .*\n  Convert it once.*weights_only=True"):
        resolved(f"adapter:{adapter}@{base}")


def test_a_base_that_is_not_named_or_not_there_is_asked_for(adapter: Path) -> None:
    with pytest.raises(RequestError, match=r"names no base .*\n  .*--base REF"):
        resolved(adapter)
    change(adapter / "adapter_config.json", base_model_name_or_path="models/none/here")
    with pytest.raises(RequestError, match=r"the base of this adapter: model 'models/none/here': no such folder"):
        resolved(adapter)
    change(adapter / "adapter_config.json", base_model_name_or_path="someone/model")
    with pytest.raises(SourceUnavailableError, match=r"the base of this adapter: [^\0]*--base REF"):
        resolved(adapter)


def test_an_adapter_is_no_base(base: Path, adapter: Path) -> None:
    with pytest.raises(RequestError, match="is an adapter itself"):
        resolved(f"adapter:{adapter}@{adapter}")
    with pytest.raises(RequestError, match="holds no adapter"):
        ModelReference.parse(f"adapter:{base}@{base}")


def test_a_base_that_generates_otherwise_is_merged_anew(base: Path, adapter: Path, tmp_path: Path) -> None:
    other = shutil.copytree(base, tmp_path / "other")
    (other / "generation_config.json").unlink(missing_ok=True)
    before = resolved(f"adapter:{adapter}@{other}")
    (other / "generation_config.json").write_text(json.dumps({"repetition_penalty": 1.7}))
    after = resolved(f"adapter:{adapter}@{other}")
    assert before.generation == {}
    assert after.generation["repetition_penalty"] == 1.7
    assert before.identity != after.identity


def on_hub(hub: Path, folder: Path, name: str) -> str:
    """Put a folder into the cache of the Hub; return its commit."""
    repository = hub / f"models--{name.replace('/', '--')}"
    shutil.copytree(folder, repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return COMMIT


def test_an_adapter_is_fetched_from_the_hub_as_weights_are(hub: Path, base: Path, adapter: Path) -> None:
    commit = on_hub(hub, adapter, "owner/adapter")
    model = resolved(f"adapter:owner/adapter@{base}")
    assert model.digest == resolved(f"adapter:{adapter}@{base}").digest
    assert model.revision == commit
    assert resolved(f"adapter:owner/adapter@{commit}@{base}").digest == model.digest
    on_hub(hub, base, "owner/base")
    change(
        hub / "models--owner--adapter" / "snapshots" / commit / "adapter_config.json",
        base_model_name_or_path="owner/base",
    )
    assert "merged into its base owner/base" in resolved("owner/adapter").notes[0]


def test_an_adapter_that_is_not_in_the_cache_is_named(hub: Path, base: Path, adapter: Path) -> None:
    with pytest.raises(SourceUnavailableError, match=r"model 'owner/adapter' is not in the Hub cache[^\0]*--offline"):
        resolved(f"adapter:owner/adapter@{base}")
    (adapter / "adapter_model.safetensors").unlink()  # a pickle is not fetched
    on_hub(hub, adapter, "owner/pickled")
    with pytest.raises(RequestError, match=r"no adapter_model\.safetensors[^\0]*take a revision that has it"):
        resolved(f"adapter:owner/pickled@{base}")


def test_a_model_of_the_hub_is_no_adapter_and_an_adapter_no_base(hub: Path, base: Path, adapter: Path) -> None:
    on_hub(hub, base, "owner/base")
    with pytest.raises(RequestError, match="owner/base is no adapter"):
        resolved(f"adapter:owner/base@{base}")
    change(adapter / "adapter_config.json", base_model_name_or_path="owner/adapter")
    on_hub(hub, adapter, "owner/adapter")
    with pytest.raises(RequestError, match="owner/adapter: is an adapter itself"):
        resolved("owner/adapter")


@pytest.mark.slow_after(2)
def test_an_adapter_of_an_encoder_decoder_gives_its_logits(tmp_path: Path) -> None:
    base, folder = tiny_t5(tmp_path / "t5"), tmp_path / "a"
    config = peft.LoraConfig(task_type="SEQ_2_SEQ_LM", r=2, target_modules=["q", "v", "wi"])
    inputs = {"input_ids": IDS, "decoder_input_ids": IDS}
    expected = save_adapter(AutoModelForSeq2SeqLM, base, config, folder, inputs)
    model = load(resolved(f"adapter:{folder}@{base}"), CPU)
    assert model.kind is ModelKind.ENCODER_DECODER
    with torch.inference_mode():
        plain = AutoModelForSeq2SeqLM.from_pretrained(base).eval()(**inputs).logits
        assert torch.allclose(model.module(**inputs).logits, expected, atol=1e-4)
    assert (plain - expected).abs().max() > 1e-3
    assert model.module.generation_config.decoder_start_token_id == model.module.config.decoder_start_token_id
