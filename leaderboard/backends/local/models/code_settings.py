"""Settings in a model's files that select code or name other files: some are dropped, others are refused.

A folder of JSON can ask `transformers` for more than numbers: a kernel from the Hub as its attention, another model
as its backbone, a package that undoes a quantisation, a file anywhere on this machine as its vocabulary. What is
measured is made of the files of its identity alone, and this program selects the code that computes.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, TypeGuard

from leaderboard.backends.local.models.quantised_formats import check_quantisation
from leaderboard.bounded_json import parse_json
from leaderboard.errors import RequestError

_ATTENTION = frozenset({"attn_implementation", "_attn_implementation"})
_EXPERTS = frozenset({"experts_implementation", "_experts_implementation"})
_PLAIN_ATTENTION = frozenset({"eager", "sdpa"})
_PLAIN_EXPERTS = frozenset({"eager", "batched_mm", "grouped_mm"})
"""Implementations in torch; any other name is that of a package, or of a repository whose code would run."""
_DROPPED = frozenset(
    {
        *("_attn_implementation_internal", "_attn_implementation_autoset", "_experts_implementation_internal"),
        *("fusion_config", "kernel_config", "distributed_config", "custom_generate", "custom_pipelines"),
        # BERT's Japanese tokenizer: options of MeCab's command line, and folders of Sudachi
        *("mecab_option", "sudachi_config_path", "sudachi_resource_dir"),
        "init_inputs",  # arguments of a tokenizer by their position, paths among them
    }
)
_FILE_ENDINGS = ("_file", "_path", "_dir", "_filename")
_FILES_OR_TABLES = frozenset({"vocab", "merges"})
"""Arguments of tokenizers that are a table, or the path of a file with one."""
_SENTENCEPIECE = frozenset({"model_file", "model_proto"})
_VERSIONED = ("configuration_files", "fast_tokenizer_files")
"""Lists of files of which `transformers` takes the one for its version."""
CONFIG, TOKENIZER = "config.json", frozenset({"tokenizer_config.json", "special_tokens_map.json"})


def check_config(config: Mapping[str, Any], source: str) -> None:
    """Check that a configuration needs nothing but the model's own weights, and what reads them.

    Args:
        config: the model's `config.json`.
        source: as the user typed it.

    Raises:
        RequestError: naming the setting.
    """
    for part in _parts(config):
        check_quantisation(part, source, nested=part is not config)
        if isinstance(part.get("backbone"), str) or part.get("use_timm_backbone") or "pretrained_cfg" in part:
            raise RequestError(
                f"{source}: config.json names another model as its backbone, which is not among its files\n"
                "  Models of text whose weights are all in their own folder can be measured."
            )


def check_file_lists(settings: Mapping[str, Any], source: str) -> None:
    """Check that files that settings list by version are named without a path.

    Raises:
        RequestError: naming the file.
    """
    for key in _VERSIONED:
        named = settings.get(key) or []
        for name in named if isinstance(named, list) else [named]:
            if not is_plain_name(name):
                raise RequestError(f"{source}: {key} names {str(name)[:80]!r}, which is not in the model's folder")


def is_plain_name(name: object) -> TypeGuard[str]:
    """Return whether this is the name of a file without a path, on any system."""
    return isinstance(name, str) and PurePath(name).name == name and not set("/\\:\0") & set(name)


def cleaned(name: str, data: bytes) -> bytes:
    """Remove the settings that select code from a file; return the same bytes where it has none.

    Args:
        name: of the file.
        data: what is in it.
    """
    if name != CONFIG and name not in TOKENIZER:
        return data
    try:
        content = parse_json(data.decode())
    except ValueError:
        return data  # loading reports why
    if not isinstance(content, dict):
        return data
    clean = _without(content, of_tokenizer=name in TOKENIZER)
    return data if clean == content else json.dumps(clean).encode()


def _without(value: Any, *, of_tokenizer: bool) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: _without(each, of_tokenizer=of_tokenizer)
        for key, each in value.items()
        if not (_chooses_code(key, each) or (of_tokenizer and _names_file(key, each)))
    }


def _chooses_code(key: str, value: Any) -> bool:
    if key in _ATTENTION:
        return value is not None and not (isinstance(value, str) and value in _PLAIN_ATTENTION)
    if key in _EXPERTS:
        return value is not None and not (isinstance(value, str) and value in _PLAIN_EXPERTS)
    return key in _DROPPED


def _names_file(key: str, value: Any) -> bool:
    """Return whether a setting of a tokenizer is a path; files of the folder are located by their names."""
    if key.endswith(_FILE_ENDINGS) and key != "name_or_path":
        return value is not None
    return (key in _FILES_OR_TABLES and isinstance(value, str)) or key in _SENTENCEPIECE


def _parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a configuration and every nested one."""
    waiting: list[Any] = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            yield part
            waiting += [each for each in part.values() if isinstance(each, Mapping)]
