"""Dropout passes: several forward passes with dropout left on, as samples of a model's uncertainty."""

from collections.abc import Sequence
from typing import TypeVar

import torch

from leaderboard.backends.local.engine.batch_limits import budget_of
from leaderboard.backends.local.engine.batching import Batcher, Row
from leaderboard.backends.local.engine.engine import Reader
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import RequestError
from leaderboard.training.reproducibility import seed_dropout

T = TypeVar("T")


def dropout_passes(
    model: LoadedModel, rows: Sequence[Row], reader: Reader[T], *, passes: int, seed: int
) -> list[list[T]]:
    """Return one result a row of each pass, in the order of the rows; nothing is cached (Gal & Ghahramani 2016).

    Args:
        model: model whose dropout is switched on for the time of the call.
        rows: rows of tokens; equal rows share a result.
        reader: creates the forward function.
        passes: number of passes.
        seed: seed of the dropout; the same rows and seed give the same results.

    Raises:
        RequestError: when the model has no dropout.
    """
    module = model.module
    if not any(isinstance(part, torch.nn.Dropout) and part.p > 0 for part in module.modules()):
        raise RequestError(
            f"{model.name} has no dropout, by which its uncertainty could be sampled\n"
            "  Choose another recipe.strategy: entropy, margin or random."
        )
    batcher = Batcher(budget_of(model), model.device, pad_id=model.pad_id)
    forward, results = reader(model), []
    with torch.random.fork_rng([model.device] if model.device.type == "cuda" else []), torch.inference_mode():
        module.train()
        try:
            for number in range(passes):
                seed_dropout(seed, number, 0)
                values = {row: value for batch in batcher.run(rows, forward) for row, value in batch}
                results.append([values[row] for row in rows])
        finally:
            module.train(mode=False)
    return results
