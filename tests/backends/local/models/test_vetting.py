"""What is not yet trusted of a model is built in another process, under limits, before this one builds it."""

import base64
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import decoders, normalizers, pre_tokenizers, processors
from transformers import AutoModel, AutoModelForCausalLM, LongformerConfig, Mamba2Config

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models import vetting
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.meta_model import model_size
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.tokenizer_limits import _growth
from leaderboard.backends.local.models.vetting import vet
from leaderboard.errors import LeaderboardError, RequestError

Change = Callable[[dict[str, Any]], object]
GPT_NEO = {
    "model_type": "gpt_neo",
    "architectures": ["GPTNeoForCausalLM"],
    "max_position_embeddings": 10**6,
    "attention_types": [[["global"], 1]],
    "hidden_size": 8,
    "num_heads": 2,
    "num_layers": 1,
    "vocab_size": 300,
}


@pytest.fixture(autouse=True)
def _nothing_passed_before(vetting_remembers, monkeypatch):
    monkeypatch.setattr(vetting, "passed_folder", vetting_remembers)


@pytest.fixture
def copied(tmp_path: Path, causal_folder: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(causal_folder, folder)
    return folder


def _change(path: Path, change: Change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def _vet(folder: Path, kind: ModelKind = ModelKind.CAUSAL, name: str = "bomb") -> None:
    vet(folder, kind, {"name": name}, "owner/model")


def _replace(*rules: tuple[dict[str, str], str]) -> Change:
    normalizers = [{"type": "Replace", "pattern": pattern, "content": content} for pattern, content in rules]
    return lambda tokenizer: tokenizer.update(normalizer={"type": "Sequence", "normalizers": normalizers})


REPLACE = {"type": "Replace", "pattern": {"String": "ا"}, "content": "ﷺ"}
PUBLISHED = {
    "BERT": [{"type": "BertNormalizer", **dict.fromkeys(("clean_text", "lowercase"), True)}],
    "ALBERT": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}],
    "Gemma": [{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}],
    "Llama 2": [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ],
    "all forms": [{"type": form} for form in ("NFC", "NFD", "NFKC", "NFKD")],
}


def _normalizers(*rules: dict[str, Any]) -> Change:
    return lambda tokenizer: tokenizer.update(normalizer={"type": "Sequence", "normalizers": list(rules)})


def _split(expression: str) -> Change:
    rule = {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}
    return lambda tokenizer: tokenizer.update(pre_tokenizer=rule)


def _template(tokens: int) -> Change:
    token = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    both = [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]
    ids = {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}
    template = {"type": "TemplateProcessing", "single": [token] * tokens, "pair": both, "special_tokens": ids}
    return lambda tokenizer: tokenizer.update(post_processor=template)


def _charsmap(form: bytes) -> Change:
    table = base64.b64encode((0).to_bytes(4, "little") + b"a\0" + form + b"\0").decode()
    return lambda tokenizer: tokenizer.update(normalizer={"type": "Precompiled", "precompiled_charsmap": table})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_replace(*[({"String": "a"}, "a" * 10)] * 9), "normalizer makes 1,000,000,000 characters of one"),
        (_replace(*[({"String": "€"}, "€€")] * 30), "normalizer makes 1,073,741,824 characters of one"),
        (_replace(*[({"Regex": "(?=q)"}, "q")] * 20), "normalizer makes 1,048,576 characters of one"),
        (lambda tokenizer: tokenizer.update(normalizer={"type": "Prepend", "prepend": "a" * 10**6}), "1,000,000 char"),
        (_normalizers(*[{"type": "ByteLevel"}] * 24), "normalizer makes"),
        (_normalizers(*[{"type": "NFKC"}, REPLACE] * 3), "normalizer makes 5,832 characters of one"),
        (_charsmap(b"b" * 10**5), "makes 100,000 characters of one"),
        (_split("(a+)+$"), r"the pattern '\(a\+\)\+'"),
        (_split(r"(?:[a-z ]+)*\d"), "repetition in repetition"),
        (_template(10**5), "post_processor puts 100,000 tokens around every text"),
    ],
)
def test_a_tokenizer_that_makes_too_much_of_a_text_is_refused(copied, change, why):
    _change(copied / "tokenizer.json", change)
    with pytest.raises(RequestError, match=f"owner/model: the tokenizer: its .*{why}"):
        _vet(copied)


def test_normalizers_of_published_tokenizers_are_let_through(copied):
    spaces = ({"Regex": r"\s+"}, " "), ({"String": " "}, "▁"), ({"Regex": " {2,}"}, "▁")
    _change(copied / "tokenizer.json", _replace(({"String": "``"}, '"'), *spaces))
    _vet(copied)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_normalizer_of_a_published_tokenizer_makes_few_characters_of_one(name):
    assert _growth({"type": "Sequence", "normalizers": PUBLISHED[name]}) <= 36


