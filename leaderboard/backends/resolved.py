"""Resolved model references, before anything is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leaderboard.backends.kind import ModelKind
from leaderboard.identity import digest

LOCAL = "local"
"""Name of the backend that computes with weights on this machine."""
UNKNOWN = "unknown"
"""Precision of weights that are elsewhere."""


@dataclass(frozen=True, kw_only=True)
class ResolvedReference:
    """An exact model that a reference stands for.

    Attributes:
        name: short, for people.
        source: as the user typed it.
        kind: what it predicts.
        revision: of the weights, or of the service that has them.
        backend: name of the backend that computes with it.
        dtype: precision of the weights, where that is known.
    """

    name: str
    source: str
    kind: ModelKind
    revision: str
    backend: str
    dtype: str = UNKNOWN

    @property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the model that changes a number, JSON-like."""
        return {"backend": self.backend, "model": self.source, "revision": self.revision}

    @cached_property
    def digest(self) -> str:
        """Digest of `identity`."""
        return digest(self.identity)

    @property
    def layers(self) -> int | None:
        """Number of layers, of an encoder-decoder those of its encoder; None where it is not known."""
        return None

    @property
    def is_encoder_decoder(self) -> bool:
        """Whether it is known to have an encoder and a decoder."""
        return False

    @property
    def words_corrected(self) -> bool:
        """Whether an earlier version of its backend computed words of sentences wrongly."""
        return False

    @property
    def text_limit(self) -> int | None:
        """Maximum number of tokens of a text, where its configuration is here and states it."""
        return None

    @property
    def head_labels(self) -> tuple[str, ...]:
        """Names of the classes of its head, in order; empty without such a head, or where they are unknown."""
        return ()
