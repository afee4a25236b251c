"""The files of a model: which they are, their digests, and the kind of model."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.architectures import kind_by_family
from leaderboard.backends.local.models.code_settings import check_config, check_file_lists, is_plain_name
from leaderboard.backends.local.models.config_limits import MOST_SETTINGS, read_object
from leaderboard.backends.local.models.encoder_decoder import encoder_decoder_kind
from leaderboard.backends.local.models.symlinks import check_is_file
from leaderboard.backends.local.models.weight_files import loaded_weights
from leaderboard.cache.file_digests import Digest, remembered_digest
from leaderboard.errors import RequestError
from leaderboard.escapes import shell

CONFIG = "config.json"
SETTINGS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
WEIGHTS = "*.safetensors"
WEIGHTS_INDEX = "*.safetensors.index.json"
DISTRIBUTED = "shard-[0-9]*-model-[0-9]*.safetensors"
GENERATION_CONFIG = "generation_config.json"
ADAPTER = "adapter_config.json"
VOCABULARY = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model", "*.spm")
TOKENIZER = (
    *VOCABULARY,
    *SETTINGS,
    "merges.txt",
    "chat_template.jinja",
    "tokenizer.*.json",  # of one version of transformers each
    # vocabularies of single classes of tokenizers
    *("bpe.codes", "byte_maps.json", "dict.txt", "emoji.json", "entity_vocab.json", "normalizer.json"),
    *("prophetnet.tokenizer", "target_vocab.json", "tekken.json", "vocab-src.json", "vocab-tgt.json"),
    *("word_pronunciation.json", "word_shape.json"),
)
TEMPLATES = "additional_chat_templates/*.jinja"
CONTENT = (CONFIG, WEIGHTS, WEIGHTS_INDEX, *TOKENIZER, TEMPLATES)
"""Files whose digests are in the identity of a model. Pickles (.bin, .pt, .ckpt) are not: opening one runs its code."""
MODEL_FILES = (*CONTENT, GENERATION_CONFIG, ADAPTER)
"""All files that `transformers` reads. `generation_config.json` is in the identity by the settings that have an effect
(see `models.generation_config`); a folder with an adapter in it is refused."""

_MERGE = (
    "\n  Merge it into its base model and save the result: "
    "AutoPeftModel….from_pretrained(FOLDER).merge_and_unload().save_pretrained(OTHER)"
)

_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")
"""Weights in other formats, which are refused."""
_DATA = (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".arrow", ".xlsx", ".conll")
"""Endings of files of data, which a folder without a model may hold."""
_CONVERSION = (
    'python -c "import sys, transformers as t; f, o = sys.argv[1:]; '
    "m = getattr(t, t.AutoConfig.from_pretrained(f).architectures[0]).from_pretrained(f, weights_only=True); "
    'm.save_pretrained(o); t.AutoTokenizer.from_pretrained(f).save_pretrained(o)"'
)
"""Command that converts pickled weights; torch reads them with `weights_only`, which unpickles tensors alone."""
_SHOWN = 80
"""Characters of a name in a message."""

Keep = Callable[[Digest], Path]


@dataclass(frozen=True)
class WeightLocation:
    """Location of a model's weights on this machine.

    Attributes:
        name: Short name for people.
        path: a folder with `config.json` and safetensors, or a GGUF file.
        version: Commit or release of its publisher, if there is one.
        keep: For a copy in the cache: checks that it is complete, by reading all of it if requested, and recreates it
            where it is not.
    """

    name: str
    path: Path
    version: str | None = None
    keep: "Keep | None" = None


def is_model_file(name: str) -> bool:
    """Return whether a file of this name, relative to a model's folder, belongs to the model."""
    return _matches(name, MODEL_FILES)


def is_tokenizer_file(name: str) -> bool:
    """Return whether a file of this name, in a model's folder, belongs to its tokenizer."""
    return _matches(name, TOKENIZER)


