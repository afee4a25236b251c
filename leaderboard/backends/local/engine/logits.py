"""Log-probabilities from logits that are computed only at the positions that are read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from leaderboard.backends.local.engine.batching import Batch
from leaderboard.backends.local.engine.token_trees import Prefix, model_inputs
from leaderboard.backends.local.engine.tokenisation import Tokens
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array
from leaderboard.errors import NotMeasurableError

LOGIT_BYTES = 512 * 2**20
"""Size of the logits in float32 that are held at the same time; only one long row reads more, and is projected in
parts."""
LOGITS_AT_ONCE = 256
"""Positions whose logits are held in float32 at the same time."""


class LogprobReader:
    """The forward function that reads log-probabilities off a batch.

    Calling it gives, for each row, an array of shape (2, reads): the natural-log probability of each token read, and 1
    where no token was likelier.
    """

    def __init__(self, model: LoadedModel, shared: Tokens = ()) -> None:
        """Prepare a model, and compute the tokens that all rows share."""
        self._model = model
        self._prefix = Prefix.compute(model, shared) if shared else None

    def __call__(self, batch: Batch) -> list[Float32Array]:
        """Return the scores of each row of a batch, shape (2, reads)."""
        device, width = batch.input_ids.device, batch.input_ids.shape[1]
        reads = np.array(
            [
                (line * width + start + position, token)
                for row, (line, start) in zip(batch.rows, batch.places, strict=True)
                for position, token in row.reads
            ],
            dtype=np.int64,
        ).reshape(-1, 2)
        # Choices that begin at the same place read the same logits.
        places, place_of_read = np.unique(reads[:, 0], return_inverse=True)
        index_of_place = torch.from_numpy(places).to(device)

        # The projection is most of a small model's cost and nearly all of its memory.
        inputs = model_inputs(batch, self._prefix, self._model.dtype)
        selection = (index_of_place // width, index_of_place % width)

        def read(states: torch.Tensor) -> torch.Tensor:
            if states.shape[:2] != batch.input_ids.shape:
                raise NotMeasurableError(f"{self._model.name} does not hand one state of each token to its vocabulary")
            return states[selection]

        index, token = torch.from_numpy(place_of_read).to(device), torch.from_numpy(reads[:, 1]).to(device)
        at_once = LOGIT_BYTES // (4 * int(self._model.module.config.get_text_config().vocab_size))
        if len(batch.rows) > 1 or len(places) <= at_once:  # a batch of several keeps to its budget
            with before_projection(self._model, read):
                logits = self._model.module(**inputs).logits
            if logits.dim() > 2:  # noqa: PLR2004 - (lines, width, vocabulary): its projection was not called as a module
                logits = read(logits)
            total, best = normaliser_and_best(logits)
            own = logits[index, token].float()
        else:  # one long row
            own, total, best = self._in_parts(inputs, read, (index, token), at_once)
        scores = torch.stack([own - total[index], (best[index] == token).float()])
        ends = np.cumsum([len(row.reads) for row in batch.rows])
        return np.split(scores.cpu().numpy(), ends[:-1], axis=1)

    def _in_parts(
        self,
        inputs: dict[str, Any],
        read: Callable[[torch.Tensor], torch.Tensor],
        reads: tuple[torch.Tensor, torch.Tensor],
        at_once: int,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the logit of each read, and normaliser and best token of each place, a few logits at a time."""
        kept = []

        def keep(states: torch.Tensor) -> torch.Tensor:
            kept.append(read(states))
            return kept[0][:1, None]

        with before_projection(self._model, keep):
            logits = self._model.module(**inputs).logits
        index, token = reads
        if not kept:  # its projection was not called as a module
            total, best = normaliser_and_best(logits := read(logits))
            return logits[index, token].float(), total, best
        own = torch.empty(len(index), device=index.device)
        sides = []
        for start in range(0, len(kept[0]), at_once):
            logits = project(self._model, kept[0][start : start + at_once])
            sides.append(normaliser_and_best(logits))
            here = (index >= start) & (index < start + at_once)
            own[here] = logits[index[here] - start, token[here]].float()
        total, best = (torch.cat(parts) for parts in zip(*sides, strict=True))
        return own, total, best


def project(model: LoadedModel, states: torch.Tensor) -> torch.Tensor:
    """Project hidden states to logits, shape (places, vocabulary).

    Some architectures scale or bound their logits behind the projection, so it is the model itself that makes them, in
    a pass over one token whose state is exchanged for these.
    """
    token = torch.zeros((1, 1), dtype=torch.long, device=states.device)
    with before_projection(model, lambda _: states[None]):
        logits: torch.Tensor = model.module(input_ids=token, use_cache=False).logits
    return logits[0]


def normaliser_and_best(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each position's log-sum-exp and its likeliest token, a few positions in float32 at a time."""
    parts = torch.split(logits, LOGITS_AT_ONCE)
    return torch.cat([part.float().logsumexp(-1) for part in parts]), torch.cat([part.argmax(-1) for part in parts])


@contextmanager
def before_projection(model: LoadedModel, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Replace the hidden states at the vocabulary projection, for any architecture."""

    def exchange(_projection: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (change(inputs[0]), *inputs[1:])

    projection: torch.nn.Module = model.module.get_output_embeddings()  # type: ignore[no-untyped-call]
    hook = projection.register_forward_pre_hook(exchange)
    try:
        yield
    finally:
        hook.remove()
