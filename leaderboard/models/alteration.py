"""What was done to weights after they were loaded; light, so that a recipe can name it before torch is there."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

VERSION = 2
"""Raised whenever the same alteration would give other weights or another arithmetic."""


class Quantisation(StrEnum):
    """How the weights of linear layers are kept.

    `int8_dynamic` also rounds what goes into them, token by token, and multiplies integers; `int8_weight` keeps
    integers and multiplies floating-point numbers, which is nearer to the whole model and takes as little memory.
    Without a compiler or kernels for it neither need be faster: the latency axis tells.
    """

    NONE = "none"
    INT8_DYNAMIC = "int8_dynamic"
    INT8_WEIGHT = "int8_weight"


@dataclass(frozen=True)
class Alteration:
    """Changes of loaded weights, made in the order of the fields.

    Attributes:
        drop_layers: transformer layers left out, from the last one down.
        prune: share of the weights of all linear layers set to 0.
        quantise: how the weights of linear layers are kept.
    """

    drop_layers: int = 0
    prune: float = 0.0
    quantise: Quantisation = Quantisation.NONE

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return self != UNALTERED

    @property
    def details(self) -> dict[str, Any]:
        """All of it, JSON-like."""
        return {**asdict(self), "version": VERSION}


UNALTERED = Alteration()