def has_vocabulary(names: Iterable[str]) -> bool:
    """Return whether files of these names, all in one folder, hold a tokenizer with its vocabulary."""
    return any(_matches(name, VOCABULARY) for name in names)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name matches a pattern; a star matches neither folders nor a leading dot.

    macOS puts a `._model.safetensors` with its own records beside every file on some disks.
    """
    return not name.startswith(".") and any(
        fnmatch(name, pattern) and name.count("/") == pattern.count("/") for pattern in patterns
    )


def has_weights(names: Iterable[str]) -> bool:
    """Return whether files of these names, all in one folder, are a model that can be loaded safely."""
    listed = set(names)
    return CONFIG in listed and any(_matches(name, [WEIGHTS]) for name in listed)


def _content_hint(names: Collection[str]) -> str:
    """Return what a folder without a model holds, and how to name what is meant."""
    form = f"\n  A model is a folder with {CONFIG}, *.safetensors and a tokenizer, as `save_pretrained` writes it."
    if data := sorted(name for name in names if name.casefold().endswith(_DATA)):
        return f"{form}\n  This one holds data ({', '.join(data[:3])}), which is measured with --data FILE."
    if gguf := sorted(name for name in names if name.casefold().endswith(".gguf")):
        return f"{form}\n  This one holds a GGUF file; name the file: {gguf[0]}"
    return form + ("\n  This one is empty." if not names else "")


def check_folder(folder: Path, source: str) -> None:
    """Check that a folder holds a model that can be loaded safely.

    Raises:
        RequestError: Naming what is missing.
    """
    names = {path.name for path in folder.iterdir()}
    for path in (*folder.iterdir(), *folder.glob(TEMPLATES)):
        if is_model_file(path.relative_to(folder).as_posix()):
            check_is_file(path, folder, source)
    if CONFIG not in names:
        inside = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))
        hint = f"\n  Models in it: {', '.join(f'{source}/{name}' for name in inside)}" if inside else ""
        hint += f"\n  It has {ADAPTER}: an adapter (PEFT).{_MERGE}" if ADAPTER in names else ""
        hint = hint or _content_hint(names)
        raise RequestError(f"{source}: not a model: there is no {CONFIG} in {folder}{hint}")
    if ADAPTER in names:
        raise RequestError(
            f"{source}: there is an adapter (PEFT) next to the weights in {folder}: it has {ADAPTER}{_MERGE}\n"
            f"  Where it is merged already, remove {ADAPTER} and adapter_model.*: transformers would add it again."
        )
    if has_weights(names):
        if has_vocabulary(names):
            return
        # Without one, transformers makes an empty tokenizer of the right class, to which every word is unknown.
        raise RequestError(f"{source}: no tokenizer in {folder}\n  It needs tokenizer.json, saved with the model.")
    if not any(name.endswith(_PICKLED) for name in names):
        raise RequestError(
            f"{source}: no weights in {folder}\n"
            f"  A model has model.safetensors, or shards of it with an index, beside {CONFIG}."
        )
    raise RequestError(
        f"{source}: no weights in safetensors format in {folder}\n"
        "  Pickled weights (.bin, .pt, .ckpt) are refused: opening one runs whatever code it holds.\n"
        "  Take a revision that has model.safetensors, or convert it once where you trust it:\n"
        f"    {_CONVERSION} {shell(str(folder))} CONVERTED"
    )


def check_settings(folder: Path, source: str) -> None:
    """Check that the files that a model's settings name exist, and that the model needs nothing else.

    Raises:
        RequestError: naming the file or the setting.
    """
    config = read_json(folder / CONFIG)
    check_config(config, source)
    check_file_lists(config, source)
    for name in SETTINGS:
        if (folder / name).is_file():
            check_file_lists(read_json(folder / name), source)
    named = (
        [(folder / CONFIG, config["transformers_weights"])] if config.get("transformers_weights") is not None else []
    )
    for path in sorted(folder.iterdir()):
        if _matches(path.name, [DISTRIBUTED]):
            raise RequestError(f"{source}: {path.name} belongs to a distributed checkpoint, which cannot be measured")
        if _matches(path.name, [WEIGHTS_INDEX]):
            shards = read_json(path).get("weight_map")
            named += [(path, shard) for shard in shards.values()] if isinstance(shards, dict) else []
    for place, name in named:
        if not (is_plain_name(name) and _matches(name, [WEIGHTS, WEIGHTS_INDEX])):
            raise RequestError(
                f"{source}: {place} names the weights '{str(name)[:_SHOWN]}'\n"
                "  They have to be safetensors in the same folder, under a name without a path."
            )
    loaded_weights(folder, config, source)


def folder_content(folder: Path, digest: Digest = remembered_digest) -> dict[str, str]:
    """Return the digest of every file of the identity of the model in a folder, by name."""
    files = sorted(path for path in (*folder.iterdir(), *folder.glob(TEMPLATES)) if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: digest(path) for name, path in named.items() if _matches(name, CONTENT)}


def folder_files(folder: Path, digest: Digest = remembered_digest) -> dict[str, str]:
    """Return the digest of every file that is loaded, by name: those of the identity, and the generation settings."""
    generation = folder / GENERATION_CONFIG
    return folder_content(folder, digest) | ({GENERATION_CONFIG: digest(generation)} if generation.is_file() else {})


def read_config(folder: Path) -> dict[str, Any]:
    """Read the model's `config.json`.

    Raises:
        RequestError: If it cannot be read.
    """
    return read_object(folder / CONFIG, most_values=MOST_SETTINGS)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RequestError: when it cannot be read.
    """
    return read_object(path)


def kind_of(config: dict[str, Any], source: str, *, helps: bool = False) -> ModelKind:
    """Return the kind of a model, by the architecture it was saved as; an unknown head counts as none.

    Args:
        config: the model's `config.json`.
        source: as the user typed it.
        helps: Whether the model helps a recipe, which may be a translator, and is not measured.

    Raises:
        RequestError: for an encoder-decoder that does not write text for text.
    """
    if config.get("is_encoder_decoder"):
        if helps:
            return ModelKind.TRANSLATOR
        return encoder_decoder_kind(config, source)
    return kind_by_family(config)
