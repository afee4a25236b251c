"""Dequantisation of weights that were saved in few bits, once, as an ordinary folder of float32 weights.

What such weights mean is a number each: a code of 4 or 8 bits times a scale. The copy has exactly these numbers, so
that every task, recipe and device reads them as any others. What a kernel for few bits would round in addition, the
inputs of layers, is not rounded; nor are memory and speed those of such a kernel.
"""

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.model_files import CONFIG, GENERATION_CONFIG, read_config
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.backends.local.models.quantised_formats import (
    METHODS,
    QUANTISATION,
    DequantisationStep,
    forget_quantisation,
    loader_settings,
    quantisation_of,
)
from leaderboard.backends.local.models.vetting import vet
from leaderboard.backends.local.models.weight_files import loaded_weights
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.file_digests import Digest, remembered_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import LeaderboardError, RequestError, as_exceptions, reason_of
from leaderboard.identity import digest
from leaderboard.settings import cache_folder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

DEQUANTISATION = 1
"""Raised when the dequantisation itself changes, so that old copies are not used."""
_CODES = ("F8", "F4", "I", "U")
"""Beginnings of the types of codes: 8-bit floats and integers."""
_SCALES = ("scale", "absmax", "SCB")
"""Parts of the names of the tensors that codes are multiplied by."""
_WEIGHTS = (".safetensors", ".safetensors.index.json")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QuantisedFolder:
    """A folder of quantised weights.

    Attributes:
        folder: of the model.
        source: as the user typed it.
        kind: of the model.
        files: digest of each file that is loaded, by name.
    """

    folder: Path
    source: str
    kind: ModelKind
    files: Mapping[str, str] = field(hash=False, repr=False)

    @property
    def content(self) -> dict[str, str]:
        """Digest of everything that the copy is made of."""
        files = {name: sha256 for name, sha256 in self.files.items() if name != GENERATION_CONFIG}
        return {**files, "dequantisation": str(DEQUANTISATION)}

    @property
    def note(self) -> str:
        """Note for readers of its results."""
        name = quantisation_of(read_config(self.folder))
        return (
            f"weights quantised by {name} that are computed with as float numbers: memory and latency are those of "
            "such, and inputs of layers are not rounded"
        )

    def dequantised(self, read: Digest = remembered_digest) -> Path:
        """Return a cached folder with the weights as float32 numbers.

        Args:
            read: gives the digest of a file of the copy; see `cache.cached_files.cached_folder`.

        Raises:
            RequestError: when the weights are not as the configuration says.
            LeaderboardError: when a file has changed meanwhile.
        """
        kept = cache_folder() / CacheKind.DEQUANTISED / digest({**self.content, **self.files})

        def make(into: Path) -> None:
            _log.info("dequantising %s, once", self.source)
            _dequantise(self, into)

        return cached_folder(kept, make, read=read)


def _dequantise(quantised: QuantisedFolder, into: Path) -> None:
    # Most references need none of this, and what was dequantised before is in the cache.
    from leaderboard.backends.local.models.fp8_weights import write_meaning  # noqa: PLC0415
    from leaderboard.backends.local.models.transformers_logs import quietly  # noqa: PLC0415

    source = quantised.source
    try:
        with as_exceptions(), quietly(), private_folder(quantised.folder, quantised.files) as private:
            config = read_config(private)
            settings = loader_settings(config, source)
            plain = {key: value for key, value in config.items() if key != QUANTISATION}
            (private / CONFIG).write_text(json.dumps(plain))
            vet(private, quantised.kind, quantised.content, source)
            step, weights = METHODS[settings["quant_method"]].step, loaded_weights(private, plain, source)
            _check_scales(weights, source)
            if step is DequantisationStep.BEFORE:
                write_meaning(weights, settings.get("weight_block_size"), source)
            else:
                (private / CONFIG).write_text(json.dumps(plain | {QUANTISATION: settings}))
            module = _loaded(quantised, private, step)
            module.save_pretrained(into, save_original_format=False)  # whose way back would be to quantise
            for name in quantised.files:
                if name != CONFIG and not name.endswith(_WEIGHTS):
                    (into / name).parent.mkdir(exist_ok=True)
                    shutil.copyfile(private / name, into / name)
    except LeaderboardError:
        raise
    except Exception as error:  # the files are untrusted
        raise RequestError(
            f"{source}: its quantised weights cannot be read: {' '.join(reason_of(error).split())[:300]}\n"
            "  Take the weights that they were made from, or a GGUF file of the same model."
        ) from error


def _check_scales(paths: Sequence[Path], source: str) -> None:
    """Check that there are codes, each with its scale in the same layer: a loader takes one without it for a number.

    Raises:
        RequestError: naming a weight that lacks its scale.
    """
    from safetensors import safe_open  # noqa: PLC0415 - slow to import

    codes, scaled = set[str](), set[str]()
    for path in paths:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - no mapping
                layer, _, rest = name.rpartition("weight")
                layer = layer or name.rpartition(".")[0] + "."
                if any(part in name.rpartition(".")[2] for part in _SCALES):
                    scaled.add(layer)
                elif rest in {"", "_packed"} and file.get_slice(name).get_dtype().startswith(_CODES):
                    codes.add(layer)
    if not codes or codes - scaled:
        lacking = f"{min(codes - scaled)}weight has no scale" if codes else "all are ordinary numbers"
        raise RequestError(
            f"{source}: its quantised weights are not as config.json says: {lacking}\n"
            f"  Copy or download it again; of ordinary weights remove {QUANTISATION} from config.json."
        )


def _loaded(quantised: QuantisedFolder, private: Path, step: DequantisationStep) -> "PreTrainedModel":
    """Return the model with float32 weights."""
    import torch  # noqa: PLC0415 - slow to import, as the others

    from leaderboard.backends.local.models.model_classes import CLASSES  # noqa: PLC0415
    from leaderboard.backends.local.models.pretrained import closed, load_module  # noqa: PLC0415

    module, missing = load_module(CLASSES[quantised.kind], private, dtype=torch.float32)
    lost = sorted(name for name in missing if quantised.kind is not ModelKind.ENCODER or "pooler" not in name)
    if lost:
        raise RequestError(
            f"{quantised.source}: incomplete weights; missing: {', '.join(lost[:3])} ({len(lost)} in all)"
        )
    if step is DequantisationStep.AFTER:
        with closed():  # kernels of a package are not fetched
            module = module.dequantize(dtype=torch.float32)  # type: ignore[no-untyped-call]
    forget_quantisation(module)
    torch.nn.Module.float(module)
    for name, weight in module.named_parameters():
        if not bool(torch.isfinite(weight).all()):
            raise RequestError(f"{quantised.source}: the weight {name} is not finite once dequantised")
    return module
