"""The safetensors files of a folder that transformers loads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaderboard.backends.local.models.config_limits import read_object
from leaderboard.errors import RequestError

WEIGHTS_SUFFIX = ".safetensors"
INDEX_SUFFIX = ".safetensors.index.json"
_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_SHOWN = 80
"""Characters of a name in a message."""


def loaded_weights(folder: Path, config: Mapping[str, Any], source: str) -> list[Path]:
    """Return the safetensors files that are loaded as the weights of a model.

    Transformers takes the file or index that `transformers_weights` of the configuration names, else
    `model.safetensors`, else the shards of `model.safetensors.index.json`.

    Args:
        folder: of the model.
        config: content of its `config.json`.
        source: the model, as the user typed it.

    Returns:
        The files, sorted. Every safetensors file where there is none of the usual names.

    Raises:
        RequestError: for an index that names a file which is not in the folder.
    """
    name = config.get("transformers_weights") or next((each for each in (_SINGLE, _INDEX) if _is_in(folder, each)), "")
    if not name:
        return sorted(path for path in folder.glob(f"*{WEIGHTS_SUFFIX}") if not path.name.startswith("."))
    if not name.endswith(INDEX_SUFFIX):
        return [_file(folder, name, "config.json", source)]
    shards = read_object(folder / name).get("weight_map")
    names = sorted(set(map(str, shards.values()))) if isinstance(shards, dict) else []
    return [_file(folder, shard, name, source) for shard in names]


def _is_in(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _file(folder: Path, name: str, place: str, source: str) -> Path:
    if not _is_in(folder, name):
        raise RequestError(
            f"{source}: {place} names the weights '{name[:_SHOWN]}', which are not in the folder\n"
            "  Copy or download that file, too; the model is not complete without it."
        )
    return folder / name
