"""Quantised checkpoints: exactly their numbers where something reads them, else one line that says what is missing."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.fp8_weights import write_meaning
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.errors import RequestError
from leaderboard.testing.models import tiny_llama
from tests.synthetic.hostile import change

LARGEST = 448
"""Largest number of 8-bit floats with 4 bits of exponent."""
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}
COMPRESSED = {
    "quant_method": "compressed-tensors",
    "format": "float-quantized",
    "quantization_status": "compressed",
    "ignore": ["lm_head"],
    "config_groups": {
        "group_0": {
            "targets": ["Linear"],
            "weights": {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": True, "dynamic": False},
        }
    },
}


def resolved(folder: Path) -> ResolvedModel:
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def quantised(folder: Path, settings: dict[str, Any], *, scale: str, by_row: bool) -> dict[str, torch.Tensor]:
    """Write a Llama with 8-bit floats; return what its weights mean."""
    path = tiny_llama(folder) / "model.safetensors"
    tensors, meaning = load_file(path), {}
    for name, weight in list(tensors.items()):
        if name.endswith("proj.weight"):
            largest = weight.abs().amax(1, keepdim=True) if by_row else weight.abs().amax().view(1, 1)
            tensors[name] = (weight / largest * LARGEST).to(torch.float8_e4m3fn)
            tensors[name.replace("weight", scale)] = (largest / LARGEST).contiguous()
            meaning[name] = tensors[name].float() * largest / LARGEST
    save_file(tensors, path, metadata={"format": "pt"})
    change(folder / "config.json", quantization_config=settings)
    return meaning


def check_meaning(folder: Path, meaning: dict[str, torch.Tensor]) -> None:
    model = load(resolved(folder), torch.device("cpu"))
    weights = model.module.state_dict()
    assert all(torch.allclose(weights[name], weight, rtol=1e-6) for name, weight in meaning.items())
    assert model.kind is ModelKind.CAUSAL
    assert "computed with as float numbers" in model.notes[0]


def test_weights_of_8_bit_floats_are_the_numbers_that_they_mean(tmp_path: Path) -> None:
    meaning = quantised(tmp_path / "fp8", FP8, scale="weight_scale_inv", by_row=False)
    check_meaning(tmp_path / "fp8", meaning)
    before = resolved(tmp_path / "fp8")
    assert (tmp_path / "fp8" / "config.json").name in before.content
    change(tmp_path / "fp8" / "generation_config.json", repetition_penalty=1.3)
    assert resolved(tmp_path / "fp8").generation["repetition_penalty"] == 1.3


def test_blocks_at_the_edges_of_a_weight_are_smaller(tmp_path: Path) -> None:
    weight = (torch.arange(15.0).view(3, 5) - 7).to(torch.float8_e4m3fn)
    scale = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    save_file({"a.weight": weight, "norm.weight": torch.ones(3)}, tmp_path / "1.safetensors")
    save_file({"a.weight_scale_inv": scale}, tmp_path / "2.safetensors")
    write_meaning(sorted(tmp_path.glob("*.safetensors")), [2, 2], "m")
    expected = weight.float() * torch.tensor([[1, 1, 2, 2, 3], [1, 1, 2, 2, 3], [10, 10, 20, 20, 30]])
    assert torch.equal(load_file(tmp_path / "1.safetensors")["a.weight"], expected)
    assert load_file(tmp_path / "2.safetensors") == {}
    save_file({"a.weight": weight, "a.weight_scale_inv": scale}, tmp_path / "3.safetensors")
    with pytest.raises(RequestError, match=r"scales of shape \(2, 3\), and its blocks .* are \(1, 3\)"):
        write_meaning([tmp_path / "3.safetensors"], [3, 2], "m")


def test_compressed_tensors_are_read_by_their_package_or_it_is_named(tmp_path: Path) -> None:
    meaning = quantised(tmp_path / "ct", COMPRESSED, scale="weight_scale", by_row=True)
    if importlib.util.find_spec("compressed_tensors") is not None:
        check_meaning(tmp_path / "ct", meaning)
        return
    with pytest.raises(
        RequestError, match=r"not installed\n  Install it \(pip install 'lm-leaderboard\[quantised\]', or comp"
    ):
        resolved(tmp_path / "ct")


@pytest.mark.parametrize("bits", [4, 8])
def test_bitsandbytes_is_read_by_its_package_or_it_is_named(bits: int, tmp_path: Path) -> None:
    base = tiny_llama(tmp_path / "base")
    if importlib.util.find_spec("bitsandbytes") is None:
        change(base / "config.json", quantization_config={"quant_method": "bitsandbytes", f"load_in_{bits}bit": True})
        with pytest.raises(
            RequestError, match=r"not installed\n  Install it \(pip install 'lm-leaderboard\[quantised\]', or bits"
        ):
            resolved(base)
        return
    options: Any = {f"load_in_{bits}bit": True}
    folder = tiny_llama(tmp_path / "bnb")
    with quietly():
        model = AutoModelForCausalLM.from_pretrained(base, quantization_config=BitsAndBytesConfig(**options))
        model.save_pretrained(folder)
        meaning = model.dequantize(dtype=torch.float32).state_dict()
    check_meaning(folder, {name: weight for name, weight in meaning.items() if name.endswith("proj.weight")})


@pytest.mark.parametrize(("method", "package"), [("gptq", "gptqmodel"), ("awq", "gptqmodel")])
def test_other_methods_are_refused_with_what_reads_them(method: str, package: str, tmp_path: Path) -> None:
    folder = tiny_llama(tmp_path / "m")
    change(folder / "config.json", quantization_config={"quant_method": method, "bits": 4})
    with pytest.raises(RequestError, match=rf"'{method}'\), which takes {package} to read.*\n  .*serve it"):
        resolved(folder)


def test_patterns_that_take_long_to_match_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    folder = tiny_llama(tmp_path / "m")
    change(folder / "config.json", quantization_config=COMPRESSED | {"ignore": ["re:(a+)+b"]})
    with pytest.raises(RequestError, match=r"names modules by 're:\(a\+\)\+b', which is not read"):
        resolved(folder)


def test_weights_that_lack_their_scales_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fp8"
    quantised(folder, FP8, scale="weight_scale_inv", by_row=False)
    tensors = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if not name.endswith("scale_inv")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RequestError, match=r"layers\.0\.mlp\.down_proj\.weight has no scale"):
        resolved(folder)
    assert json.loads((folder / "config.json").read_text())["quantization_config"] == FP8
