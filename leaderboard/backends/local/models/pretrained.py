"""The only calls that create a configuration, a tokenizer or a module from a model's files.

None of them runs code that came with a model, asks whether it may, or reaches the Hub: a tokenizer or a composite model
may load others by itself, without our arguments, so that all of it runs inside `closed`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, cast

import huggingface_hub.constants
import torch
import transformers.dynamic_module_utils
import transformers.integrations.hub_kernels
from transformers import AutoConfig, AutoTokenizer, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from leaderboard.backends.local.models.bottleneck_adapters import read_bottlenecks
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.local.models.virtual_tokens import read_virtual_tokens
from leaderboard.errors import RequestError

_ATTENTION = frozenset({None, "eager", "sdpa"})
_LONG_TEXT = "sequence-length-is-longer-than-the-specified-maximum"
"""Warning that a text is longer than the model reads: all rows are cut to its window before it reads them."""


@contextmanager
def closed() -> Iterator[None]:
    """Run a block in which `transformers` imports no code of a model, prompts nobody, and has no Hub nor its cache."""
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="leaderboard-nothing-") as nothing:
        hub, code = huggingface_hub.constants, transformers.dynamic_module_utils
        kernels = transformers.integrations.hub_kernels
        for module, name, value in (
            (hub, "HF_HUB_OFFLINE", True),  # another model that a configuration names is not fetched
            (hub, "HF_HUB_CACHE", nothing),  # nor read where it was fetched before: it is in no identity
            (code, "TIME_OUT_REMOTE_CODE", 0),  # "Do you wish to run the custom code?" is answered: no
            (code, "get_class_in_module", _refuse_code),
            (kernels, "_kernels_enabled", False),  # the package `kernels` fetches compiled code and runs it
            (kernels, "get_kernel", _refuse_code),
        ):
            stack.enter_context(_replaced(module, name, value))
        stack.enter_context(quietly())
        yield


@contextmanager
def _replaced(module: ModuleType, name: str, value: object) -> Iterator[None]:
    """Replace an attribute of a module inside a block."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def load_config(folder: Path, **options: Any) -> PreTrainedConfig:
    """Load the configuration of a model.

    Args:
        folder: a private folder.
        options: such as `gguf_file`.
    """
    with closed():
        return cast(
            "PreTrainedConfig",
            AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True, **options),
        )


def load_tokenizer(folder: Path, **options: Any) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a model.

    Args:
        folder: a private folder.
        options: of the tokenizer.
    """
    with closed():
        tokenizer: Any = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True, **options
        )
    if not isinstance(tokenizer, PreTrainedTokenizerBase):  # tokenizer_class may name whatever transformers has
        raise ValueError(f"its tokenizer_class is no tokenizer but {type(tokenizer).__name__}")  # noqa: TRY004
    # It is saved with the tokenizer: saved folders keep the same bytes as before.
    tokenizer.init_kwargs["local_files_only"] = False
    tokenizer.deprecation_warnings[_LONG_TEXT] = True
    return tokenizer


def load_module(model_class: Any, folder: Path, **options: Any) -> tuple[PreTrainedModel, set[str]]:
    """Load a module of a class; return it with the names of weights that the folder does not have.

    Args:
        model_class: of `transformers`, an auto class or one of its own.
        folder: a private folder.
        options: of the loading, such as `dtype`.

    Raises:
        RequestError: for attention that is computed by other code than torch's.
    """
    with closed():
        module, info = model_class.from_pretrained(
            folder,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,  # a pickle runs whatever it holds
            weights_only=True,
            output_loading_info=True,
            **options,
        )
    _check_attention(module, folder)
    read_bottlenecks(module, folder)
    read_virtual_tokens(module, folder)
    return module, set(info["missing_keys"])


def _check_attention(module: torch.nn.Module, folder: Path) -> None:
    for part in module.modules():
        attention = getattr(getattr(part, "config", None), "_attn_implementation", None)
        if attention not in _ATTENTION:
            raise RequestError(
                f"{folder}: asks for the attention {str(attention)[:80]!r}; that of torch is used (eager, sdpa)"
            )


def _refuse_code(*_: Any, **__: Any) -> NoReturn:
    raise ValueError("it brings code of its own (trust_remote_code), which is never run")
