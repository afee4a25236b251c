"""References of local models, resolved to a folder of weights with an identity by content."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Self

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.adapter_config import is_adapter, is_adapter_snapshot, read_adapter_config
from leaderboard.backends.local.models.adapter_merging import Adapter, check_weights
from leaderboard.backends.local.models.config_limits import check_numbers
from leaderboard.backends.local.models.dequantisation import QuantisedFolder
from leaderboard.backends.local.models.generation_config import generation_settings
from leaderboard.backends.local.models.gguf_conversion import CONVERSION, converted
from leaderboard.backends.local.models.hub import check_blobs, from_hub
from leaderboard.backends.local.models.model_files import (
    CONFIG,
    GENERATION_CONFIG,
    WeightLocation,
    check_folder,
    check_settings,
    folder_files,
    kind_of,
    read_config,
)
from leaderboard.backends.local.models.package_weights import from_package
from leaderboard.backends.local.models.quantised_formats import quantisation_of
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.models.sentence_encoders import note_of_modules
from leaderboard.backends.local.models.version_corrections import corrections_of
from leaderboard.backends.precision import Precision
from leaderboard.cache.file_digests import Digest, remembered_digest, verified_digest
from leaderboard.data.packages import pins
from leaderboard.errors import (
    LeaderboardError,
    RequestError,
    SourceUnavailableError,
    as_exceptions,
    reason_of,
    unknown_name,
)
from leaderboard.identity import digest
from leaderboard.nearest_path import nearest_path
from leaderboard.settings import user_path
from leaderboard.visible_text import label, one_line

_PACKAGE = re.compile(r"package:(?P<name>[A-Za-z0-9][\w.-]*)(?:==(?P<version>[\w.!+-]+))?(?::(?P<path>.+))?")
_ADAPTER = "adapter:"
_ADAPTER_FORM = "Its form: adapter:FOLDER@BASE, or adapter:owner/name@BASE, adapter:owner/name@REVISION@BASE"
_HUB = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<version>[\w./-]+))?")
_FORMS = (
    "a Hub id (bert-base-cased, owner/name@revision), a folder, a .gguf file, package:DIST[==VERSION][:PATH], "
    "adapter:FOLDER@BASE"
)


class Place(StrEnum):
    """Kind of place that a reference points to."""

    HUB = "hub"
    FOLDER = "folder"
    GGUF = "gguf"
    PACKAGE = "package"
    ADAPTER = "adapter"


@dataclass(frozen=True)
class ModelReference:
    """A parsed model reference.

    Attributes:
        text: The reference as it was typed.
        place: Kind of place that it points to.
        name: Hub id, path, or distribution.
        version: revision on the Hub, or version of the distribution.
        path: inside the distribution.
        base: reference of the base of an adapter; None for the one that its configuration names.
    """

    text: str
    place: Place
    name: str
    version: str | None = None
    path: str | None = None
    base: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a reference. An existing folder takes precedence over a Hub id of the same name.

        Raises:
            RequestError: For an invalid reference, or a file or folder that does not exist.
        """
        if not text.strip():
            raise RequestError(f"model '{text}': has no name\n  A model is {_FORMS}.")
        if text.startswith("package:"):
            return cls._package(text)
        if text.startswith(_ADAPTER):
            return cls._adapter(text)
        path = user_path(text)
        if text.lower().endswith(".gguf") and not path.is_dir():
            if not path.is_file():
                raise RequestError(f"model '{text}': no such file{nearest_path(path)}")
            return cls(text, Place.GGUF, str(path))
        match = _HUB.fullmatch(text)
        like_a_path = match is None or text.startswith(".")
        if path.is_dir() and (like_a_path or _holds_a_model(path)):
            return cls(text, Place.ADAPTER if is_adapter(path) else Place.FOLDER, str(path))
        if path.is_file():
            raise RequestError(f"model '{text}': a file; a model is its folder. Did you mean '{path.parent}'?")
        if like_a_path or match is None:
            raise RequestError(f"model '{text}': no such folder{nearest_path(path)}\n  A model is {_FORMS}.")
        return cls(text, Place.HUB, match["name"], match["version"])

    @classmethod
    def _package(cls, text: str) -> Self:
        match = _PACKAGE.fullmatch(text)
        path = PurePosixPath(match["path"]) if match and match["path"] else None
        if match is None or (path is not None and (path.is_absolute() or ".." in path.parts)):
            raise RequestError(f"model '{text}': not of the form package:DIST[==VERSION][:relative/path]")
        return cls(text, Place.PACKAGE, match["name"], match["version"], None if path is None else path.as_posix())

    @classmethod
    def _adapter(cls, text: str) -> Self:
        """Parse a folder or Hub id and the reference of its base; an at sign may also be part of a folder's name."""
        folder, _, base = text.removeprefix(_ADAPTER).partition("@")
        while base and "@" in base and not user_path(folder).is_dir():
            more, _, base = base.partition("@")
            folder = f"{folder}@{more}"
        path = user_path(folder)
        if not path.is_dir() and (hub := cls._hub_adapter(text)) is not None:
            return hub
        if not path.is_dir():
            raise RequestError(f"model '{text}': no such folder: {folder}{nearest_path(path)}\n  {_ADAPTER_FORM}")
        if not is_adapter(path):
            raise RequestError(
                f"model '{text}': {folder} holds no adapter (adapter_config.json and adapter_model.safetensors)\n"
                f"  A base belongs to an adapter alone. {_ADAPTER_FORM}"
            )
        return cls(text, Place.ADAPTER, str(path), base=base or None)

    @classmethod
    def _hub_adapter(cls, text: str) -> Self | None:
        """Parse a Hub id and the reference of its base; None for another form.

        Of two parts behind the id the first is its revision: a base with a revision needs both.
        """
        name, *parts = text.removeprefix(_ADAPTER).split("@")
        match = _HUB.fullmatch(name)
        if match is None or "/" not in name or name.startswith("."):
            return None
        version = parts.pop(0) if len(parts) > 1 else None
        return cls(text, Place.HUB, name, version or None, base="@".join(parts) or None)


