"""Repeatable: the same training gives the same weights, and is known as the same."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from leaderboard.identity import digest
from leaderboard.recipes.training.objective import Objective
from leaderboard.recipes.training.settings import TrainingSettings
from leaderboard.recipes.training.weights import learned


def seed_dropout(seed: int, step: int, process: int) -> None:
    """Begin the random numbers of a step.

    Since every step begins them anew, none depends on those of another, and a training that goes on after a kill needs
    to know no more than its step.
    """
    (state,) = np.random.SeedSequence([seed, step, process]).generate_state(1, np.uint64)
    torch.manual_seed(int(state))


@contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """On a GPU, sums are taken in a fixed order wherever there is a way to; on a CPU they are anyway."""
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when the GPU is first used
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def identity(module: torch.nn.Module, objective: Objective, settings: TrainingSettings, seed: int) -> str:
    """Digest of what is trained how, by which a checkpoint knows its training."""
    rows = hashlib.sha256()
    for row in [*objective.rows, *objective.search]:
        for numbers in (*(piece.ids for piece in row.pieces), row.targets, row.places):
            rows.update(np.array([len(numbers), *numbers], dtype=np.int64).tobytes())
    shapes = {name: list(tensor.shape) for name, tensor in learned(module).items()}
    return digest([settings.of_training, seed, rows.hexdigest(), shapes, torch.__version__])
