"""Configurations of PEFT adapters: which can be measured, and what they need.

A configuration was written by somebody else. Nothing of it reaches PEFT but numbers and flags from a list: patterns of
module names, which are regular expressions, are replaced by the names that the adapter's tensors have, and whatever
would import code, change the base or add modules is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.architectures import kind_by_name
from leaderboard.backends.local.models.config_limits import MOST_SETTINGS, check_numbers, read_object
from leaderboard.errors import RequestError

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MOST_RANK = 4_096
"""Maximum rank of an adapter; published ones have up to 512."""

_SHARED = frozenset({"fan_in_fan_out"})
_LOW_RANK = frozenset({"r", "rank_pattern", "alpha_pattern"})
_USED = {
    "LORA": _SHARED | _LOW_RANK | {"lora_alpha", "use_rslora", "use_dora", "lora_bias"},
    "ADALORA": _SHARED | {"init_r", "r", "target_r", "lora_alpha", "rank_pattern"},
    "IA3": _SHARED,
    "LOHA": _LOW_RANK | {"alpha", "use_effective_conv2d"},
    "LOKR": _LOW_RANK | {"alpha", "use_effective_conv2d", "decompose_both", "decompose_factor"},
    **dict.fromkeys(("PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING"), frozenset[str]()),
}
"""Settings that decide what a merged weight is, by method; these reach PEFT."""
IN_FRONT = frozenset({"PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING"})
"""Methods that put learned vectors in front of every text; the size of their tensor says all that is needed."""
_NOT_SUPPORTED_IN_FRONT = frozenset({"MULTITASK_PROMPT_TUNING", "CPT", "ADAPTION_PROMPT", "CARTRIDGE"})
_READ_HERE = frozenset(
    {
        *("peft_type", "peft_version", "task_type", "base_model_name_or_path", "revision", "auto_mapping"),
        "num_transformer_submodules",
        # names of modules, which the adapter's tensors have as well
        *("target_modules", "feedforward_modules", "exclude_modules", "layers_pattern", "layers_to_transform"),
        "modules_to_save",
    }
)
_OF_TRAINING = frozenset(
    {
        *("inference_mode", "lora_dropout", "module_dropout", "rank_dropout", "rank_dropout_scale", "loftq_config"),
        *("init_weights", "init_ia3_weights", "megatron_core", "qalora_group_size", "ensure_weight_tying"),
        # of learned vectors in front of a text: their sizes, which their tensor has, and how they were computed
        *("num_virtual_tokens", "num_layers", "num_attention_heads", "token_dim", "prefix_projection"),
        *("encoder_hidden_size", "encoder_num_layers", "encoder_dropout", "encoder_reparameterization_type"),
        *("prompt_tuning_init", "prompt_tuning_init_text", "tokenizer_name_or_path", "tokenizer_kwargs"),
        *("deltaT", "beta1", "beta2", "orth_reg_weight", "tinit", "tfinal", "total_step"),
    }
)
"""Settings without an effect on a trained adapter."""
_INITIAL = frozenset({True, False, None, "gaussian", "orthogonal", "eva"})
"""Initial values of LoRA that leave the base as it is; PiSSA, OLoRA and LoftQ change it."""
_KINDS = {
    "CAUSAL_LM": ModelKind.CAUSAL,
    "SEQ_CLS": ModelKind.CLASSIFIER,
    "TOKEN_CLS": ModelKind.TAGGER,
    "SEQ_2_SEQ_LM": ModelKind.ENCODER_DECODER,
    "FEATURE_EXTRACTION": ModelKind.ENCODER,
}
_MODULE_NAME = re.compile(r"\^?[\w.\\]+\$?")
"""A key of a pattern that is a name: without repetition it is matched in linear time."""
_SHOWN = 60
"""Characters of a value in a message."""


@dataclass(frozen=True)
class AdapterConfig:
    """Configuration of an adapter that can be measured.

    Attributes:
        method: PEFT's name of the method.
        settings: settings that decide what the merged weights are, for PEFT's configuration of the method.
        modules_to_save: names of modules that the adapter holds in full, such as a head.
        kind: kind of the adapted model; None for that of the base.
        base: reference of the base; None where none is known.
    """

    method: str
    settings: Mapping[str, Any] = field(hash=False)
    modules_to_save: tuple[str, ...]
    kind: ModelKind | None
    base: str | None

    @property
    def is_in_front(self) -> bool:
        """Whether it puts learned vectors in front of every text, rather than changing weights."""
        return self.method in IN_FRONT


def is_adapter(folder: Path) -> bool:
    """Return whether a folder holds an adapter, and no weights of a model beside it."""
    if not (folder / ADAPTER_CONFIG).is_file() or not any(folder.glob("adapter_model.*")):
        return False
    return not any(path.name != ADAPTER_WEIGHTS for path in folder.glob("*.safetensors"))


def is_adapter_snapshot(folder: Path) -> bool:
    """Return whether files from the Hub, of which pickles are not fetched, are an adapter and no model."""
    weights = {path.name for path in folder.glob("*.safetensors")}
    return (folder / ADAPTER_CONFIG).is_file() and weights <= {ADAPTER_WEIGHTS}


def read_adapter_config(folder: Path, source: str, base: str | None = None) -> AdapterConfig:
    """Read the configuration of an adapter.

    Args:
        folder: of the adapter.
        source: as the user typed it.
        base: reference of the base; None for the one that the configuration names.

    Raises:
        RequestError: naming what is not supported, and what to do.
    """
    content = read_object(folder / ADAPTER_CONFIG, most_values=MOST_SETTINGS)
    check_numbers(content, ADAPTER_CONFIG, source)
    method = str(content.get("peft_type"))[:_SHOWN]
    if method in _NOT_SUPPORTED_IN_FRONT:
        raise RequestError(
            f"{source}: {method} learns inputs that depend on task or layer, so it can neither be merged nor "
            f"put in front of every text\n  Adapters that can be measured: {', '.join(_USED)}."
        )
    if method not in _USED:
        raise RequestError(
            f"{source}: {ADAPTER_CONFIG}: peft_type {method!r} is not supported\n"
            f"  Adapters that can be measured: {', '.join(_USED)}. Others: merge them into their base, and measure "
            "that: AutoPeftModel….from_pretrained(FOLDER).merge_and_unload().save_pretrained(OTHER)"
        )
    _check_settings(content, method, source)
    saved = content.get("modules_to_save") or []
    kind = _kind(content, source)
    if method in IN_FRONT:
        _check_in_front(content, method, kind, source)
    return AdapterConfig(
        method=method,
        settings={key: content[key] for key in _USED[method] if content.get(key) is not None},
        modules_to_save=tuple(map(str, saved if isinstance(saved, list) else [])),
        kind=kind,
        base=base or _named_base(content, source),
    )


def _check_settings(content: Mapping[str, Any], method: str, source: str) -> None:
    used = _USED[method]
    for key in ("r", "init_r", "target_r"):
        rank = content.get(key)
        if key in used and rank is not None and not (isinstance(rank, int) and 0 < rank <= MOST_RANK):
            raise RequestError(
                f"{source}: {ADAPTER_CONFIG}: {key} {str(rank)[:_SHOWN]} is no rank from 1 to {MOST_RANK}"
            )
    for key in ("rank_pattern", "alpha_pattern"):
        pattern = content.get(key) or {}
        if not isinstance(pattern, dict):
            raise RequestError(f"{source}: {ADAPTER_CONFIG}: {key} has to be a table of modules")
        for name in pattern if key in used else ():
            if not _MODULE_NAME.fullmatch(name):
                raise RequestError(
                    f"{source}: {ADAPTER_CONFIG}: {key} has {name[:_SHOWN]!r}, which is no name of a module"
                )
    initial = content.get("init_lora_weights")
    if isinstance(initial, dict | list) or initial not in _INITIAL:
        raise RequestError(
            f"{source}: {ADAPTER_CONFIG}: init_lora_weights {str(initial)[:_SHOWN]!r} changed the base itself\n"
            "  Save it as an ordinary LoRA: save_pretrained(FOLDER, path_initial_model_for_weight_conversion=…)"
        )
    read = used | _READ_HERE | _OF_TRAINING | {"init_lora_weights"}
    for key, value in content.items():
        if key not in read and value not in (None, False, 0, "", "none", [], {}):
            raise RequestError(
                f"{source}: {ADAPTER_CONFIG}: {key[:_SHOWN]} is set ({str(value)[:_SHOWN]!r}), which is not supported\n"
                "  Merge the adapter into its base, and measure that: "
                "AutoPeftModel….from_pretrained(FOLDER).merge_and_unload().save_pretrained(OTHER)"
            )


def _check_in_front(content: Mapping[str, Any], method: str, kind: ModelKind | None, source: str) -> None:
    """Check that learned vectors stand in front of the texts of a causal model, which alone reads them first."""
    if kind is not ModelKind.CAUSAL or content.get("num_transformer_submodules") not in (None, 1):
        raise RequestError(
            f"{source}: {ADAPTER_CONFIG}: {method} of task_type {str(content.get('task_type'))[:_SHOWN]!r} cannot be "
            "measured: learned vectors are put in front of the texts of causal models (CAUSAL_LM) alone\n"
            f"  Adapters of other models that can be measured: {', '.join(sorted(_USED.keys() - IN_FRONT))}."
        )
    if content.get("modules_to_save"):
        raise RequestError(f"{source}: {ADAPTER_CONFIG}: {method} with modules_to_save is not supported")


def _kind(content: Mapping[str, Any], source: str) -> ModelKind | None:
    """Return the kind that the task type or the class of the adapted model says."""
    task = content.get("task_type")
    mapping = content.get("auto_mapping")
    if isinstance(mapping, Mapping):
        library = str(mapping.get("parent_library") or "transformers")
        if library != "transformers" and not library.startswith("transformers."):
            raise RequestError(
                f"{source}: {ADAPTER_CONFIG}: auto_mapping names code of {library[:_SHOWN]!r}, which is never run\n"
                "  Models of transformers' own classes can be measured."
            )
    if task is None:
        named = str(mapping.get("base_model_class") or "") if isinstance(mapping, Mapping) else ""
        return kind_by_name({"architectures": [named]}) if named else None
    if not isinstance(task, str) or task not in _KINDS:
        raise RequestError(
            f"{source}: {ADAPTER_CONFIG}: task_type {str(task)[:_SHOWN]!r} cannot be measured\n"
            f"  Those that can: {', '.join(_KINDS)}."
        )
    return _KINDS[task]


def _named_base(content: Mapping[str, Any], source: str) -> str | None:
    """Return the reference of the base: a Hub id, or a folder below the working directory."""
    named, revision = content.get("base_model_name_or_path"), content.get("revision")
    if not named:
        return None
    if not isinstance(named, str) or ":" in named.partition("/")[0][2:]:
        raise RequestError(f"{source}: {ADAPTER_CONFIG} names the base {str(named)[:_SHOWN]!r}\n  {_GIVE_BASE}")
    parts = {*PurePosixPath(named).parts, *PureWindowsPath(named).parts}
    if ".." in parts or PurePosixPath(named).is_absolute() or PureWindowsPath(named).is_absolute() or named[0] == "~":
        raise RequestError(
            f"{source}: {ADAPTER_CONFIG} names the base by the path {named[:200]!r}, which is not read: a downloaded "
            f"adapter could name any folder of this machine\n  {_GIVE_BASE}"
        )
    return f"{named}@{revision}" if revision and not Path(named).is_dir() else named


_GIVE_BASE = "Name the base yourself, a folder or a Hub id: --base REF"
