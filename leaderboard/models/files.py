"""The files that make a model: which ones they are, what their bytes are, and what kind of model they say it is."""

import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from leaderboard.errors import RequestError
from leaderboard.identity import file_digest
from leaderboard.models.architectures import architecture, kind_by_family
from leaderboard.models.loaded import ModelKind
from leaderboard.settings import cache_folder

CONFIG = "config.json"
WEIGHTS = "*.safetensors"
WEIGHTS_INDEX = "*.safetensors.index.json"
VOCABULARY = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model", "*.spm")
TOKENIZER = (
    *VOCABULARY,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    "chat_template.jinja",
)
MODEL_FILES = (CONFIG, WEIGHTS, WEIGHTS_INDEX, *TOKENIZER)
"""Everything that is read. Pickles (.bin, .pt, .ckpt) are not among it: opening one runs whatever code it holds."""


@dataclass(frozen=True)
class Weights:
    """Where a model lies on this machine.

    Attributes:
        name: short, for people.
        path: a folder with `config.json` and safetensors, or a GGUF file.
        version: what its publisher calls this state of it (a commit, a release), if anything.
    """

    name: str
    path: Path
    version: str | None = None


def is_model_file(name: str) -> bool:
    """Whether a file of this name, in a model's folder, belongs to the model."""
    return any(fnmatch(name, pattern) for pattern in MODEL_FILES)


def has_weights(names: Iterable[str]) -> bool:
    """Whether files of these names, all in one folder, are a model that can be loaded safely."""
    listed = set(names)
    return CONFIG in listed and any(fnmatch(name, WEIGHTS) for name in listed)


def check_folder(folder: Path, source: str) -> None:
    """See that a folder holds a model that can be loaded safely.

    Raises:
        RequestError: saying what is missing.
    """
    names = {path.name for path in folder.iterdir()}
    if CONFIG not in names:
        inside = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))
        hint = f"\n  Models in it: {', '.join(f'{source}/{name}' for name in inside)}" if inside else ""
        raise RequestError(f"{source}: not a model: there is no {CONFIG} in {folder}{hint}")
    if has_weights(names):
        if any(fnmatch(name, pattern) for name in names for pattern in VOCABULARY):
            return
        # Without one, transformers makes an empty tokenizer of the right class, to which every word is unknown.
        raise RequestError(f"{source}: no tokenizer in {folder}\n  It needs tokenizer.json, saved with the model.")
    raise RequestError(
        f"{source}: no weights in safetensors format in {folder}\n"
        "  Pickled weights (.bin, .pt, .ckpt) are refused: opening one runs whatever code it holds.\n"
        "  Take a revision that has model.safetensors, or convert it once where you trust it: "
        "AutoModel….from_pretrained(…).save_pretrained(FOLDER)"
    )


def folder_content(folder: Path) -> dict[str, str]:
    """Name to digest of every file that belongs to the model."""
    return {path.name: content_digest(path) for path in sorted(folder.iterdir()) if is_model_file(path.name)}


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`.

    Raises:
        RequestError: when it cannot be read.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{folder / CONFIG}: cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise RequestError(f"{folder / CONFIG}: has to be a JSON object")
    return config


def kind_of(config: dict[str, Any], source: str, *, helps: bool = False) -> ModelKind:
    """What the model's head predicts, by the architecture it was saved as; an unknown head counts as none.

    Args:
        config: the model's `config.json`.
        source: as the user typed it.
        helps: the model helps a recipe, as a translator may, which no protocol can ask.

    Raises:
        RequestError: for an encoder-decoder that shall be measured.
    """
    if config.get("is_encoder_decoder"):
        if helps:
            return ModelKind.TRANSLATOR
        raise RequestError(
            f"{source}: {architecture(config) or 'this model'} is an encoder-decoder; "
            "causal models, masked models and encoders can be measured"
        )
    return kind_by_family(config)


def content_digest(path: Path) -> str:
    """SHA-256 of a file, remembered in the cache for as long as its size and time of change stay the same."""
    path = path.resolve()
    state = path.stat()
    stamp = [state.st_size, state.st_mtime_ns]
    record = cache_folder() / "digests" / f"{hashlib.sha256(str(path).encode()).hexdigest()}.json"
    try:
        remembered = json.loads(record.read_text(encoding="utf-8"))
        if remembered["stamp"] == stamp:
            return str(remembered["sha256"])
    except (OSError, ValueError, KeyError):
        remembered = None  # never seen, or a record that is no use: the file itself answers
    found = file_digest(path)
    record.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=record.parent, delete=False, encoding="utf-8") as fresh:
        json.dump({"path": str(path), "stamp": stamp, "sha256": found}, fresh)
    Path(fresh.name).replace(record)
    return found
