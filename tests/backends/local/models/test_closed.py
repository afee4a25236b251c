"""What `transformers` may do while a model is loaded: neither run code of it, nor ask, nor reach the Hub."""

from pathlib import Path

import huggingface_hub.constants
import pytest
import transformers
from huggingface_hub.errors import OfflineModeIsEnabled
from transformers import dynamic_module_utils
from transformers.integrations import hub_kernels

from leaderboard.backends.local.models import pretrained
from leaderboard.backends.local.models.model_files import folder_files
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.testing.models import tiny_llama
from tests.synthetic.hostile import AUTO_MAP, change, opened_files, write_code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that only its own code knows."""
    folder = tiny_llama(tmp_path / "m")
    write_code(folder, tmp_path / "mark")
    change(folder / "config.json", model_type="evil", auto_map=AUTO_MAP)
    change(folder / "tokenizer_config.json", auto_map=AUTO_MAP, tokenizer_class="EvilTokenizer")
    return folder


@pytest.mark.parametrize("cls", ["AutoConfig", "AutoTokenizer", "AutoModelForCausalLM", "AutoProcessor"])
def test_who_forgets_to_say_no_is_not_asked(folder: Path, cls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = []
    monkeypatch.setattr("builtins.input", lambda *_: prompts.append(1) or "y")
    with pretrained.closed(), pytest.raises(ValueError, match="trust_remote_code"):
        getattr(transformers, cls).from_pretrained(folder)
    assert prompts == []
    assert not (folder.parent / "mark").exists()


def test_who_trusts_is_refused(folder: Path) -> None:
    with pretrained.closed(), pytest.raises(ValueError, match="code of its own"):
        transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    assert not (folder.parent / "mark").exists()


def test_another_model_is_neither_fetched_nor_found_in_the_cache_of_the_hub(hub: Path) -> None:
    cached = transformers.AutoConfig.from_pretrained("bert-base-cased", trust_remote_code=False, local_files_only=True)
    assert cached.model_type == "bert"
    with opened_files() as opened, pretrained.closed():
        with pytest.raises(OSError, match="couldn't find them in the cached files"):
            transformers.AutoConfig.from_pretrained("bert-base-cased")
        with pytest.raises(OfflineModeIsEnabled):
            huggingface_hub.HfApi().model_info("bert-base-cased")
    assert not [path for path in opened if path.name.startswith("socket") or path.is_relative_to(hub)]


def test_kernels_are_not_fetched() -> None:
    with pretrained.closed():
        assert not hub_kernels._kernels_enabled
        with pytest.raises(ValueError, match="code of its own"):
            hub_kernels.get_kernel("kernels-community/flash-attn")


def test_all_is_as_before_behind_it() -> None:
    def state() -> tuple[object, ...]:
        hub, code = huggingface_hub.constants, dynamic_module_utils
        return hub.HF_HUB_OFFLINE, hub.HF_HUB_CACHE, code.TIME_OUT_REMOTE_CODE, code.get_class_in_module

    before, inside = state(), []

    def fails() -> None:
        with pretrained.closed():
            inside.append(state())
            raise RuntimeError("x")

    with pytest.raises(RuntimeError, match="x"):
        fails()
    assert state() == before != inside[0]


def test_attention_of_other_code_is_refused_after_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a later version of `transformers` knows another way to choose it."""
    folder = tiny_llama(tmp_path / "m")
    load_module = transformers.AutoModelForCausalLM.from_pretrained

    def choosing(*arguments: object, **options: object) -> object:
        module, info = load_module(*arguments, **options)
        module.config._attn_implementation_internal = "somebody/kernel"
        return module, info

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", choosing)
    with pytest.raises(pretrained.RequestError, match=r"asks for the attention 'somebody/kernel'"):
        pretrained.load_module(transformers.AutoModelForCausalLM, folder)


def test_a_private_folder_vanishes(folder: Path) -> None:
    with private_folder(folder, folder_files(folder)) as private:
        assert {path.name for path in private.iterdir()} == set(folder_files(folder))
        assert not (private / "evil.py").exists()
        assert (private / "model.safetensors").is_symlink()
        assert not (private / "config.json").is_symlink()
    assert not private.exists()
    assert (folder / "model.safetensors").is_file()