def resolve(
    reference: ModelReference, *, dtype: str, device_type: str, offline: bool, helps: bool = False
) -> ResolvedModel:
    """Locate, fetch or convert the weights, without loading them.

    Args:
        reference: The reference.
        dtype: a `Precision`; `auto` is float32 on a CPU and bfloat16 on a GPU.
        device_type: "cpu" or "cuda".
        offline: Whether to do without the network.
        helps: Whether the model helps a recipe and is not measured, so that it may be a translator.

    Raises:
        RequestError: when there is no such model, or not one that can be measured.
        SourceUnavailableError: when it cannot be reached from here.
    """
    precision = _precision(dtype, device_type)
    try:
        with as_exceptions():
            return _resolved(reference, precision, offline=offline, helps=helps)
    except LeaderboardError:
        raise
    except Exception as error:  # the files are untrusted
        raise RequestError(
            f"{reference.text}: its files cannot be read as those of a model: {reason_of(error)}"
        ) from error


def _resolved(
    reference: ModelReference, precision: Precision, *, offline: bool, helps: bool, is_base: bool = False
) -> ResolvedModel:
    weights = _find(reference, offline=offline)
    keep, generation, notes = weights.keep, dict[str, Any](), tuple[str, ...]()
    if _is_adapter(reference, weights.path, is_base=is_base):
        adapter = _adapter_of(reference, weights.path, offline=offline)
        if reference.place is Place.HUB:
            check_blobs(weights.path, adapter.files, reference.text)
        content, keep, notes = adapter.content, adapter.merged, (adapter.note,)
        folder = keep(remembered_digest)
        files = folder_files(folder)
    elif weights.path.is_file():
        content = {"gguf": remembered_digest(weights.path), "conversion": str(CONVERSION)}
        keep = partial(_converted, weights, content["gguf"])
        folder = keep(remembered_digest)
        files = folder_files(folder)
    else:
        folder, notes = weights.path, (note_of_modules(weights.path),)
        check_folder(folder, reference.text)
        check_settings(folder, reference.text)
        files = folder_files(folder)
        content = {name: sha256 for name, sha256 in files.items() if name != GENERATION_CONFIG}
        if reference.place is Place.HUB:
            check_blobs(folder, files, reference.text)
        if quantisation_of(config := read_config(folder)):
            check_numbers(config, CONFIG, reference.text)
            quantised = QuantisedFolder(folder, reference.text, kind_of(config, reference.text, helps=helps), files)
            content, keep, notes = quantised.content, quantised.dequantised, (*notes, quantised.note)
            folder = keep(remembered_digest)
            files = folder_files(folder)
    config = read_config(folder)
    check_numbers(config, CONFIG, reference.text)
    kind = kind_of(config, reference.text, helps=helps)
    if "gguf" not in content and (kind.continues_text or kind is ModelKind.TRANSLATOR):
        generation = generation_settings(folder, config)
    return ResolvedModel(
        name=one_line(weights.name),
        source=label(reference.text),
        folder=folder,
        kind=kind,
        revision=_revision(reference.place, weights.version, content),
        dtype=precision,
        content=content,
        corrections=corrections_of(folder, files, config, kind),
        generation=generation,
        keep=keep,
        files=files,
        notes=tuple(note for note in notes if note),
    )


