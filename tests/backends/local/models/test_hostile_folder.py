"""Model folders from somebody hostile: nothing runs, nothing outside is read, nothing is loaded that was not hashed."""

import inspect
import json
import os
import shutil
import socket
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES
from transformers.quantizers.auto import AUTO_QUANTIZER_MAPPING

from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.testing.models import tiny_bert, tiny_llama
from tests.synthetic.hostile import AUTO_MAP, change, opened_files, pickled, write_code

CPU = torch.device("cpu")
IDS = torch.tensor([[5, 6, 7, 8]])


def _resolve(folder: Path) -> ResolvedModel:
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def _load(folder: Path) -> LoadedModel:
    return load(_resolve(folder), CPU)


def _logits(model: LoadedModel) -> torch.Tensor:
    with torch.inference_mode():
        return model.module(IDS).logits


@pytest.fixture(scope="module")
def honest_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("honest") / "m")


@pytest.fixture
def folder(honest_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(honest_folder, tmp_path / "m")


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What an attack leaves; and nobody may be asked anything."""

    def prompted(*_: object) -> str:
        raise AssertionError("the user was asked")

    monkeypatch.setattr("builtins.input", prompted)
    return tmp_path / "mark"


def _plainly(honest_folder: Path) -> torch.Tensor:
    model = transformers.AutoModelForCausalLM.from_pretrained(honest_folder).eval()
    with torch.inference_mode():
        return model(IDS).logits


PICKLES = (
    *(
        "pytorch_model.bin",
        "model.bin",
        "tf_model.h5",
        "flax_model.msgpack",
        "model.pt",
        "rust_model.ot",
        "training_args.bin",
    ),
    *(
        "pytorch_model.bin.index.json",
        "optimizer.pt",
        "adapter_model.bin",
        ".metadata",
        "spk_dict.pt",
        "conversion.pkl",
    ),
    *("custom_generate/generate.py", "conftest.py", "transformers.py", "generation_config.py", "subject.json"),
)


def test_what_lies_beside_a_model_is_neither_opened_nor_run(folder: Path, honest_folder: Path, mark: Path) -> None:
    for name in PICKLES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(pickled(mark))
    write_code(folder, mark)
    (folder / "custom_generate" / "generate.py").write_text((folder / "evil.py").read_text())
    before = {*folder.rglob("*")}
    with opened_files() as opened:
        model = _load(folder)
        _ = model.word_tokenizer
    assert model.identity == _resolve(honest_folder).digest
    assert torch.equal(_logits(model), _plainly(honest_folder))
    assert {path.name for path in opened if path.is_relative_to(folder)}.isdisjoint(
        {Path(name).name for name in PICKLES}
    )
    assert not mark.exists()
    assert {*folder.rglob("*")} == before


FILES = ("config.json", "tokenizer_config.json", "generation_config.json", "processor_config.json")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("name", [*FILES, "preprocessor_config.json", "special_tokens_map.json", "chat_template.json"])
def test_code_that_a_file_names_is_not_run(folder: Path, mark: Path, name: str) -> None:
    write_code(folder, mark)
    change(folder / name, auto_map=AUTO_MAP, custom_pipelines={"x": {"impl": "evil.Evil"}}, custom_generate="evil")
    try:
        model = _load(folder)
    except LeaderboardError as error:
        assert "code of its own, which is never run" in str(error)  # noqa: PT017 - either is well
    else:
        _ = model.word_tokenizer
    assert not mark.exists()


@pytest.mark.parametrize("remote", ["somebody/else--evil.Evil", "evil.Evil"])
def test_a_family_that_only_its_own_code_knows_is_refused(folder: Path, mark: Path, remote: str) -> None:
    write_code(folder, mark)
    change(folder / "config.json", model_type="evil", auto_map={"AutoConfig": remote, "AutoModelForCausalLM": remote})
    change(
        folder / "tokenizer_config.json", auto_map={"AutoTokenizer": [remote, remote]}, tokenizer_class="EvilTokenizer"
    )
    with pytest.raises(RequestError, match="brings code of its own, which is never run"):
        _load(folder)
    assert not mark.exists()


NO_TOKENIZERS = ("AutoConfig", "AutoModel", "AutoModelForCausalLM", "AutoProcessor", "AutoTokenizer", "LlamaConfig")
NO_TOKENIZERS += ("PreTrainedModel", "pipeline", "Trainer", "__class__", "GenerationConfig", "LlamaForCausalLM")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("name", [*NO_TOKENIZERS, "Evil", "evil.Evil", "os.system", "../evil"])
def test_a_tokenizer_class_is_one_of_transformers(folder: Path, mark: Path, name: str) -> None:
    """`transformers` takes whatever it has of that name and calls `from_pretrained`, without our arguments."""
    write_code(folder, mark)
    change(folder / "tokenizer_config.json", tokenizer_class=name)
    change(folder / "config.json", tokenizer_class=name, auto_map=AUTO_MAP)
    with pytest.raises(LeaderboardError) if name in NO_TOKENIZERS else nullcontext():
        _load(folder)
    assert not mark.exists()


ELSEWHERE = ("w.bin", "../w.safetensors", "/tmp/w.safetensors", "sub/w.safetensors", "..\\w.safetensors")
ELSEWHERE += ("C:w.safetensors", "file:///w.safetensors", "\0.safetensors", "model.safetensors/../w.safetensors", "")


@pytest.mark.parametrize("place", [*ELSEWHERE, ["w.safetensors"], {"a": 1}, 5], ids=repr)
def test_weights_are_a_plain_file_beside_the_index(folder: Path, mark: Path, place: Any) -> None:
    (folder / "w.bin").write_bytes(pickled(mark))
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"model.norm.weight": place, "x": "model.safetensors"}}))
    with pytest.raises(RequestError, match=r"index\.json names the weights '"):
        _resolve(folder)
    index.unlink()
    change(folder / "config.json", transformers_weights=place)
    with pytest.raises(RequestError, match=r"config\.json names the weights '"):
        _resolve(folder)
    assert not mark.exists()


def test_an_index_beside_a_decoy_does_not_have_a_pickle_measured(folder: Path, mark: Path) -> None:
    """Two pickles under one identity: the second was served the numbers of the first."""
    (folder / "model.safetensors").rename(folder / "decoy.safetensors")
    (folder / "w.bin").write_bytes(pickled(mark))
    index = {"weight_map": {"model.norm.weight": "w.bin"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(RequestError, match=r"names the weights 'w\.bin'"):
        _load(folder)
    assert not mark.exists()


def test_weights_that_the_configuration_names_are_in_the_identity(folder: Path, tmp_path: Path) -> None:
    before = _resolve(folder).digest
    other = tiny_llama(tmp_path / "other", seed=1)
    shutil.copyfile(other / "model.safetensors", folder / "chosen.safetensors")
    change(folder / "config.json", transformers_weights="chosen.safetensors")
    model = _load(folder)
    assert "chosen.safetensors" in _resolve(folder).content
    assert model.identity != before
    assert torch.equal(_logits(model), _plainly(other))


@pytest.mark.slow_after(20)
@pytest.mark.parametrize("inside", [False, True], ids=["outer", "nested"])
@pytest.mark.parametrize("method", [*sorted(AUTO_QUANTIZER_MAPPING), "unheard of", None, 5])
def test_quantised_weights_are_refused(folder: Path, method: Any, inside: bool) -> None:
    """Undoing them takes whichever package the file names, and kernels from the Hub."""
    settings = {"quantization_config": {"quant_method": method, "modules_to_not_convert": ["evil"]}}
    if method == "fp8" and not inside:  # read by transformers alone; see `models.dequantisation`
        return
    change(folder / "config.json", **({"text_config": settings} if inside else settings))
    with pytest.raises(RequestError, match="its weights are quantised"):
        _resolve(folder)


def test_a_quantisation_that_says_nothing_is_none(folder: Path, honest_folder: Path) -> None:
    change(folder / "config.json", quantization_config=None)
    assert torch.equal(_logits(_load(folder)), _plainly(honest_folder))


OTHER_MODELS = (
    {"backbone": "somebody/backbone"},
    {"backbone": "/tmp/backbone"},
    {"use_timm_backbone": True},
    {"pretrained_cfg": {"hf_hub_id": "somebody/else"}, "architecture": "hf-hub:somebody/else"},
    {"vision_config": {"backbone": "resnet50"}},
)


@pytest.mark.parametrize("settings", OTHER_MODELS, ids=str)
def test_a_configuration_that_names_another_model_is_refused(folder: Path, settings: dict[str, Any]) -> None:
    change(folder / "config.json", **settings)
    with pytest.raises(RequestError, match="names another model as its backbone"):
        _resolve(folder)


@pytest.mark.parametrize("name", ["../config.1.0.json", "x/tokenizer.1.0.json", "/tmp/tokenizer.1.0.json", 5, ["a"]])
@pytest.mark.parametrize(
    ("file", "key"), [("config.json", "configuration_files"), ("tokenizer_config.json", "fast_tokenizer_files")]
)
def test_files_by_version_are_beside_the_others(folder: Path, file: str, key: str, name: Any) -> None:
    change(folder / file, **{key: [name]})
    with pytest.raises(RequestError, match=f"{key} names .* which is not in the model's folder"):
        _resolve(folder)


def test_a_configuration_for_one_version_that_is_in_no_identity_is_not_read(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.4.0.0.json").write_text(json.dumps({**config, "rms_norm_eps": 0.5}))
    change(folder / "config.json", configuration_files=["config.4.0.0.json"])
    with pytest.raises(LeaderboardError, match=r"config\.4\.0\.0\.json"):
        _load(folder)


def test_a_distributed_checkpoint_is_refused(folder: Path, mark: Path) -> None:
    shutil.copyfile(folder / "model.safetensors", folder / "shard-00001-model-00001-of-00001.safetensors")
    (folder / ".metadata").write_bytes(pickled(mark))
    with pytest.raises(RequestError, match="belongs to a distributed checkpoint"):
        _resolve(folder)
    assert not mark.exists()


ATTENTION = ("kernels-community/flash-attn", "kernels-community/vllm-flash-attn3:evil", "somebody/evil@main:f")
ATTENTION += ("flash_attention_2", "flash_attention_3", "flex_attention", "paged|sdpa", "os.system", "")
KEYS = ("attn_implementation", "_attn_implementation", "_attn_implementation_internal")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    "value", [*ATTENTION, {"": "somebody/evil"}, {"text_config": "somebody/evil"}, ["x"], 5], ids=repr
)
def test_attention_is_chosen_by_us(folder: Path, honest_folder: Path, value: Any) -> None:
    change(folder / "config.json", **dict.fromkeys(KEYS, value))
    with opened_files() as opened:
        model = _load(folder)
    assert model.module.config._attn_implementation == "sdpa"
    assert torch.equal(_logits(model), _plainly(honest_folder))
    assert not [path for path in opened if path.name.startswith("socket")]


def test_plain_attention_may_be_chosen_by_a_model(folder: Path) -> None:
    change(folder / "config.json", attn_implementation="eager")
    assert _load(folder).module.config._attn_implementation == "eager"


OURS = {
    "experts_implementation": "somebody/experts",
    "_experts_implementation": {"": "somebody/experts"},
    "fusion_config": {"patch_embeddings": True},
    "kernel_config": {"RMSNorm": "somebody/kernel:RMSNorm"},
    "use_kernels": True,
    "_adapter_model_path": "/tmp/adapter",
    "base_model_name_or_path": "somebody/base",
    "_name_or_path": "somebody/else",
    "name_or_path": "somebody/else",
    "_commit_hash": "main",
    "extra_files": ["../w.bin"],
    "trust_remote_code": True,
    "subfolder": "..",
    "gguf_file": "x.gguf",
    "generation_config": "/tmp",
    "assistant_model": "somebody/assistant",
    "distributed_config": {"tp_size": 2},
    "tp_plan": "auto",
    "device_map": "auto",
    "use_safetensors": False,
    "variant": "evil",
    "local_files_only": False,
    "cache_dir": "/tmp",
}


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("setting", sorted(OURS))
def test_settings_that_are_arguments_of_loading_have_no_effect(folder: Path, honest_folder: Path, setting: str) -> None:
    change(folder / "config.json", **{setting: OURS[setting]})
    with opened_files() as opened:
        model = _load(folder)
    assert torch.equal(_logits(model), _plainly(honest_folder))
    assert not [path for path in opened if path.name.startswith("socket")]


@pytest.mark.slow_after(4)
@pytest.mark.parametrize(
    "value", ["load", "jit", "hub", "__name__", "os", "float8_e4m3fn", "no_such_thing", 5, ["float32"]]
)
@pytest.mark.parametrize("key", ["dtype", "torch_dtype"])
def test_a_precision_in_a_configuration_is_only_a_name(folder: Path, mark: Path, key: str, value: Any) -> None:
    change(folder / "config.json", **{"dtype": None, key: value})
    try:
        model = _load(folder)
    except LeaderboardError as error:
        assert "cannot be loaded" in str(error)  # noqa: PT017 - either is well
    else:
        assert model.dtype == torch.float32
    assert not mark.exists()


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device", "nowhere", "loop"])
def test_what_is_no_file_is_refused_and_not_waited_for(folder: Path, name: str, kind: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(folder)  # a socket's path may have a hundred characters
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(name)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"device": "/dev/zero", "nowhere": "/nowhere", "loop": path}[kind])
    with pytest.raises(RequestError, match=f"{name} in .* is (not a regular file|a link to .* which is not there)"):
        _resolve(folder)


@pytest.mark.parametrize(
    "name", ["tokenizer_config.json", "chat_template.jinja", "vocab.txt", "generation_config.json"]
)
def test_a_link_to_a_secret_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE KEY")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "id_rsa")
    with opened_files() as opened, pytest.raises(RequestError, match=r"is a link to .*id_rsa, outside that folder"):
        _resolve(folder)
    assert not [path for path in opened if path.resolve().name == "id_rsa"]


def test_a_folder_of_templates_that_lies_elsewhere_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "private.jinja").write_text("secret")
    (folder / "additional_chat_templates").symlink_to(tmp_path / "letters")
    with pytest.raises(RequestError, match="outside that folder"):
        _resolve(folder)


def test_a_folder_of_links_to_the_files_of_another_is_that_model(folder: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    for path in folder.iterdir():
        (linked / path.name).symlink_to(path)
    (tmp_path / "whole").symlink_to(folder)
    assert _load(linked).identity == _load(tmp_path / "whole").identity == _resolve(folder).digest


PATHS = (
    "vocab_file",
    "merges_file",
    "tokenizer_file",
    "spm_file",
    "chat_template_file",
    "sp_model_file",
    "added_tokens_file",
)
PATHS += ("vocab", "merges", "special_tokens_map_file", "tokenizer_config_file", "source_spm_file", "mecab_option")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    "cls", ["BertTokenizer", "LlamaTokenizer", "GPT2Tokenizer", "XLNetTokenizer", "RobertaTokenizer"]
)
@pytest.mark.parametrize("file", ["tokenizer_config.json", "special_tokens_map.json"])
def test_a_tokenizer_reads_no_file_that_its_settings_name(tmp_path: Path, cls: str, file: str) -> None:
    folder, secret = tiny_bert(tmp_path / "m"), tmp_path / "secret.txt"
    secret.write_text("[UNK]\nprivate\n")
    change(folder / "tokenizer_config.json", tokenizer_class=cls, init_inputs=[str(secret)])
    change(folder / file, **dict.fromkeys(PATHS, str(secret)), sp_model_kwargs={"model_file": str(secret)})
    with opened_files() as opened:
        try:
            model = _load(folder)
        except LeaderboardError:
            return
        finally:
            assert secret not in opened
    assert "private" not in model.tokenizer.get_vocab()


def test_files_that_are_exchanged_while_they_are_loaded_are_noticed(
    folder: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    from leaderboard.backends.local.models import loading

    other, model = tiny_llama(tmp_path / "other", seed=1), _resolve(folder)
    load_tokenizer = loading.load_tokenizer

    def exchanging(*arguments: Any) -> Any:
        shutil.copyfile(other / "model.safetensors", folder / "model.safetensors")
        return load_tokenizer(*arguments)

    monkeypatch.setattr(loading, "load_tokenizer", exchanging)
    with pytest.raises(LeaderboardError, match="are not those that this run began with"):
        load(model, CPU)


def test_a_configuration_that_is_exchanged_after_it_was_hashed_is_not_read(folder: Path) -> None:
    model = _resolve(folder)
    change(folder / "generation_config.json", repetition_penalty=9.0)  # in the identity by its effect alone
    with pytest.raises(LeaderboardError, match="are not those that this run began with"):
        load(model, CPU)


DEEP = "[" * 200_000


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "special_tokens_map.json"])
@pytest.mark.parametrize("text", [DEEP, '{"a":' + DEEP, "", "5", "null", "[]", '{"x": ' + "9" * 5000 + "}", "\xff\xfe"])
def test_a_file_that_is_not_what_its_name_says_is_refused(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="latin-1")
    with pytest.raises(LeaderboardError) as refusal:
        _load(folder)
    assert name in str(refusal.value) or str(folder) in str(refusal.value)


@pytest.mark.slow_after(4)
@pytest.mark.parametrize(
    "key", ["architectures", "model_type", "is_encoder_decoder", "decoder", "text_config", "eos_token_id"]
)
@pytest.mark.parametrize("value", [5, [[1]], {"a": {}}, "x", [None], True], ids=repr)
def test_settings_of_a_wrong_type_are_told_in_one_message(folder: Path, key: str, value: Any) -> None:
    change(folder / "config.json", **{key: value})
    change(folder / "generation_config.json", **{key: value})
    try:
        _load(folder)
    except LeaderboardError as error:
        assert str(error).startswith(str(folder))  # noqa: PT017 - some are harmless


TOKENIZERS = sorted({name for name in TOKENIZER_MAPPING_NAMES.values() if name})


@pytest.mark.slow
@pytest.mark.parametrize("cls", TOKENIZERS)
def test_no_tokenizer_of_transformers_reads_a_file_that_settings_name(tmp_path: Path, cls: str) -> None:
    """Without the private folder 60 of them do. Rust and C++ open files that Python does not see: their times tell."""
    folder, secret = tiny_bert(tmp_path / "m"), tmp_path / "secret.txt"
    secret.write_text("[UNK]\nprivate\n")
    try:
        arguments = set(inspect.signature(getattr(transformers, cls).__init__).parameters)
        arguments |= set(getattr(transformers, cls).vocab_files_names)
    except (AttributeError, ImportError):  # of a package that is not installed
        arguments = set()
    named = {name for name in arguments | set(PATHS) if name == "vocab" or name.endswith(("s", "_file"))} - {"self"}
    change(folder / "tokenizer_config.json", tokenizer_class=cls, init_inputs=[str(secret)] * 3)
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        change(folder / file, **{name: str(secret) for name in named if "kwargs" not in name and name != "init_inputs"})
    os.utime(secret, (1_000_000_000, 1_500_000_000))
    with opened_files() as opened, suppress(LeaderboardError):
        _load(folder)
    assert secret not in opened
    assert secret.stat().st_atime == 1_000_000_000
