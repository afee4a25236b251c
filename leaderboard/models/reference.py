"""What a user calls a model becomes a folder of weights on this machine, with an identity made of its contents."""

import difflib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, Self

from leaderboard.data.packages import pins
from leaderboard.errors import LeaderboardError, RequestError, unknown_name
from leaderboard.file_digests import Digest, remembered_digest, verified_digest
from leaderboard.identity import digest
from leaderboard.models.files import Keep, Weights, check_folder, check_weights, folder_content, kind_of, read_config
from leaderboard.models.generation_config import generation_settings
from leaderboard.models.gguf import CONVERSION, converted
from leaderboard.models.hub import check_blobs, from_hub
from leaderboard.models.loaded import ModelKind
from leaderboard.models.precision import Precision
from leaderboard.models.shipped import from_package
from leaderboard.settings import user_path

_PACKAGE = re.compile(r"package:(?P<name>[A-Za-z0-9][\w.-]*)(?:==(?P<version>[\w.!+-]+))?(?::(?P<path>.+))?")
_HUB = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<version>[\w./-]+))?")
_FORMS = "a Hub id (bert-base-cased, owner/name@revision), a folder, a .gguf file, package:DIST[==VERSION][:PATH]"


class Place(StrEnum):
    """Where a reference points to."""

    HUB = "hub"
    FOLDER = "folder"
    GGUF = "gguf"
    PACKAGE = "package"


@dataclass(frozen=True)
class ModelReference:
    """Which weights are meant.

    Attributes:
        text: as it was typed.
        place: where it points to.
        name: Hub id, path, or distribution.
        version: revision on the Hub, or version of the distribution.
        path: inside the distribution.
    """

    text: str
    place: Place
    name: str
    version: str | None = None
    path: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference. A folder that is there is meant before a Hub id of the same name.

        Raises:
            RequestError: for what can be none, or names a file or folder that is not there.
        """
        if not text.strip():
            raise RequestError(f"model '{text}': has no name\n  A model is {_FORMS}.")
        if text.startswith("package:"):
            return cls._package(text)
        path = user_path(text)
        if text.lower().endswith(".gguf") and not path.is_dir():
            if not path.is_file():
                raise RequestError(f"model '{text}': no such file{_nearest_file(path)}")
            return cls(text, Place.GGUF, str(path))
        match = _HUB.fullmatch(text)
        like_a_path = match is None or text.startswith(".")
        if path.is_dir() and (like_a_path or _holds_a_model(path)):
            return cls(text, Place.FOLDER, str(path))
        if like_a_path or match is None:
            raise RequestError(f"model '{text}': no such folder{_nearest_file(path)}\n  A model is {_FORMS}.")
        return cls(text, Place.HUB, match["name"], match["version"])

    @classmethod
    def _package(cls, text: str) -> Self:
        match = _PACKAGE.fullmatch(text)
        path = PurePosixPath(match["path"]) if match and match["path"] else None
        if match is None or (path is not None and (path.is_absolute() or ".." in path.parts)):
            raise RequestError(f"model '{text}': not of the form package:DIST[==VERSION][:relative/path]")
        return cls(text, Place.PACKAGE, match["name"], match["version"], None if path is None else path.as_posix())


@dataclass(frozen=True)
class ResolvedModel:
    """Weights that are on this machine, and what exactly they are.

    Attributes:
        name: short, for people.
        source: as the user typed it.
        folder: with `config.json`, safetensors and tokenizer.
        kind: what its head predicts, as its configuration says.
        revision: commit (Hub), version and digest (package), or digest (folder, file).
        dtype: precision it is loaded in.
        content: digest of each file that it is made of; of the GGUF file and the version of its
            conversion where it was converted from one.
        generation: what `generation_config.json` changes of what it writes (see `models.generation_config`).
        keep: see `models.files.Weights`.
    """

    name: str
    source: str
    folder: Path
    kind: ModelKind
    revision: str
    dtype: Precision
    content: dict[str, str] = field(hash=False)
    generation: dict[str, Any] = field(hash=False, default_factory=dict)
    keep: Keep | None = field(compare=False, repr=False, default=None)

    trust_remote_code = False

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything about the model that changes a number; where it lies does not."""
        identity: dict[str, Any] = {"content": self.content, "dtype": self.dtype.value}
        # A model that writes as its `config.json` says has the identity it had before this was part of it.
        return {**identity, "generation": self.generation} if self.generation else identity

    @cached_property
    def digest(self) -> str:
        """Digest of `identity`."""
        return digest(self.identity)

    def check_files(self) -> None:
        """See that the files are those that were resolved, reading each once in this process; for whoever loads them.

        Raises:
            LeaderboardError: when one has changed.
        """
        if self.keep is not None:
            self.keep(verified_digest)
        # A converted folder has checksums of its own.
        if "gguf" not in self.content and folder_content(self.folder, verified_digest) != self.content:
            raise LeaderboardError(
                f"{self.source}: its files in {self.folder} are not those that this run began with\n"
                "  Run it again: the model then is another one."
            )


