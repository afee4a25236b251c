"""Checkpoint: everything that a killed training needs to go on as if nothing had happened, in one safe file."""

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

FILE = "checkpoint.safetensors"
_PART = "checkpoint.part"

_log = logging.getLogger(__name__)


@dataclass
class Standing:
    """How far a training is.

    Attributes:
        step: steps done.
        epoch: epochs done.
        steps_of_epoch: steps done of the next.
        loss: sum over what was seen of that epoch.
        weight: of what was seen of it.
        losses, search_losses, search_scores: of each epoch done.
        best_epoch: whose weights are the best so far, from 1; 0 where none is done.
        seconds: spent so far.
    """

    step: int = 0
    epoch: int = 0
    steps_of_epoch: int = 0
    loss: float = 0.0
    weight: float = 0.0
    losses: list[float] = field(default_factory=list)
    search_losses: list[float] = field(default_factory=list)
    search_scores: list[float] = field(default_factory=list)
    best_epoch: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """A training that can go on.

    Attributes:
        standing: how far it is.
        weights: that are learned, by name.
        best: those of the best epoch; empty where there is none yet.
        moments: of AdamW, by the number of the parameter and a dot and their name.
        scaler: state of the loss scaling of float16; empty elsewhere.
    """

    standing: Standing
    weights: Mapping[str, torch.Tensor]
    best: Mapping[str, torch.Tensor]
    moments: Mapping[str, torch.Tensor]
    scaler: Mapping[str, Any]

    def save(self, folder: Path, training: str) -> None:
        """Put it in the place of the one before, whole or not at all.

        The file is a safetensors file, with what is no tensor as JSON in its header.

        Args:
            folder: of the training.
            training: digest of what is trained how; a checkpoint of something else is no use.
        """
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            f"{part}/{name}": tensor.contiguous()
            for part in ("weights", "best", "moments")
            for name, tensor in getattr(self, part).items()
        }
        told = {"training": training, "standing": asdict(self.standing), "scaler": dict(self.scaler)}
        save_file(tensors, folder / _PART, metadata={"told": json.dumps(told), "checksum": _checksum(tensors, told)})
        with (folder / _PART).open("rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave the new name with the bytes of neither
        (folder / _PART).replace(folder / FILE)

    @classmethod
    def load(cls, folder: Path, training: str) -> "Checkpoint | None":
        """The checkpoint of a training, if there is one; one that cannot be read is told of and discarded."""
        path = folder / FILE
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                kept = file.metadata() or {}
                told = json.loads(kept["told"])
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
            if _checksum(tensors, told) != kept.get("checksum"):
                reason = "it does not match its checksum, or is of an earlier version"
            elif told["training"] != training:
                reason = "it is of another training"
            else:
                return cls(Standing(**told["standing"]), scaler=told["scaler"], **_parts(tensors))
        except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error)
        _log.warning("the checkpoint %s cannot be used (%s): training starts anew", path, reason)
        discard(folder)
        return None


def _parts(tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    parts: dict[str, dict[str, torch.Tensor]] = {"weights": {}, "best": {}, "moments": {}}
    for key, tensor in tensors.items():
        part, _, name = key.partition("/")
        parts[part][name] = tensor
    return parts


def _checksum(tensors: Mapping[str, torch.Tensor], told: Mapping[str, Any]) -> str:
    """SHA-256 of the tensors, by name, and of what is no tensor."""
    hasher = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu").contiguous()
        hasher.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        hasher.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()


def discard(folder: Path) -> None:
    """Remove the checkpoint of a training, and what was being written of one."""
    for name in (FILE, _PART):
        (folder / name).unlink(missing_ok=True)


def moments(optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """What an optimiser remembers of each parameter, by its number, a dot and the name."""
    return {
        f"{number}.{name}": value.detach().to("cpu", copy=True)
        for number, of_one in optimiser.state_dict()["state"].items()
        for name, value in of_one.items()
    }


def put_moments(optimiser: torch.optim.Optimizer, kept: Mapping[str, torch.Tensor]) -> None:
    """Put back what `moments` gave."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in kept.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
