"""Perturbations of captum's sampling methods, answered in one call instead of one by one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.text_units import TextUnits

if TYPE_CHECKING:
    import torch

Forward = Callable[["torch.Tensor"], "torch.Tensor"]


def surrogate_weights(make: Callable[[Forward], Any], text: TextUnits, *, samples: int, seed: int) -> FloatArray:
    """Return the weights of a surrogate model that captum fits to perturbed texts, shape (units,).

    captum draws all perturbations first and hands them over together. So equal ones are computed once and the others
    fill batches of texts of similar length; the values are those of its own loop, which computes one after the other.

    Args:
        make: creates the captum method for a forward function.
        text: the units.
        samples: number of perturbations.
        seed: seed of the perturbations.
    """
    import torch  # noqa: PLC0415 - slow to import

    def forward(kept: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(text.scores(kept.numpy() > 0))

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        ones = torch.ones((1, len(text)))
        weights = make(forward).attribute(ones, n_samples=samples, perturbations_per_eval=samples)
    values: FloatArray = weights.numpy().astype(np.float64)[0]
    return values
