"""Folders of models: configurations, indexes of weights and settings of tokenizers, as they are read before loading."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from safetensors.numpy import save

from leaderboard.backends.local.models.gguf_header import gguf_weight_size
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.safetensors_header import weight_size
from tests.fuzz.mutation import mutated_bytes, mutated_json
from tests.fuzz.target import Target

_WEIGHTS = (2).to_bytes(8, "little") + b"{}"
"""Safetensors without a tensor."""
_CONFIGS = (
    (
        b'{"architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, '
        b'"num_attention_heads": 2, "vocab_size": 99, "intermediate_size": 16, "max_position_embeddings": 64}'
    ),
    (
        b'{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8, "num_hidden_layers": 2, '
        b'"num_attention_heads": 2, "eos_token_id": [1, 2], "rope_parameters": {"rope_type": "linear"}}'
    ),
    (
        b'{"architectures": ["BertForSequenceClassification"], "model_type": "bert", "num_labels": 2, '
        b'"id2label": {"0": "NEG", "1": "POS"}, "label2id": {"NEG": 0, "POS": 1}, "problem_type": null}'
    ),
    b'{"architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "is_encoder_decoder": true}',
    b'{"model_type": "gemma3", "text_config": {"hidden_size": 8, "num_hidden_layers": 2}, "vision_config": {}}',
)
_BESIDE = (
    b'{"weight_map": {"a": "model.safetensors"}, "metadata": {"total_size": 8}}',
    b'{"do_sample": true, "temperature": 0.5, "repetition_penalty": 1.2, "eos_token_id": 2, "suppress_tokens": [1]}',
    b'{"tokenizer_class": "BertTokenizer", "model_max_length": 512, "do_lower_case": true, "auto_map": null}',
)
_NAMES = ("config.json", "model.safetensors.index.json", "generation_config.json", "tokenizer_config.json")


def _read_folder(data: bytes, folder: Path) -> None:
    """The input in place of the file that it looks like, beside files that are as they should be."""
    own = folder / "model"
    own.mkdir(exist_ok=True)
    for name, content in zip(_NAMES, (_CONFIGS[1], *_BESIDE), strict=True):
        (own / name).write_bytes(content)
    (own / "model.safetensors").write_bytes(_WEIGHTS)
    (own / "tokenizer.json").write_bytes(b"{}")
    marks = {"weight_map": 1, "do_sample": 2, "temperature": 2, "tokenizer_class": 3}
    place = next((number for mark, number in marks.items() if mark.encode() in data), 0)
    (own / _NAMES[place]).write_bytes(data)
    resolve(ModelReference.parse(str(own)), dtype="auto", device_type="cpu", offline=True)


@cache
def _gguf_files() -> tuple[bytes, ...]:
    """A small model's header with values of every kind, and one tensor."""
    import gguf

    with TemporaryDirectory() as folder:
        file = Path(folder, "model.gguf")
        writer = gguf.GGUFWriter(file, "llama")
        writer.add_block_count(2)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_bool("x.flag", True)
        writer.add_token_list(["a", "b", "</s>"])
        writer.add_token_scores([0.0, -1.0, -2.0])
        writer.add_tensor("token_embd.weight", np.zeros((3, 8), dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return (file.read_bytes(),)


def _read_gguf(data: bytes, folder: Path) -> None:
    (folder / "model.gguf").write_bytes(data)
    gguf_weight_size(folder / "model.gguf")


@cache
def _safetensors_files() -> tuple[bytes, ...]:
    return (save({"a.weight": np.zeros((2, 3), np.float32), "b": np.zeros(4, np.int8)}, {"format": "pt"}),)


def _read_safetensors(data: bytes, folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(data)
    weight_size([folder / "model.safetensors"], "model")


TARGETS = (
    Target(
        name="model folders",
        inputs=1_000,
        seeds=lambda: (*_CONFIGS, *_BESIDE),
        change=mutated_json,
        read=_read_folder,
    ),
    Target(name="gguf headers", inputs=4_000, seeds=_gguf_files, change=mutated_bytes, read=_read_gguf),
    Target(
        name="safetensors headers",
        inputs=4_000,
        seeds=_safetensors_files,
        change=mutated_bytes,
        read=_read_safetensors,
    ),
)
