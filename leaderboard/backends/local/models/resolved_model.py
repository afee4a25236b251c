"""Weights on this machine, identified by the content of their files."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.config_facts import head_labels, text_limit
from leaderboard.backends.local.models.model_files import CONFIG, Keep, folder_content, read_config
from leaderboard.backends.local.models.private_folder import changed
from leaderboard.backends.local.models.version_corrections import words_corrected
from leaderboard.backends.precision import Precision
from leaderboard.backends.resolved import LOCAL, ResolvedReference
from leaderboard.cache.file_digests import verified_digest

_CONVERTED = frozenset({"gguf", "base", "dequantisation"})
"""Parts of the content of a model whose folder is in the cache: converted, merged, or dequantised."""

_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
"""Names of the number of layers, by family."""


@dataclass(frozen=True, kw_only=True)
class ResolvedModel(ResolvedReference):
    """Weights on this machine, identified by content.

    Attributes:
        folder: with `config.json`, safetensors and tokenizer.
        content: digest of each file that it is made of; of the GGUF file and the version of its
            conversion where it was converted from one.
        corrections: Corrections of earlier versions that affect it; see `models.version_corrections`.
        generation: Effective settings of `generation_config.json` (see `models.generation_config`).
        keep: As of `models.model_files.WeightLocation`.
        files: digest of each file that is loaded; of one that was converted, of the converted ones.
        notes: Notes for readers of its results on where its weights come from, one sentence each.
    """

    folder: Path
    backend: str = LOCAL
    dtype: Precision = Precision.FLOAT32
    content: dict[str, str] = field(hash=False)
    corrections: tuple[str, ...] = ()
    generation: dict[str, Any] = field(hash=False, default_factory=dict)
    keep: Keep | None = field(compare=False, repr=False, default=None)
    files: dict[str, str] = field(compare=False, repr=False, default_factory=dict)
    notes: tuple[str, ...] = field(compare=False, default=())

    trust_remote_code = False

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything about the model that changes a result; its location does not."""
        identity: dict[str, Any] = {"content": self.content, "dtype": self.dtype.value}
        # A model that writes as its `config.json` says, and of which nothing was wrong, has the identity it always had.
        identity |= {"generation": self.generation} if self.generation else {}
        return identity | ({"corrections": list(self.corrections)} if self.corrections else {})

    @cached_property
    def config(self) -> dict[str, Any]:
        """Content of its `config.json`; empty without one."""
        return read_config(self.folder) if (self.folder / CONFIG).is_file() else {}

    @property
    def layers(self) -> int | None:
        """Number of layers by its configuration, of an encoder-decoder those of its encoder; None where it has none."""
        return next((count for key in _LAYERS if isinstance(count := self.config.get(key), int)), None)

    @property
    def text_limit(self) -> int | None:
        """Maximum number of tokens of a text; None where its configuration states none."""
        return text_limit(self.config)

    @property
    def head_labels(self) -> tuple[str, ...]:
        """Names of the classes of its head, in order; empty for a model without such a head."""
        return head_labels(self.config) if self.kind in {ModelKind.CLASSIFIER, ModelKind.TAGGER} else ()

    @property
    def is_encoder_decoder(self) -> bool:
        """Whether its configuration describes an encoder and a decoder."""
        return bool(self.config.get("is_encoder_decoder"))

    @property
    def words_corrected(self) -> bool:
        """Whether an earlier version encoded words of sentences wrongly for its tokenizer."""
        return words_corrected(self.folder)

    def check_files(self) -> None:
        """Check that the files are those that were resolved, reading each once in this process.

        Raises:
            LeaderboardError: when one has changed.
        """
        if self.keep is not None:
            self.keep(verified_digest)
        # A converted folder has checksums of its own.
        if not _CONVERTED & self.content.keys() and folder_content(self.folder, verified_digest) != self.content:
            raise changed(self.folder)
