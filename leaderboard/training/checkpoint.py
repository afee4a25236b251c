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
_HEADER, _STATE = "told", "standing"
"""Keys in the file; they keep the names of the first version, so that its checkpoints are still read."""

_log = logging.getLogger(__name__)


@dataclass
class TrainingState:
    """Progress of a training, as a checkpoint keeps it.

    Attributes:
        step: number of steps done.
        epoch: number of epochs done.
        steps_of_epoch: number of steps done of the present epoch.
        loss: summed loss of the present epoch.
        weight: summed weight of its examples.
        losses, search_losses, search_scores: loss, and loss and score of the search split, of each epoch done.
        best_epoch: epoch with the best weights so far, from 1; 0 where none is done.
        seconds: time spent so far.
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
    """State, weights and optimiser moments of a training, from which it is resumed.

    Attributes:
        state: progress of the training.
        weights: trained weights, by name.
        best: weights of the best epoch; empty where there is none yet.
        moments: moments of AdamW, by the number of the parameter, a dot and their name.
        scaler: state of the loss scaling of float16; empty for other precisions.
    """

    state: TrainingState
    weights: Mapping[str, torch.Tensor]
    best: Mapping[str, torch.Tensor]
    moments: Mapping[str, torch.Tensor]
    scaler: Mapping[str, Any]

    def save(self, folder: Path, training: str) -> None:
        """Replace the previous checkpoint in one step.

        The file is a safetensors file, with what is not a tensor as JSON in its header.

        Args:
            folder: folder of the training.
            training: identity of the training; a checkpoint of another training is not used.
        """
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            f"{part}/{name}": tensor.contiguous()
            for part in ("weights", "best", "moments")
            for name, tensor in getattr(self, part).items()
        }
        header = {"training": training, _STATE: asdict(self.state), "scaler": dict(self.scaler)}
        metadata = {_HEADER: json.dumps(header), "checksum": _checksum(tensors, header)}
        save_file(tensors, folder / _PART, metadata=metadata)
        with (folder / _PART).open("rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave the new name with the bytes of neither
        (folder / _PART).replace(folder / FILE)

    @classmethod
    def load(cls, folder: Path, training: str) -> "Checkpoint | None":
        """Load the checkpoint of a training; None where there is none, or only one that cannot be used.

        A checkpoint that cannot be used is reported and discarded.
        """
        path = folder / FILE
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                header = json.loads(metadata[_HEADER])
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
            if _checksum(tensors, header) != metadata.get("checksum"):
                reason = "it does not match its checksum, or is of an earlier version"
            elif header["training"] != training:
                reason = "it is of another training"
            else:
                return cls(TrainingState(**header[_STATE]), scaler=header["scaler"], **_parts(tensors))
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


def _checksum(tensors: Mapping[str, torch.Tensor], header: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the tensors, by name, and of the JSON header."""
    hasher = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu").contiguous()
        hasher.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        hasher.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()


def discard(folder: Path) -> None:
    """Remove the checkpoint of a training, and a partly written one."""
    for name in (FILE, _PART):
        (folder / name).unlink(missing_ok=True)


def moments(optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Return the state of an optimiser for each parameter, by the parameter's number, a dot and the name."""
    return {
        f"{number}.{name}": value.detach().to("cpu", copy=True)
        for number, values in optimiser.state_dict()["state"].items()
        for name, value in values.items()
    }


def restore_moments(optimiser: torch.optim.Optimizer, saved: Mapping[str, torch.Tensor]) -> None:
    """Restore the state of an optimiser that `moments` returned."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in saved.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
