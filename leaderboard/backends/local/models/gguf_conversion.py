"""Conversion of GGUF files to safetensors, once: reading GGUF takes many times as long."""

import logging
import tempfile
from pathlib import Path

from leaderboard.backends.local.models.gguf_header import gguf_weight_size
from leaderboard.backends.local.models.quantised_formats import forget_quantisation
from leaderboard.backends.local.models.vetting import vet_gguf
from leaderboard.cache.cached_files import cached_folder
from leaderboard.cache.file_digests import Digest, remembered_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import LeaderboardError, RequestError, as_exceptions
from leaderboard.settings import cache_folder

CONVERSION = 1
"""Raised when the conversion itself changes, so that old copies are not used."""

_log = logging.getLogger(__name__)


def converted(path: Path, sha256: str, read: Digest = remembered_digest) -> Path:
    """Return a cached folder with the file's weights as float32 safetensors, its configuration and its tokenizer.

    De-quantised weights are float32 numbers, so nothing is lost: the copy gives the same logits.

    Args:
        path: the GGUF file.
        sha256: of its bytes; names the copy in the cache.
        read: gives the digest of a file of the copy; see `cache.cached_files.cached_folder`.

    Raises:
        RequestError: for a file that is not GGUF, or of an architecture that `transformers` cannot read from it.
        LeaderboardError: for one that has changed meanwhile.
    """
    kept = cache_folder() / CacheKind.GGUF / f"{sha256}-{CONVERSION}"

    def make(folder: Path) -> None:
        _convert(path, folder)
        if remembered_digest(path) != sha256:
            raise LeaderboardError(f"{path}: has changed since this run began\n  Run it again.")

    return cached_folder(kept, make, read=read)


def _convert(path: Path, folder: Path) -> None:
    # Most references need none of this, and those that do mostly find the copy in the cache.
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    from leaderboard.backends.local.models.pretrained import load_module, load_tokenizer  # noqa: PLC0415
    from leaderboard.backends.local.models.transformers_logs import quietly  # noqa: PLC0415

    size = gguf_weight_size(path)
    _log.info("converting %s to safetensors, once", path)
    try:
        vet_gguf(path, size, str(path))
        with as_exceptions(), quietly(), tempfile.TemporaryDirectory(prefix="leaderboard-gguf-") as empty:
            # Other files of the folder (a tokenizer_config.json with code, a file of the same name in the working
            # directory) are not read: transformers gets an empty folder, and the absolute path of the file.
            named = str(path.resolve())
            tokenizer = load_tokenizer(Path(empty), gguf_file=named)
            model, _ = load_module(AutoModelForCausalLM, Path(empty), gguf_file=named, dtype=torch.float32)
            forget_quantisation(model)
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except RequestError:
        raise
    except Exception as error:
        # The reader trusts the file: one that is damaged or cut short makes it stumble over anything.
        raise RequestError(
            f"{path}: cannot be read as a GGUF model: {str(error) or type(error).__name__}\n"
            "  It was changed or cut short, or its architecture is one that transformers cannot read from GGUF."
        ) from error
