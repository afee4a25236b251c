"""The files that make a model: which ones they are, what their bytes are, and what kind of model they say it is."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from leaderboard.errors import RequestError
from leaderboard.file_digests import Digest, remembered_digest
from leaderboard.models.loaded import ModelKind

CONFIG = "config.json"
WEIGHTS = "*.safetensors"
WEIGHTS_INDEX = "*.safetensors.index.json"
GENERATION_CONFIG = "generation_config.json"
ADAPTER = "adapter_config.json"
VOCABULARY = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model", "*.spm")
TOKENIZER = (
    *VOCABULARY,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
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
"""What the identity of a model has the digest of. Pickles (.bin, .pt, .ckpt) are not among it: opening one runs
whatever code it holds."""
MODEL_FILES = (*CONTENT, GENERATION_CONFIG, ADAPTER)
"""Everything that `transformers` reads. `generation_config.json` is in the identity by the settings that have an effect
(see `models.generation_config`); a folder with an adapter in it is refused."""

_MERGE = (
    "\n  Merge it into its base model and save the result: "
    "AutoPeftModel….from_pretrained(FOLDER).merge_and_unload().save_pretrained(OTHER)"
)
_KINDS = {
    "ForCausalLM": ModelKind.CAUSAL,
    "LMHeadModel": ModelKind.CAUSAL,
    "ForMaskedLM": ModelKind.MASKED,
    # BERT and its kin were pre-trained on masked words and one more task; loading checks that the head is there.
    "ForPreTraining": ModelKind.MASKED,
    "ForSequenceClassification": ModelKind.CLASSIFIER,
    "ForTokenClassification": ModelKind.TAGGER,
    "ForMultipleChoice": ModelKind.CHOOSER,
}


Keep = Callable[[Digest], Path]


@dataclass(frozen=True)
class Weights:
    """Where a model lies on this machine.

    Attributes:
        name: short, for people.
        path: a folder with `config.json` and safetensors, or a GGUF file.
        version: what its publisher calls this state of it (a commit, a release), if anything.
        keep: of a copy in the cache: sees that it is whole, reading all of it where it is told to, and makes it again
            where it is not.
    """

    name: str
    path: Path
    version: str | None = None
    keep: "Keep | None" = None


def is_model_file(name: str) -> bool:
    """Whether a file of this name, relative to a model's folder, belongs to the model."""
    return _matches(name, MODEL_FILES)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name matches a pattern; a star does not stand for folders."""
    return any(fnmatch(name, pattern) and name.count("/") == pattern.count("/") for pattern in patterns)


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
        hint += f"\n  It has {ADAPTER}: an adapter (PEFT).{_MERGE}" if ADAPTER in names else ""
        raise RequestError(f"{source}: not a model: there is no {CONFIG} in {folder}{hint}")
    if ADAPTER in names:
        raise RequestError(
            f"{source}: there is an adapter (PEFT) beside the weights in {folder}: it has {ADAPTER}{_MERGE}\n"
            f"  Where it is merged already, remove {ADAPTER} and adapter_model.*: transformers would add it again."
        )
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


def check_weights(folder: Path, source: str) -> None:
    """See that the weights which the configuration or an index names lie beside them, where they are known by content.

    Raises:
        RequestError: naming the file that lies elsewhere.
    """
    named = [(folder / CONFIG, read_json(folder / CONFIG).get("transformers_weights"))]
    for index in folder.glob(WEIGHTS_INDEX):
        shards = read_json(index).get("weight_map")
        named += [(index, shard) for shard in set(shards.values())] if isinstance(shards, dict) else []
    for place, name in named:
        if name is not None and not _matches(str(name), [WEIGHTS, WEIGHTS_INDEX]):
            raise RequestError(
                f"{source}: {place} names the weights '{name}'\n"
                "  They have to be safetensors in the same folder, under a name without a path."
            )


def folder_content(folder: Path, digest: Digest = remembered_digest) -> dict[str, str]:
    """Name to digest of every file that the identity of the model in a folder is made of."""
    files = sorted(path for path in (*folder.iterdir(), *folder.glob(TEMPLATES)) if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: digest(path) for name, path in named.items() if _matches(name, CONTENT)}


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`.

    Raises:
        RequestError: when it cannot be read.
    """
    return read_json(folder / CONFIG)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        RequestError: when it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise RequestError(f"{path}: has to be a JSON object")
    return content


def kind_of(config: dict[str, Any], source: str, *, helps: bool = False) -> ModelKind:
    """What the model's head predicts, by the architecture it was saved as; an unknown head counts as none.

    Args:
        config: the model's `config.json`.
        source: as the user typed it.
        helps: the model helps a recipe, as a translator may, which no protocol can ask.

    Raises:
        RequestError: for an encoder-decoder that shall be measured.
    """
    named = config.get("architectures") or [""]
    architecture = str(named[0] if isinstance(named, list) else named)
    if config.get("is_encoder_decoder"):
        if helps:
            return ModelKind.TRANSLATOR
        raise RequestError(
            f"{source}: {architecture or 'this model'} is an encoder-decoder; "
            "causal models, masked models and encoders can be measured"
        )
    return next((kind for ending, kind in _KINDS.items() if architecture.endswith(ending)), ModelKind.ENCODER)
