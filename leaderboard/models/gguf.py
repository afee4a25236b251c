"""GGUF files, converted once: reading one takes many times as long as reading the same weights from safetensors."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.data.keeping import keep_folder
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.file_digests import Digest, remembered_digest
from leaderboard.settings import cache_folder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONVERSION = 1
"""Raised when the conversion itself changes, so that old copies are not used."""

_log = logging.getLogger(__name__)


def converted(path: Path, sha256: str, read: Digest = remembered_digest) -> Path:
    """A folder with the file's weights as float32 safetensors, its configuration and its tokenizer.

    De-quantised weights are float32 numbers, so nothing is lost: the copy gives the same logits.

    Args:
        path: the GGUF file.
        sha256: of its bytes; names the copy in the cache.
        read: gives the digest of a file of the copy; see `data.keeping.keep_folder`.

    Raises:
        RequestError: for a file that is not GGUF, or of an architecture that `transformers` cannot read from it.
        LeaderboardError: for one that has changed meanwhile.
    """
    kept = cache_folder() / "gguf" / f"{sha256}-{CONVERSION}"

    def make(folder: Path) -> None:
        _convert(path, folder)
        if remembered_digest(path) != sha256:
            raise LeaderboardError(f"{path}: has changed since this run began\n  Run it again.")

    return keep_folder(kept, make, read=read)


def _convert(path: Path, folder: Path) -> None:
    # Most references need none of this, and those that do mostly find the copy in the cache.
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    from leaderboard.models.quiet import quietly  # noqa: PLC0415

    _log.info("converting %s to safetensors, once", path)
    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
            model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
            _forget_quantisation(model)
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except Exception as error:
        # The reader trusts the file: one that is damaged or cut short makes it stumble over anything.
        raise RequestError(
            f"{path}: cannot be read as a GGUF model: {str(error) or type(error).__name__}\n"
            "  It was changed or cut short, or its architecture is one that transformers cannot read from GGUF."
        ) from error


def _forget_quantisation(model: "PreTrainedModel") -> None:
    """Say that the weights are plain numbers now, without which `save_pretrained` refuses."""
    for name, nothing in (("hf_quantizer", None), ("quantization_method", None), ("is_quantized", False)):
        setattr(model, name, nothing)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
