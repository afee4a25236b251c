"""Bombs: small files of a model that would take all memory or never end are refused, and honest ones are not."""

import json
import struct
from pathlib import Path

import pytest
from transformers import CONFIG_MAPPING

from leaderboard.backends.local.models.config_limits import MOST_ENTRIES, check_numbers, excess_of, read_object
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.safetensors_header import WeightSize, weight_size
from leaderboard.backends.local.models.vetting import check_promise
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.testing.models import tiny_bert
from tests.in_one_test import in_one_test

LARGE = {
    "Llama 3.1 405B": {
        "hidden_size": 16384,
        "intermediate_size": 53248,
        "num_hidden_layers": 126,
        "rope_theta": 500000,
    },
    "Llama 4 Scout": {"text_config": {"max_position_embeddings": 10_485_760, "num_local_experts": 16}},
    "DeepSeek-V3": {"n_routed_experts": 256, "num_hidden_layers": 61, "num_nextn_predict_layers": 1},
    "Kimi K2": {"n_routed_experts": 384, "max_position_embeddings": 262_144, "vocab_size": 163_840},
    "Gemma 3": {"text_config": {"vocab_size": 262_208, "hidden_size": 5376}, "vision_config": {"image_size": 896}},
    "Llama 3 8B Gradient 4M": {"rope_theta": 45_203_483_671, "max_position_embeddings": 4_194_304},
    "XLM-V": {"vocab_size": 901_629},
    "Mamba 2": {"time_step_limit": [0.0, float("inf")], "expand": 2, "state_size": 128},
    "BLOOM 176B": {"n_layer": 70, "n_head": 112, "hidden_size": 14336, "vocab_size": 250_880},
    "NLLB 54B": {"num_experts": 128, "encoder_layers": 24, "max_length": 200, "vocab_size": 256_206},
    "XLNet": {"n_positions": -1, "clamp_len": -1, "mem_len": None},
    "DeepNet": {"num_hidden_layers": 1000},
    "LLaVA": {"model_max_length": 10**30, "vision_feature_layer": -2},
    "ImageNet-21k": {"id2label": {str(number): f"class {number}" for number in range(21_843)}},
}
BOMBS = {
    "num_labels": 10**9,
    "num_hidden_layers": 10**6,
    "num_layers": 20_000,
    "n_layer": 0,
    "decoder_layers": 10**5,
    "hidden_size": -1,
    "num_attention_heads": 10**6,
    "num_key_value_heads": 10**6,
    "num_local_experts": 10**7,
    "n_routed_experts": 10**6,
    "vocab_size": 2**40,
    "max_position_embeddings": 10**9,
    "conv_kernel": 2**63,
    "intermediate_size": 10**400,
    "attention_window": [512, 10**6],
    "text_config": {"vision": {"depth": 10**5}},
    "layer_types": ["full_attention"] * (MOST_ENTRIES + 1),
    "id2label": {str(number): "x" for number in range(MOST_ENTRIES + 1)},
}


@in_one_test("name", LARGE)
def test_the_largest_published_configurations_are_within_bounds(name):
    assert excess_of(LARGE[name]) is None


@in_one_test("family", ["bert", "deepseek_v3", "gpt_neo", "jamba", "llama4", "mamba2", "mt5", "xlnet"])
def test_configurations_of_transformers_are_within_bounds(family):
    assert excess_of(json.loads(CONFIG_MAPPING[family]().to_json_string(use_diff=False))) is None


@in_one_test("key", BOMBS)
def test_a_number_that_no_model_has_is_refused_by_its_key_and_bound(key):
    with pytest.raises(RequestError, match=rf"owner/model: config.json: {key}.*(at most|at least) \d") as refused:
        check_numbers({"model_type": "llama", key: BOMBS[key]}, "config.json", "owner/model")
    assert len(str(refused.value)) < 400


def test_a_model_with_such_a_number_is_refused_before_it_is_loaded(tmp_path):
    folder = tiny_bert(tmp_path / "bomb")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_labels": 10**9}))
    with pytest.raises(RequestError, match="num_labels: 1,000,000,000; it can be at most 100,000"):
        resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def test_brackets_nested_too_deep_are_refused(tmp_path):
    with pytest.raises(RequestError, match="a: brackets are nested deeper"):
        check_numbers(json.loads('{"a":' * 50 + "1" + "}" * 50), "config.json", "m")
    path = tmp_path / "config.json"
    path.write_text('{"a":' * 10**5 + "1" + "}" * 10**5)
    with pytest.raises(RequestError, match="more than 100 lists or objects inside one another"):
        read_object(path)


def test_a_file_of_many_empty_lists_is_refused_unread(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text('{"a": [' + "[]," * 6_000_000 + "1]}")
    with pytest.raises(RequestError, match=r"more than 10,000,000 values \(there are about 12,000,00\d\)"):
        read_object(path)


def _safetensors(path: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def _tensor(kind: str, begin: int, end: int) -> dict[str, object]:
    return {"dtype": kind, "shape": [1], "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("header", "length", "why"),
    [
        ({}, 2**63, "its header is said to have 9,223,372,036,854,775,808 bytes"),
        ({}, 10**8, "its header is said to have"),
        ({"t": _tensor("F32", 0, 2**40)}, None, "lie outside of the file"),
        ({"t": _tensor("F32", -4, 4)}, None, "lie outside of the file"),
        ({f"t{number}": _tensor("F32", 0, 16) for number in range(100)}, None, "they overlap"),
        ({"t": {"dtype": "F32"}}, None, "no type or no place"),
        ({"t": {"dtype": "F32", "data_offsets": "ab"}}, None, "no type or no place"),
        ({"t": {"dtype": "F32", "data_offsets": [1]}}, None, "no type or no place"),
        (b"[" * 10**5, None, "no JSON"),
        (b"[]", None, "no JSON object"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, header, length, why):
    path = _safetensors(tmp_path / "model.safetensors", header, b"\0" * 16, length)
    with pytest.raises(LeaderboardError, match=why):
        weight_size([path], "m")


def test_a_header_says_how_many_numbers_there_are(tmp_path):
    header = {
        "__metadata__": {},
        "a": _tensor("F32", 0, 16),
        "b": _tensor("BF16", 16, 20),
        "c": _tensor("F8", 20, 23),
    }
    path = _safetensors(tmp_path / "model.safetensors", header, b"\0" * 23)
    assert weight_size([path, path], "m") == WeightSize(numbers=2 * (4 + 2 + 3), bytes=46)


def test_a_promise_that_the_weights_do_not_hold_is_refused():
    held = WeightSize(numbers=10**6, bytes=4 * 10**6)
    check_promise(2 * 10**6 + 2**24, 2**30, held, "m")  # a new head, and tables
    with pytest.raises(RequestError, match="describes a model of 1,280,000,000 numbers, its weights hold 1,000,000"):
        check_promise(1_280_000_000, 0, held, "m")
    with pytest.raises(RequestError, match="tables of 10,000,000,000 bytes"):
        check_promise(10**6, 10**10, held, "m")
