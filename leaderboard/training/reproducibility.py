"""Reproducibility: seeds, deterministic algorithms, and the identity of a training."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from leaderboard.identity import digest
from leaderboard.training.objectives.objective import TrainingObjective
from leaderboard.training.settings import TrainingSettings
from leaderboard.training.weights import trainable_tensors


def seed_dropout(seed: int, step: int, process: int) -> None:
    """Seed the random numbers of a step.

    Every step has its own seed, so that a resumed training needs no more than the number of its step.
    """
    (state,) = np.random.SeedSequence([seed, step, process]).generate_state(1, np.uint64)
    torch.default_generator.manual_seed(int(state))
    # Until it is initialised, `torch.manual_seed` keeps each seed with the stack that set it.
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(int(state))


@contextmanager
def deterministic_algorithms(device: torch.device) -> Iterator[None]:
    """Use deterministic algorithms on a GPU where they exist; on a CPU they are the default.

    An operation without a deterministic algorithm warns instead of ending the training. In this mode the fused kernels
    of attention (cuDNN, flash, memory-efficient) keep to their fast, non-deterministic gradients, so attention is
    computed from its definition.
    """
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when the GPU is first used
    previous = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.use_deterministic_algorithms(previous[0], warn_only=previous[1])


def training_identity(
    module: torch.nn.Module, objective: TrainingObjective, settings: TrainingSettings, seed: int
) -> str:
    """Return the digest of a training's settings, seed, data and shapes, by which a checkpoint belongs to it."""
    rows = hashlib.sha256()
    for row in [*objective.rows, *objective.search]:
        for numbers in (*(piece.ids for piece in row.pieces), row.targets, row.places):
            rows.update(np.array([len(numbers), *numbers], dtype=np.int64).tobytes())
    shapes = {name: list(tensor.shape) for name, tensor in trainable_tensors(module).items()}
    return digest([settings.training_details, seed, rows.hexdigest(), shapes, torch.__version__])