def _is_adapter(reference: ModelReference, folder: Path, *, is_base: bool) -> bool:
    """Return whether a reference is one of an adapter.

    Raises:
        RequestError: for an adapter as the base of another, and for a model from the Hub that is given a base.
    """
    on_hub = reference.place is Place.HUB
    if reference.place is Place.ADAPTER or (on_hub and is_adapter_snapshot(folder)):
        if is_base:
            raise RequestError(f"{reference.text}: is an adapter itself")
        return True
    if reference.base is not None:
        raise RequestError(f"{reference.text}: {reference.name} is no adapter; a base belongs to an adapter alone")
    return False


def _adapter_of(reference: ModelReference, folder: Path, *, offline: bool) -> Adapter:
    """Return an adapter with its base, resolved.

    Raises:
        RequestError: without a base, or for one that is an adapter or none at all.
        SourceUnavailableError: when the base cannot be downloaded.
    """
    check_weights(folder, reference.text)
    config = read_adapter_config(folder, reference.text, reference.base)
    if config.base is None:
        raise RequestError(
            f"{reference.text}: adapter_config.json names no base (base_model_name_or_path)\n"
            "  Name the model that it was trained on: --base REF"
        )
    try:
        resolved = _resolved(
            ModelReference.parse(config.base), Precision.FLOAT32, offline=offline, helps=False, is_base=True
        )
    except (RequestError, SourceUnavailableError) as error:
        raise type(error)(
            f"{reference.text}: the base of this adapter: {error}\n  Name the model that it was trained on: --base REF"
        ) from error
    return Adapter.of(folder, reference.text, config, resolved)


def _converted(weights: WeightLocation, sha256: str, read: Digest) -> Path:
    """Return a GGUF file's folder of safetensors, recreated from the unchanged file where it is damaged."""
    if weights.keep is not None and read is verified_digest:
        weights.keep(read)
    return converted(weights.path, sha256, read)


def _find(reference: ModelReference, *, offline: bool) -> WeightLocation:
    match reference.place:
        case Place.HUB:
            others = [f"package:{name}" for name, pin in pins().items() if pin.weights]
            others += [path.parent.name for path in Path().glob("*/config.json")]
            return from_hub(reference.name, reference.version, offline=offline, other_models=others)
        case Place.PACKAGE:
            return from_package(reference.name, reference.version, reference.path, offline=offline)
        case Place.FOLDER | Place.ADAPTER:
            folder = Path(reference.name).resolve()
            return WeightLocation(folder.name, folder)
        case Place.GGUF:
            return WeightLocation(Path(reference.name).stem, Path(reference.name).resolve())


def _revision(place: Place, version: str | None, content: dict[str, str]) -> str:
    if place is Place.HUB and version:
        return version
    sha256 = content.get("gguf") or digest(content)
    return f"{version} sha256:{sha256}" if version else f"sha256:{sha256}"


def _precision(dtype: str, device_type: str) -> Precision:
    if dtype not in set(Precision):
        raise unknown_name("dtype", dtype, Precision, where="--dtype")
    if dtype != Precision.AUTO:
        return Precision(dtype)
    return Precision.FLOAT32 if device_type == "cpu" else Precision.BFLOAT16


def _holds_a_model(folder: Path) -> bool:
    """Return whether a folder holds a part of a model (an adapter, pickles): then the reference is no Hub id."""
    patterns = ("config.json", "adapter_config.json", "*.safetensors", "*.bin", "*.gguf", "tokenizer.json")
    return any(next(folder.glob(pattern), None) is not None for pattern in patterns)