def test_every_rule_of_the_library_has_a_growth():
    for module in (normalizers, pre_tokenizers, decoders, processors):
        base = {"Normalizer", "PreTokenizer", "Decoder", "PostProcessor", "DecodeStream"}
        for name in {each for each in dir(module) if each[0].isupper() and not each.isupper()} - base:
            assert _growth({"type": name}) >= 1, name
    with pytest.raises(RequestError, match="'Novel', whose effect on the length of a text is unknown"):
        _growth({"type": "Novel"})


def test_a_vocabulary_without_weights_is_refused_before_it_is_made(copied):
    weights = load_file(copied / "model.safetensors")
    del weights["model.embed_tokens.weight"]
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    _change(copied / "config.json", lambda config: config.update(vocab_size=4 * 10**7))
    reference = ModelReference.parse(str(copied))
    model = resolve(reference, dtype="float32", device_type="cpu", offline=True)
    with pytest.raises(RequestError, match=r"describes a model of 1,280,0.* numbers, its weights hold 1"):
        load(model, torch.device("cpu"))


def test_tables_out_of_proportion_are_refused(copied):
    (copied / "config.json").write_text(json.dumps(GPT_NEO))
    with pytest.raises(RequestError, match="asks for tables of 1,000,000,00"):
        _vet(copied)


def test_a_window_that_pads_every_text_is_refused_by_what_it_would_make():
    small = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "num_hidden_layers": 1}
    with pytest.raises(RequestError, match="to read 8 tokens it makes 10,000,000 numbers at once"):
        model_size(AutoModel, LongformerConfig(attention_window=[10**7], **small))
    assert model_size(AutoModel, LongformerConfig(attention_window=[512], **small)).numbers < 10**6


def test_a_pass_that_reads_a_number_is_followed_to_its_end():
    small = {"num_heads": 2, "head_dim": 8, "vocab_size": 300, "hidden_size": 8, "state_size": 8, "expand": 2}
    shape = {**small, "num_hidden_layers": 1, "n_groups": 1}
    with pytest.raises(RequestError, match="to read 8 tokens it makes"):
        model_size(AutoModelForCausalLM, Mamba2Config(chunk_size=24_000, **shape))
    assert model_size(AutoModelForCausalLM, Mamba2Config(chunk_size=256, **shape)).numbers < 10**6


@pytest.mark.slow
def test_what_takes_too_much_memory_ends_the_other_process_alone(copied, monkeypatch):
    large = {f"token {number}": number for number in range(1_000, 201_000)}
    _change(copied / "tokenizer.json", lambda tokenizer: tokenizer["model"]["vocab"].update(large))
    monkeypatch.setattr(vetting, "MEMORY", 16 << 20)
    with pytest.raises(RequestError, match="owner/model: building the tokenizer takes more than"):
        _vet(copied)
    monkeypatch.undo()
    _vet(copied)


def test_a_pattern_of_exponential_time_is_refused_by_trying_it(copied):
    _change(copied / "tokenizer.json", _split(r"(?:a|a|a)*\d"))
    with pytest.raises(ValueError, match=r"PanicException.*retry-limit-in-match over"):
        _vet(copied)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ({"signal": "SIGXCPU"}, "building config.json takes longer than 60 s"),
        ({"late": True}, "building config.json takes longer than 60 s"),
        ({"signal": "SIGABRT"}, r"building config.json takes more than 4 GB.*\(SIGABRT\)"),
        ({"memory": True}, "building config.json takes more than 4 GB"),
    ],
)
def test_why_the_other_process_ended_is_in_the_message(copied, monkeypatch, reply, why):
    monkeypatch.setattr(vetting._process, "ask", lambda request: {"building": "config.json", **reply})
    with pytest.raises(RequestError, match=f"owner/model: {why}"):
        _vet(copied)


def test_what_a_library_says_of_broken_files_is_passed_on(copied):
    (copied / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=r"\w"):
        _vet(copied)
    model = resolve(ModelReference.parse(str(copied)), dtype="float32", device_type="cpu", offline=True)
    with pytest.raises(LeaderboardError, match="cannot be loaded from"):
        load(model, torch.device("cpu"))


@pytest.mark.slow
def test_a_process_that_was_ended_is_started_again(copied):
    _vet(copied)
    ended = vetting._process._running
    assert ended is not None
    ended.send_signal(signal.SIGTERM)
    ended.wait()
    _vet(copied, name="other")
    started = vetting._process._running
    assert started is not None
    assert started.pid != ended.pid
    assert started.poll() is None


def test_what_passed_is_remembered_by_content_and_what_did_not_is_not(copied, monkeypatch):
    _vet(copied, name="one")
    monkeypatch.setattr(vetting._process, "ask", lambda request: {"refused": "asked again"})
    _vet(copied, name="one")
    for _ in range(2):
        with pytest.raises(RequestError, match="asked again"):
            _vet(copied, name="two")


@pytest.mark.slow
def test_nothing_in_the_working_directory_is_imported(copied, tmp_path, monkeypatch):
    for name in ("json", "resource", "select", "torch", "transformers", "psutil", "gguf"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    vetting._process.stop()
    monkeypatch.chdir(tmp_path)
    _vet(copied)
    assert not (tmp_path / "ran").exists()
