"""Folders of sentence-transformers: what they put on top of the encoder, for a note on its results."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from leaderboard.data.json_reader import read_json
from leaderboard.errors import LeaderboardError

_MODULES = "modules.json"
_MOST_BYTES = 1 << 20
_MOST_MODULES = 16
_POOLING_KEY = "pooling_mode_"
_SHOWN = 40


def note_of_modules(folder: Path) -> str:
    """Return a note on the modules that sentence-transformers puts on top of an encoder; empty without any.

    The encoder alone is measured: a probe pools its hidden states as its own setting says.

    Args:
        folder: of the encoder, with a `modules.json` where it is one of sentence-transformers.
    """
    if not (folder / _MODULES).is_file():
        return ""
    try:
        modules = read_json(folder / _MODULES, largest=_MOST_BYTES)
    except LeaderboardError:
        return "its modules.json cannot be read, so its pooling is not known"
    listed = modules[:_MOST_MODULES] if isinstance(modules, list) else []
    on_top = [each for each in listed if isinstance(each, Mapping) and _name(each) != "Transformer"]
    if not on_top:
        return ""
    shown = ", ".join(_shown(folder, each) for each in on_top)
    return (
        "a folder of sentence-transformers: the encoder is measured without what stands on top of it there "
        f"({shown}); a probe pools as recipe.pooling says"
    )


def _name(module: Mapping[str, Any]) -> str:
    return str(module.get("type", "")).rpartition(".")[2][:_SHOWN]


def _shown(folder: Path, module: Mapping[str, Any]) -> str:
    """Return the name of a module, and how it pools."""
    name, place = _name(module), PurePosixPath(str(module.get("path", "")))
    if name != "Pooling" or place.is_absolute() or ".." in place.parts:
        return name
    try:
        settings = read_json(folder / place / "config.json", largest=_MOST_BYTES)
    except LeaderboardError:
        return name
    on = (
        [key.removeprefix(_POOLING_KEY) for key, value in settings.items() if value is True]
        if isinstance(settings, dict)
        else []
    )
    named = [key for key in on if key in {"cls_token", "mean_tokens", "max_tokens", "lasttoken"}]
    return f"{name} {' + '.join(named)}" if named else name
