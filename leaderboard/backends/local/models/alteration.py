"""Changes of weights after loading; light, so that a recipe can name them without torch."""

import importlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

VERSION = 2
"""Raised whenever the same alteration would give other weights or another arithmetic."""


class Quantisation(StrEnum):
    """Storage of the weights of linear layers.

    `int8_dynamic` also rounds what goes into them, token by token, and multiplies integers; `int8_weight` keeps
    integers and multiplies floating-point numbers, which is nearer to the whole model and takes as little memory.
    Without a compiler or kernels for it neither need be faster: the latency axis measures it.
    """

    NONE = "none"
    INT8_DYNAMIC = "int8_dynamic"
    INT8_WEIGHT = "int8_weight"


class WeightChange(ABC):
    """A change of loaded weights.

    Attributes:
        kept_in_files: whether a folder of weights can hold the changed model.
    """

    kept_in_files: ClassVar[bool] = True

    @abstractmethod
    def alter(self, module: "PreTrainedModel") -> None:
        """Change a module in place; it is a copy that nothing else uses.

        Raises:
            RequestError: If the model or this machine does not support the change; the module may be changed in part.
        """

    @property
    def rounds_inputs(self) -> bool:
        """Whether inputs of layers are rounded too, so that results depend on the batch."""
        return False

    def arithmetic(self, device: "torch.device") -> dict[str, Any]:
        """Return the properties of the machine that change results, JSON-like."""
        del device
        return {}

    def notes(self, device: "torch.device") -> tuple[str, ...]:
        """Return notes for readers of the results on what this machine changes, one sentence each."""
        del device
        return ()

    def import_requirements(self) -> None:
        """Import the packages that it needs, so that they are not part of a memory measurement."""
        return

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return its settings."""

    @classmethod
    @abstractmethod
    def model_validate(cls, obj: Any) -> Self:
        """Return the change with the settings of `to_json`."""


@dataclass(frozen=True)
class Alteration:
    """Changes of loaded weights.

    Attributes:
        changes: in the order in which they are made.
        settings: Settings of all changes that the recipe supports, JSON-like: they are part of the identity.
    """

    changes: tuple[WeightChange, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return bool(self.changes)

    @property
    def rounds_inputs(self) -> bool:
        """Whether any change rounds what goes into a layer."""
        return any(change.rounds_inputs for change in self.changes)

    @property
    def details(self) -> dict[str, Any]:
        """Settings and version, JSON-like, for the identity."""
        return {**self.settings, "version": VERSION}

    def arithmetic(self, device: "torch.device") -> dict[str, Any]:
        """Return the properties of the machine that change results, JSON-like."""
        return {name: value for change in self.changes for name, value in change.arithmetic(device).items()}

    def notes(self, device: "torch.device") -> tuple[str, ...]:
        """Return notes for readers of the results on what this machine changes, one sentence each."""
        return tuple(note for change in self.changes for note in change.notes(device))

    def to_text(self) -> str:
        """Serialise the changes for another process of this program."""
        places = [f"{type(change).__module__}:{type(change).__qualname__}" for change in self.changes]
        return json.dumps([[place, each.to_json()] for place, each in zip(places, self.changes, strict=True)])

    @classmethod
    def from_text(cls, text: str) -> "Alteration":
        """Read the changes that `to_text` wrote, and import the packages that they need."""
        changes = []
        for place, settings in json.loads(text):
            module, _, name = place.partition(":")
            change: WeightChange = getattr(importlib.import_module(module), name).model_validate(settings)
            change.import_requirements()
            changes.append(change)
        return cls(tuple(changes))


UNALTERED = Alteration()
