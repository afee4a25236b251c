"""Reading of log-probabilities off a decoder, many continuations at once where that gives the same numbers."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from transformers.modeling_outputs import BaseModelOutput

from leaderboard.backends.local.engine.batching import Batch, BatchBudget, Row
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.layouts import REFUSALS
from leaderboard.backends.local.engine.logits import normaliser_and_best
from leaderboard.backends.local.engine.rounding import last_bits_changed
from leaderboard.backends.local.engine.tokenisation import Tokens
from leaderboard.backends.local.engine.tree_trial import FLOAT32_TOLERANCE, HALF_TOLERANCE, LARGEST_TOLERANCE, SAMPLE
from leaderboard.backends.local.models.encoder_decoder import decoder_start
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array
from leaderboard.errors import NotMeasurableError

_PIECE = 4
"""Tokens of the shorter of two continuations that are compared; the other has four times as many."""


class DecoderReader:
    """The forward function that reads log-probabilities off the decoder of an encoder-decoder.

    A row holds the tokens of a context, and reads those of its continuations, each numbered from 0. Calling it gives
    for each row an array of shape (2, reads): the natural-log probability of each token, and 1 where none is likelier.
    """

    def __init__(self, model: LoadedModel, *, budget: BatchBudget, together: bool) -> None:
        """Prepare a model.

        Args:
            model: an encoder-decoder.
            budget: bounds how many continuations are decoded at once.
            together: whether several are, and a context is encoded once for all of its continuations.
        """
        self._model = model
        self._budget = budget
        self._together = together
        start = decoder_start(model.module)
        if start is None:
            raise NotMeasurableError(f"{model.name} has no decoder_start_token_id for its decoder to start from")
        self._start = start

    def __call__(self, batch: Batch) -> list[Float32Array]:
        """Return the scores of each row of a batch, shape (2, reads)."""
        lines = [(line, tokens) for line, row in enumerate(batch.rows) for tokens in _continuations(row)]
        states = self._encode(batch) if self._together else None
        scores: list[list[Float32Array]] = [[] for _ in batch.rows]
        for group in self._groups(lines, batch.input_ids.shape[1]):
            for (line, _), score in zip(group, self._decode(batch, states, group), strict=True):
                scores[line].append(score)
        return [np.concatenate(parts, axis=1) for parts in scores]

    def _encode(self, batch: Batch) -> torch.Tensor:
        output = self._model.body(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
        states: torch.Tensor = output.last_hidden_state
        return states

    def _groups(self, lines: Sequence[tuple[int, Tokens]], width: int) -> Iterator[list[tuple[int, Tokens]]]:
        """Yield lines that are decoded at once, at least one each time."""
        group: list[tuple[int, Tokens]] = []
        longest = 0
        for line in lines:
            longest = max(longest, len(line[1]))
            count = len(group) + 1
            fits = count * max(width, longest) <= self._budget.tokens and count * longest <= self._budget.reads
            if group and not (self._together and fits):
                yield group
                group, longest = [], len(line[1])
            group.append(line)
        yield group

    def _decode(
        self, batch: Batch, states: torch.Tensor | None, group: Sequence[tuple[int, Tokens]]
    ) -> list[Float32Array]:
        """Return the scores of some continuations, each of shape (2, its tokens)."""
        device, places = batch.input_ids.device, [line for line, _ in group]
        longest = max(len(tokens) for _, tokens in group)
        target: np.ndarray[tuple[int, int], np.dtype[np.int64]] = np.full(
            (len(group), longest), self._model.pad_id, dtype=np.int64
        )
        for number, (_, tokens) in enumerate(group):
            target[number, : len(tokens)] = tokens
        wanted = torch.from_numpy(target).to(device)
        started = torch.full_like(wanted[:, :1], self._start)
        inputs = {
            "attention_mask": batch.attention_mask[places],
            "decoder_input_ids": torch.cat([started, wanted[:, :-1]], dim=1),
            "use_cache": False,
        }
        if states is None:
            inputs["input_ids"] = batch.input_ids[places]
        else:
            inputs["encoder_outputs"] = BaseModelOutput(last_hidden_state=states[places])
        logits: torch.Tensor = self._model.module(**inputs).logits
        if logits.shape[:2] != wanted.shape:
            raise NotMeasurableError(f"{self._model.name} does not give one logit of each token that it decodes")
        total, best = normaliser_and_best(logits.flatten(0, 1))
        own = logits.gather(-1, wanted[:, :, None]).squeeze(-1).float()
        pair = torch.stack([own - total.view_as(own), (best.view_as(wanted) == wanted).float()], dim=1).cpu().numpy()
        return [scores[:, : len(tokens)] for scores, (_, tokens) in zip(pair, group, strict=True)]


def _continuations(row: Row) -> Iterator[Tokens]:
    """Yield the tokens of each continuation of a row."""
    starts = [index for index, (position, _) in enumerate(row.reads) if position == 0]
    for start, end in zip(starts, [*starts[1:], len(row.reads)], strict=True):
        yield tuple(token for _, token in row.reads[start:end])


def decodes_together(engine: Engine, model: LoadedModel) -> bool:
    """Return whether a model scores several continuations of one encoding as it scores each alone; tried once.

    Args:
        engine: Runs the forward passes, and keeps what the trial gave.
        model: an encoder-decoder.
    """
    if model.module not in engine.tree_readers:
        engine.tree_readers[model.module] = _agrees(engine, model)
    return engine.tree_readers[model.module]


def _agrees(engine: Engine, model: LoadedModel) -> bool:
    tokens = tuple(model.tokenizer.encode(SAMPLE, add_special_tokens=False))
    context, short, long = tokens[: 2 * _PIECE], tokens[2 * _PIECE : 3 * _PIECE], tokens[-4 * _PIECE :]
    row = Row(context[: model.max_length], tuple(read for part in (long, short) for read in enumerate(part)))

    def scores(*, together: bool) -> Float32Array:
        def reader(copy: LoadedModel) -> DecoderReader:
            return DecoderReader(copy, budget=engine.budget(copy), together=together)

        (answer,) = engine.run(model, [row], reader, work="")
        return np.ascontiguousarray(answer[0])

    with engine.quietly():
        apart = scores(together=False)
        try:
            joined = scores(together=True)
        except REFUSALS:  # an architecture that does not take encoded contexts
            return False
        tolerance = FLOAT32_TOLERANCE
        if model.dtype != torch.float32:
            with last_bits_changed(model):
                noise = float(np.abs(apart - scores(together=False)).max())
            tolerance = min(LARGEST_TOLERANCE, max(HALF_TOLERANCE, noise))
    return bool(np.allclose(joined, apart, atol=tolerance))