def resolve(
    reference: ModelReference, *, dtype: str, device_type: str, offline: bool, helps: bool = False
) -> ResolvedModel:
    """Find, fetch or convert the weights, without loading them.

    Args:
        reference: which ones.
        dtype: a `Precision`; `auto` is float32 on a CPU and bfloat16 on a GPU.
        device_type: "cpu" or "cuda".
        offline: do without the network.
        helps: it helps a recipe and is not measured itself, so that it may be a translator.

    Raises:
        RequestError: when there is no such model, or not one that can be measured.
        SourceUnavailableError: when it cannot be reached from here.
    """
    precision = _precision(dtype, device_type)
    weights = _find(reference, offline=offline)
    keep, generation = weights.keep, dict[str, Any]()
    if weights.path.is_file():
        content = {"gguf": remembered_digest(weights.path), "conversion": str(CONVERSION)}
        keep = partial(_converted, weights, content["gguf"])
        folder = keep(remembered_digest)
    else:
        folder = weights.path
        check_folder(folder, reference.text)
        check_weights(folder, reference.text)
        content = folder_content(folder)
    if reference.place is Place.HUB:
        check_blobs(folder, content, reference.text)
    config = read_config(folder)
    kind = kind_of(config, reference.text, helps=helps)
    if "gguf" not in content and kind in {ModelKind.CAUSAL, ModelKind.TRANSLATOR}:
        generation = generation_settings(folder, config)
    return ResolvedModel(
        name=weights.name,
        source=reference.text,
        folder=folder,
        kind=kind,
        revision=_revision(reference.place, weights.version, content),
        dtype=precision,
        content=content,
        generation=generation,
        keep=keep,
    )


def _converted(weights: Weights, sha256: str, read: Digest) -> Path:
    """A GGUF file's folder of safetensors, made again from a file that is as it was where it is damaged."""
    if weights.keep is not None and read is verified_digest:
        weights.keep(read)
    return converted(weights.path, sha256, read)


def _find(reference: ModelReference, *, offline: bool) -> Weights:
    match reference.place:
        case Place.HUB:
            known = [f"package:{name}" for name, pin in pins().items() if pin.weights]
            known += [path.parent.name for path in Path().glob("*/config.json")]
            return from_hub(reference.name, reference.version, offline=offline, known=known)
        case Place.PACKAGE:
            return from_package(reference.name, reference.version, reference.path, offline=offline)
        case Place.FOLDER:
            folder = Path(reference.name).resolve()
            return Weights(folder.name, folder)
        case Place.GGUF:
            return Weights(Path(reference.name).stem, Path(reference.name).resolve())


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
    """Whether a folder holds anything of a model, whole or not (an adapter, pickles): then no Hub id is meant."""
    patterns = ("config.json", "adapter_config.json", "*.safetensors", "*.bin", "*.gguf", "tokenizer.json")
    return any(next(folder.glob(pattern), None) is not None for pattern in patterns)


def _nearest_file(path: Path) -> str:
    """What lies beside where the path points, if something there has nearly its name."""
    there = [other.name for other in path.parent.iterdir() if other != path] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, there, n=1, cutoff=0.5)
    return f"\n  Did you mean '{path.parent / near[0]}'?" if near else ""
