"""Merging of adapters into their base, once, as an ordinary folder of weights."""

import logging
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.adapter_config import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    AdapterConfig,
)
from leaderboard.backends.local.models.adapter_tensors import AdapterTensors, read_adapter_tensors
from leaderboard.backends.local.models.adapter_unloading import merge_and_unload
from leaderboard.backends.local.models.model_files import (
    CONFIG,
    GENERATION_CONFIG,
    has_vocabulary,
    is_tokenizer_file,
    read_json,
)
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.models.symlinks import check_is_file
from leaderboard.backends.local.models.vetting import vet
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.file_digests import Digest, remembered_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import LeaderboardError, RequestError, as_exceptions, reason_of
from leaderboard.identity import digest
from leaderboard.settings import cache_folder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MERGING = 1
"""Raised when the merging itself changes, so that old copies are not used."""
_HEADS = {
    ModelKind.CLASSIFIER: "AutoModelForSequenceClassification",
    ModelKind.TAGGER: "AutoModelForTokenClassification",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Adapter:
    """An adapter on this machine, with the base that it belongs to.

    Attributes:
        folder: of the adapter.
        source: as the user typed it.
        config: its checked configuration.
        base: its base, resolved like any model.
        files: digest of each of its files that are read, by name.
    """

    folder: Path
    source: str
    config: AdapterConfig
    base: ResolvedModel = field(repr=False)
    files: Mapping[str, str] = field(hash=False, repr=False)

    @classmethod
    def of(cls, folder: Path, source: str, config: AdapterConfig, base: ResolvedModel) -> Self:
        """Read the digests of the files of an adapter.

        Raises:
            RequestError: for a file that is no file of the folder.
        """
        names = [path.name for path in folder.iterdir() if is_tokenizer_file(path.name)]
        names = sorted(names) if has_vocabulary(names) else []
        read = [ADAPTER_CONFIG, ADAPTER_WEIGHTS, *names]
        read += [CONFIG] if (folder / CONFIG).is_file() else []
        for name in read:
            check_is_file(folder / name, folder, source)
        return cls(folder, source, config, base, {name: remembered_digest(folder / name) for name in read})

    @property
    def content(self) -> dict[str, str]:
        """Digest of everything that the merged weights are made of."""
        return {**self.files, "base": digest(self.base.content), "merging": str(MERGING)}

    @property
    def note(self) -> str:
        """Note for readers of its results."""
        use = "put in front of every text of" if self.config.is_in_front else "merged into"
        return f"an adapter ({self.config.method}) that is {use} its base {self.base.source} ({self.base.revision})"

    @property
    def tokenizer_files(self) -> dict[str, str]:
        """Digest of each file of its own tokenizer; empty where it is that of the base."""
        return {name: sha256 for name, sha256 in self.files.items() if is_tokenizer_file(name)}

    def merged(self, read: Digest = remembered_digest) -> Path:
        """Return a cached folder with the base's weights, float32, to which those of the adapter are added.

        Args:
            read: gives the digest of a file of the copy; see `cache.cached_files.cached_folder`.

        Raises:
            RequestError: when the adapter does not fit its base.
            LeaderboardError: when a file has changed meanwhile.
        """
        generation = self.base.files.get(GENERATION_CONFIG)  # in the identity by its settings alone
        made_of: dict[str, str] = self.content | ({GENERATION_CONFIG: generation} if generation else {})
        kept = cache_folder() / CacheKind.MERGED / digest(made_of)

        def make(into: Path) -> None:
            _log.info("merging %s into %s, once", self.source, self.base.source)
            _merge(self, into)
            if any(remembered_digest(self.folder / name) != sha256 for name, sha256 in self.files.items()):
                raise LeaderboardError(f"{self.folder}: has changed since this run began\n  Run it again.")

        return cached_folder(kept, make, read=read)


def check_weights(folder: Path, source: str) -> None:
    """Check that the weights of an adapter are safetensors.

    Raises:
        RequestError: with the command that converts them.
    """
    if (folder / ADAPTER_WEIGHTS).is_file():
        return
    raise RequestError(
        f"{source}: no {ADAPTER_WEIGHTS} in {folder}; pickles (.bin) are refused: opening one can run code\n"
        '  Convert it once, where you trust it: python -c "import torch, safetensors.torch as s; s.save_file('
        f"torch.load('adapter_model.bin', weights_only=True), '{ADAPTER_WEIGHTS}')\"\n"
        "  Of a Hub id, take a revision that has it (owner/name@revision)."
    )


def _merge(adapter: Adapter, into: Path) -> None:
    # Most references need none of this, and an adapter that was merged before is in the cache.
    from leaderboard.backends.local.models.transformers_logs import quietly  # noqa: PLC0415

    base, source = adapter.base, adapter.source
    kind = adapter.config.kind or base.kind
    base.check_files()
    weights = adapter.folder / ADAPTER_WEIGHTS
    tensors = None if adapter.config.is_in_front else read_adapter_tensors(weights, source)
    try:
        with as_exceptions(), quietly(), private_folder(base.folder, base.files) as private:
            vet(private, kind, base.content, base.source)
            merged = _with_prompt(adapter, private) if tensors is None else _adapted(adapter, private, kind, tensors)
            merged.save_pretrained(into)
            _copy_settings(adapter, private, into)
    except LeaderboardError:
        raise
    except Exception as error:  # the files are untrusted
        raise RequestError(
            f"{source}: does not fit its base {base.source}: {_shortened(reason_of(error))}\n"
            "  An adapter belongs to the very model it was trained on; name another with --base."
        ) from error


def _with_prompt(adapter: Adapter, private: Path) -> "PreTrainedModel":
    """Return the base with the virtual tokens of the adapter in front of every text."""
    import torch  # noqa: PLC0415 - slow to import, as the others

    from leaderboard.backends.local.models.model_classes import CLASSES  # noqa: PLC0415
    from leaderboard.backends.local.models.pretrained import load_module  # noqa: PLC0415
    from leaderboard.backends.local.models.prompt_adapters import put_in_front  # noqa: PLC0415

    module, missing = load_module(CLASSES[ModelKind.CAUSAL], private, dtype=torch.float32)
    if missing:
        raise RequestError(
            f"{adapter.source}: its base {adapter.base.source} is no causal model: it lacks {min(missing)}\n"
            "  Name the base that the adapter was trained on with --base."
        )
    put_in_front(module, adapter.folder / ADAPTER_WEIGHTS, adapter.config.method, adapter.source)
    return module


def _adapted(adapter: Adapter, private: Path, kind: ModelKind, tensors: AdapterTensors) -> "PreTrainedModel":
    """Return the base with the adapter merged into it."""
    import torch  # noqa: PLC0415 - slow to import, as the others
    from peft import get_peft_model, set_peft_model_state_dict  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    from leaderboard.backends.local.models.model_classes import CLASSES  # noqa: PLC0415
    from leaderboard.backends.local.models.pretrained import load_config, load_module  # noqa: PLC0415

    config = load_config(private)
    labels = _labels(adapter, kind, config, tensors)
    if labels is not None:
        config.id2label, config.label2id = labels, {label: index for index, label in labels.items()}
    module, missing = load_module(CLASSES[kind], private, config=config, dtype=torch.float32)
    _check_unknown(adapter, kind, missing, tensors)
    on_meta = adapter.config.method != "ADALORA"  # which computes ranks from values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PEFT: a base of another name, a layout of GPT-2
        adapted = get_peft_model(module, _peft_config(adapter.config, tensors), low_cpu_mem_usage=on_meta)
        result: Any = set_peft_model_state_dict(
            adapted, load_file(adapter.folder / ADAPTER_WEIGHTS), low_cpu_mem_usage=on_meta
        )
    _check_complete(adapter, adapted, result.missing_keys, result.unexpected_keys)
    merged = merge_and_unload(adapted)
    torch.nn.Module.float(merged)
    return merged


def _peft_config(config: AdapterConfig, tensors: AdapterTensors) -> Any:
    import peft  # noqa: PLC0415 - slow to import

    options: dict[str, Any] = dict(config.settings)
    options["target_modules"] = list(tensors.changed)
    options["modules_to_save"] = tensors.saved_modules(config.modules_to_save) or None
    if config.method == "IA3":
        options["feedforward_modules"] = list(tensors.scales_inputs)
    if config.method == "ADALORA":
        options["total_step"] = 1  # of a training, which is over
    return peft.PEFT_TYPE_TO_CONFIG_MAPPING[peft.PeftType(config.method)](**options)


def _labels(adapter: Adapter, kind: ModelKind, config: Any, tensors: AdapterTensors) -> dict[int, str] | None:
    """Return the names of the classes of the adapter's own head; None where it has none.

    PEFT saves the head and not its names. They are those of a config.json beside the adapter, or of a base with as
    many classes.
    """
    if kind not in _HEADS:
        return None
    count = _classes(kind, config, tensors)
    if count is None or count == config.num_labels:
        named = config.id2label
    else:
        named = {index: f"LABEL_{index}" for index in range(count)}
    if (adapter.folder / CONFIG).is_file():
        own = read_json(adapter.folder / CONFIG).get("id2label")
        named = own if isinstance(own, dict) and len(own) == len(named) else named
    return {int(index): str(label) for index, label in named.items()}


def _classes(kind: ModelKind, config: Any, tensors: AdapterTensors) -> int | None:
    """Return the number of classes of the adapter's head: the size of what depends on it in the architecture."""
    import copy  # noqa: PLC0415

    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    sizes = []
    for count in (2, 3):
        counted = copy.deepcopy(config)
        counted.num_labels = count
        with torch.device("meta"):
            module = getattr(transformers, _HEADS[kind]).from_config(counted, trust_remote_code=False)
        sizes.append({name: tuple(each.shape) for name, each in module.named_parameters()})
    differing = [name for name, shape in sizes[0].items() if sizes[1][name] != shape]
    return next((tensors.whole[name][0] for name in differing if tensors.whole.get(name)), None)


def _check_unknown(adapter: Adapter, kind: ModelKind, missing: set[str], tensors: AdapterTensors) -> None:
    """Check that each weight that the base lacks is one of the adapter's: any other would be random."""
    unknown = sorted(missing - set(tensors.whole))
    if kind is ModelKind.ENCODER:  # whose pooler stands on top of what is read
        unknown = [name for name in unknown if "pooler" not in name]
    if unknown:
        raise RequestError(
            f"{adapter.source}: neither the adapter nor its base {adapter.base.source} has the weights "
            f"{', '.join(unknown[:3])} ({len(unknown)} in all)\n"
            "  Save the head, too (modules_to_save), or name the base that the adapter was trained on with --base."
        )


def _check_complete(adapter: Adapter, adapted: Any, missing: list[str], unexpected: list[str]) -> None:
    prefix = adapted.base_model.prefix
    lacking = [name for name in missing if prefix in name and "ranknum" not in name]
    lacking += [name for name, each in adapted.named_parameters() if each.is_meta]
    for names, problem in (
        (unexpected, "weights for modules that the base does not have"),
        (lacking, "no weights for"),
    ):
        if names:
            raise RequestError(
                f"{adapter.source}: does not fit its base {adapter.base.source}: it has {problem}: "
                f"{', '.join(sorted(names)[:3])[:300]} ({len(names)} in all)\n"
                "  An adapter belongs to the very model it was trained on; name another with --base."
            )


def _copy_settings(adapter: Adapter, private: Path, into: Path) -> None:
    """Copy the tokenizer of the adapter, or else of the base, and how the base generates."""
    (into / GENERATION_CONFIG).unlink(missing_ok=True)
    if (private / GENERATION_CONFIG).is_file():
        shutil.copyfile(private / GENERATION_CONFIG, into / GENERATION_CONFIG)
    if not adapter.tokenizer_files:
        _copy_tokenizer(private, into)
        return
    with private_folder(adapter.folder, adapter.tokenizer_files) as own:
        _copy_tokenizer(own, into)


def _copy_tokenizer(folder: Path, into: Path) -> None:
    for path in folder.iterdir():
        if path.is_file() and is_tokenizer_file(path.name):
            shutil.copyfile(path, into / path.name)


def _shortened(text: str) -> str:
    return " ".join(text.split())[:300]
