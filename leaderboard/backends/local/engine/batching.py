"""Batches of rows of tokens, sorted by length and filled to a budget."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeVar

import numpy as np
import torch

from leaderboard.backends.local.engine.layouts import Layout
from leaderboard.backends.local.models.out_of_memory import is_out_of_memory
from leaderboard.errors import LeaderboardError

T = TypeVar("T")

GROW_AFTER = 16
WIDTHS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
"""Lines that are tried, in lengths of the longest row. Wider ones leave less room unused, but in them attention looks
at more that it must not see."""
WIDTH_OF_DOUBLE_COST = 800
"""Tokens of a line at which attention costs as much as all the rest, measured on a CPU."""


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence of tokens and the positions whose output is read.

    Two rows are equal, and share an answer, only if every field is: every input of a model belongs in a field.

    Attributes:
        ids: Token ids.
        reads: (position, token) pairs: the log-probability of `token` is read from the logits at `position`.
        branch: for a row that is a token tree, the number of each token's branch (see `engine.token_trees`).
        second: position from which the tokens belong to the second of two texts; 0 where there is only one.
        cut: whether the text had more tokens than the model reads.
    """

    ids: tuple[int, ...]
    reads: tuple[tuple[int, int], ...] = ()
    branch: tuple[int, ...] = ()
    second: int = 0
    cut: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows laid out in lines of equal length, padded on the right.

    Attributes:
        rows: The rows.
        places: (line, position of its first token in it) of each row.
        input_ids: shape (lines, longest line).
        attention_mask: same shape, 1 where there is a token.
    """

    rows: Sequence[Row]
    places: Sequence[tuple[int, int]]
    input_ids: torch.Tensor
    attention_mask: torch.Tensor

    @property
    def packed(self) -> bool:
        """Whether a line holds several rows."""
        return len(self.rows) > len(self.input_ids)


@dataclass(frozen=True, slots=True)
class BatchBudget:
    """Limits of one batch, unless a single row has more.

    Attributes:
        tokens: padding included.
        reads: positions whose logits are read.
        cells: pairs of a token and one that it could attend to, of which attention masks are made: tokens × length of
            the longest row, with what stands before it.
    """

    tokens: int
    reads: int
    cells: int = 2**24


class Batcher:
    """Runs forward functions of one model over rows.

    The budget of tokens halves when memory runs out and doubles again, up to where it started, after `GROW_AFTER`
    batches that fitted; a single row that does not fit is an error.
    """

    def __init__(self, budget: BatchBudget, device: torch.device, *, pad_id: int = 0) -> None:
        self._budget = budget
        self._tokens = budget.tokens
        self._fitted = 0
        self._device = device
        self._pad_id = pad_id

    @property
    def budget(self) -> BatchBudget:
        """Limits of a batch while memory lasts."""
        return self._budget

    def run(
        self,
        rows: Sequence[Row],
        forward: Callable[[Batch], Sequence[T]],
        *,
        packed: bool = False,
        layout: Layout = Layout.ANY,
        prefix_length: int = 0,
        batch_cost: int | None = None,
    ) -> Iterator[list[tuple[Row, T]]]:
        """Yield each distinct row with its result, batch by batch, longest rows first, so that memory runs out early.

        Args:
            rows: The rows; equal rows are computed once.
            forward: Returns one result for each row of a batch.
            packed: whether several rows may stand in one line (see `engine.token_trees`).
            layout: which rows may stand in one batch.
            prefix_length: tokens that stand before every row without being in it (see `engine.token_trees.Prefix`).
            batch_cost: what a batch costs besides its tokens, in tokens: it ends where the padding of its shorter rows
                would cost more. None to fill every batch.

        Raises:
            LeaderboardError: when memory runs out for a single row.
        """
        waiting = sorted(dict.fromkeys(rows), key=lambda row: len(row.ids), reverse=True)
        tokens = sum(len(row.ids) for row in waiting)
        while waiting:
            # Rows of one length pad least side by side; rows of all lengths fill lines best.
            step = -(-tokens // self._tokens) if packed else 1
            batch = _allowed(waiting[::step], layout)
            batch = batch[: self._fitting(batch, packed=packed, prefix_length=prefix_length)]
            if batch_cost is not None:
                batch = batch[: similar_rows([len(row.ids) for row in batch], batch_cost)]
            values = self._attempt(batch, forward, packed=packed)
            if values is None:
                self._shrink(batch)
                continue
            self._grow()
            del waiting[: len(batch) * step : step]
            tokens -= sum(len(row.ids) for row in batch)
            yield list(zip(batch, values, strict=True))

    def _attempt(
        self, batch: Sequence[Row], forward: Callable[[Batch], Sequence[T]], *, packed: bool
    ) -> Sequence[T] | None:
        """Return the results of a batch; None if memory ran out, once the memory of the attempt is free again."""
        try:
            return forward(self._lay_out(batch, packed=packed))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise LeaderboardError(
                    f"not enough memory for one row of {len(batch[0].ids)} tokens on {self._device}; "
                    "use a smaller model, --dtype bfloat16, or a device with more memory"
                ) from error
        return None

    def _fitting(self, waiting: Sequence[Row], *, packed: bool, prefix_length: int) -> int:
        """Return how many of the rows, longest first, fit into a batch; at least one."""
        longest = len(waiting[0].ids)
        most = min(self._tokens, self._budget.cells // (longest + prefix_length))
        tokens = reads = 0
        for count, row in enumerate(waiting):
            tokens += len(row.ids) if packed else longest
            reads += len(row.reads)
            if count and (tokens > most or reads > self._budget.reads):
                return count
        return len(waiting)

    def _lay_out(self, rows: Sequence[Row], *, packed: bool) -> Batch:
        lengths = [len(row.ids) for row in rows]
        width = max(lengths)
        places = [(line, 0) for line in range(len(rows))]
        if packed and len(rows) > 1:
            width, places = pack_best(lengths)
        ids = np.full((1 + max(line for line, _ in places), width), self._pad_id, dtype=np.int64)
        mask = np.zeros(ids.shape, dtype=np.int64)
        for row, length, (line, start) in zip(rows, lengths, places, strict=True):
            ids[line, start : start + length] = row.ids
            mask[line, start : start + length] = 1
        return Batch(rows, places, self._to_device(ids), self._to_device(mask))

    def _to_device(self, array: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)

    def _shrink(self, batch: Sequence[Row]) -> None:
        longest = len(batch[0].ids)
        self._tokens = max(longest, sum(len(row.ids) for row in batch) // 2)
        self._fitted = 0
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _grow(self) -> None:
        self._fitted += 1
        if self._fitted >= GROW_AFTER and self._tokens < self._budget.tokens:
            self._tokens = min(self._budget.tokens, 2 * self._tokens)
            self._fitted = 0


def _allowed(waiting: Sequence[Row], layout: Layout) -> Sequence[Row]:
    """Return the rows, longest first, that may share a batch with the first."""
    if layout is Layout.ANY:
        return waiting
    longest = len(waiting[0].ids)
    equal = list(takewhile(lambda row: len(row.ids) == longest, waiting))
    return equal[:1] if layout is Layout.ALONE else equal


def similar_rows(lengths: Sequence[int], batch_cost: int) -> int:
    """Return how many of the rows, longest first, cost least as a batch of their own.

    The rows are divided where that saves most padding, and the longer ones again, as long as the padding that is saved
    costs more than another batch.

    Args:
        lengths: lengths of the rows in tokens, longest first.
        batch_cost: what a batch costs besides its tokens, in tokens.
    """
    count = len(lengths)
    while count > 1:
        saved = [(lengths[0] - lengths[cut]) * (count - cut) for cut in range(1, count)]
        most = max(saved)
        if most <= batch_cost:
            break
        count = 1 + saved.index(most)
    return count


def pack(lengths: Sequence[int], width: int) -> list[tuple[int, int]]:
    """Pack pieces into lines of equal width by best-fit decreasing (Johnson 1973), within 11/9 of the optimum.

    Args:
        lengths: Lengths of the pieces, longest first, none longer than `width`.
        width: Width of every line.

    Returns:
        (line, start in the line) of each piece.
    """
    room: list[tuple[int, int]] = []  # (free, line) of every line, least free first
    places = []
    for length in lengths:
        at = bisect_left(room, (length, -1))
        free, line = room.pop(at) if at < len(room) else (width, len(room))
        places.append((line, width - free))
        insort(room, (free - length, line))
    return places


def pack_best(lengths: Sequence[int]) -> tuple[int, list[tuple[int, int]]]:
    """Return the cheapest of several line widths, and the places of the pieces in lines of it (see `pack`)."""
    widths = sorted({min(int(share * lengths[0]), sum(lengths)) for share in WIDTHS})
    packings = [(width, pack(lengths, width)) for width in widths]

    def cost(packing: tuple[int, list[tuple[int, int]]]) -> float:
        width, places = packing
        lines = 1 + max(line for line, _ in places)
        return lines * width * (1 + width / WIDTH_OF_DOUBLE_COST)

    return min(packings, key=cost)
