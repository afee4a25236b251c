"""Batches: rows of tokens, sorted by length, filled to a budget, never computed twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

from leaderboard.errors import LeaderboardError

T = TypeVar("T")

GROW_AFTER = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence of tokens, and what is read off it.

    Attributes:
        ids: the tokens the model sees.
        reads: (position, token) pairs: the log-probability of `token` is wanted from the logits at `position`.
        branch: for a row that is a token tree, the number of each token's branch (see `engine.trees`).
    """

    ids: tuple[int, ...]
    reads: tuple[tuple[int, int], ...] = ()
    branch: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows side by side, padded on the right.

    Attributes:
        rows: as they were asked for.
        input_ids: shape (len(rows), longest row).
        attention_mask: same shape, 1 where there is a token.
    """

    rows: Sequence[Row]
    input_ids: torch.Tensor
    attention_mask: torch.Tensor


class Batcher:
    """Runs a forward function over rows.

    The budget bounds rows × longest row of a batch. It halves when memory runs out and doubles again, up to where it
    started, after `GROW_AFTER` batches that fitted; a single row that does not fit is an error.
    """

    def __init__(self, token_budget: int, device: torch.device) -> None:
        self._most = token_budget
        self._budget = token_budget
        self._fitted = 0
        self._device = device

    def run(
        self,
        rows: Sequence[Row],
        forward: Callable[[Batch], Sequence[T]],
        *,
        pad_id: int,
        done: Callable[[int], None] = lambda _: None,
    ) -> list[T]:
        """One result a row, in the order of the rows; equal rows are computed once.

        Args:
            rows: what to run.
            forward: one result for each row of a batch.
            pad_id: token put behind shorter rows.
            done: told how many of the rows each batch finished.
        """
        places: dict[Row, list[int]] = {}
        for index, row in enumerate(rows):
            places.setdefault(row, []).append(index)
        waiting = sorted(places, key=lambda row: len(row.ids), reverse=True)
        results: dict[int, T] = {}
        while waiting:
            batch = list(self._fill(waiting))
            try:
                values = forward(self._pad(batch, pad_id))
            except (torch.OutOfMemoryError, RuntimeError) as error:
                self._shrink(batch, error)
                continue
            self._grow()
            waiting = waiting[len(batch) :]
            for row, value in zip(batch, values, strict=True):
                results.update(dict.fromkeys(places[row], value))
            done(sum(len(places[row]) for row in batch))
        return [results[index] for index in range(len(rows))]

    def _fill(self, waiting: Sequence[Row]) -> Iterator[Row]:
        longest = len(waiting[0].ids)
        yield from waiting[: max(1, self._budget // max(longest, 1))]

    def _pad(self, rows: Sequence[Row], pad_id: int) -> Batch:
        longest = max(len(row.ids) for row in rows)
        ids = torch.full((len(rows), longest), pad_id, dtype=torch.long)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for index, row in enumerate(rows):
            ids[index, : len(row.ids)] = torch.tensor(row.ids, dtype=torch.long)
            mask[index, : len(row.ids)] = 1
        return Batch(rows, ids.to(self._device), mask.to(self._device))

    def _shrink(self, batch: Sequence[Row], error: RuntimeError) -> None:
        if not _out_of_memory(error):
            raise error
        if len(batch) == 1:
            raise LeaderboardError(
                f"not enough memory for one row of {len(batch[0].ids)} tokens on {self._device}; "
                "use a smaller model, --dtype bfloat16, or a device with more memory"
            ) from error
        longest = len(batch[0].ids)
        self._budget = max(longest, longest * len(batch) // 2)
        self._fitted = 0
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _grow(self) -> None:
        self._fitted += 1
        if self._fitted >= GROW_AFTER and self._budget < self._most:
            self._budget = min(self._most, 2 * self._budget)
            self._fitted = 0


def _out_of_memory(error: RuntimeError) -> bool:
    """CUDA has its own exception; a CPU allocation that fails is a RuntimeError known by its text."""
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)
