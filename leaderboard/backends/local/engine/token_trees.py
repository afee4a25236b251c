"""Token trees: continuations of one context in one row, with a shared prefix computed once.

A tree is a stem (the context) with branches (its continuations). Laid out in one row, each token sees the stem and its
own branch before it, at the position it would have alone: the context is computed once for all its continuations.
Several rows stand in one line in the same manner, so that little of a batch is padding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from leaderboard.backends.local.engine.batching import WIDTH_OF_DOUBLE_COST, Batch, Row
from leaderboard.backends.local.engine.tokenisation import Tokens
from leaderboard.backends.local.models.loaded_model import LoadedModel

if TYPE_CHECKING:
    from transformers import DynamicCache

STEM = 0


@dataclass
class Tree:
    """A context and the continuations to score.

    Attributes:
        stem: tokens of the context, at least one.
        continuations: tokens of each continuation, at least one, no two alike.
    """

    stem: Tokens
    continuations: list[Tokens] = field(default_factory=list)

    def row(self, skip: int = 0) -> Row:
        """Lay the tree out in one row that reads each token of each continuation in turn.

        A continuation's last token, which nothing follows, is read but not laid out.

        Args:
            skip: this many tokens of the stem stand in a shared prefix instead.
        """
        ids, branch = list(self.stem[skip:]), [STEM] * (len(self.stem) - skip)
        last = len(ids) - 1
        starts: dict[Tokens, int] = {(): 0}
        reads: list[tuple[int, int]] = []
        for continuation in self.continuations:
            laid_out = continuation[:-1]
            if laid_out not in starts:
                starts[laid_out] = len(ids)
                branch += [len(starts) - 1] * len(laid_out)
                ids += laid_out
            start = starts[laid_out]
            reads.append((last, continuation[0]))
            reads += zip(range(start, start + len(laid_out)), continuation[1:], strict=True)
        # A single branch is ordinary text, which every model reads.
        return Row(tuple(ids), tuple(reads), tuple(branch) if len(starts) > 2 else ())  # noqa: PLR2004 - () and one

    def within(self, tokens: int, skip: int = 0) -> Iterator["Tree"]:
        """Split the tree into trees with short rows, each with the stem and some of the continuations.

        In a row of w tokens attention costs w / `WIDTH_OF_DOUBLE_COST` of all the rest, and all rows repeat the s
        tokens of their stem: w = s + √(s² + s · WIDTH_OF_DOUBLE_COST) costs least for each continuation. A longer row
        would also need memory for w² pairs of tokens.

        Args:
            tokens: no row is longer, unless a stem and one continuation are; but where a stem takes most of that, its
                continuations together may take as much as itself.
            skip: as of `row`.
        """
        stem = len(self.stem) - skip
        cheapest = stem + sqrt(stem * (stem + WIDTH_OF_DOUBLE_COST))
        most = min(cheapest, max(tokens, 2 * stem)) - stem
        part, laid_out = Tree(self.stem), 0
        # Continuations that are laid out alike are neighbours, so that they stay together.
        alike: dict[Tokens, list[Tokens]] = {}
        for continuation in self.continuations:
            alike.setdefault(continuation[:-1], []).append(continuation)
        for branch, continuations in alike.items():
            if part.continuations and branch and laid_out + len(branch) > most:
                yield part
                part, laid_out = Tree(self.stem), 0
            part.continuations += continuations
            laid_out += len(branch)
        yield part

    def apart(self) -> list["Tree"]:
        """Split the tree into trees of one branch at most, for models that cannot read several."""
        trees: dict[Tokens, Tree] = {}
        for continuation in self.continuations:
            trees.setdefault(continuation[:-1], Tree(self.stem)).continuations.append(continuation)
        return list(trees.values())


@dataclass(frozen=True)
class Prefix:
    """Keys and values of tokens that every row begins with.

    Attributes:
        length: how many tokens.
        layers: (keys, values) of each layer, shape (1, heads, length, width).
    """

    length: int
    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]

    @classmethod
    def compute(cls, model: LoadedModel, tokens: Sequence[int]) -> "Prefix":
        """Run the tokens once, on a model that keeps keys and values (see `keeps_keys_and_values`)."""
        return cls(len(tokens), tuple((layer.keys, layer.values) for layer in _kept_layers(model, tokens)))

    def cache(self, rows: int) -> "DynamicCache":
        """Return a cache with the prefix for each of so many rows, without copying it.

        What a row adds to it is not kept: a layer's copies, of prefix and rows, are free again behind that layer.
        """
        from transformers import DynamicCache  # noqa: PLC0415 - slow to import

        cache = DynamicCache(
            [(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1)) for keys, values in self.layers]
        )
        layers: list[Any] = cache.layers
        for layer in layers:
            layer.update = partial(_behind, layer)
        return cache


def _behind(
    layer: Any, keys: torch.Tensor, values: torch.Tensor, *_: Any, **__: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """Append the keys and values of the rows to those of a layer."""
    return torch.cat([layer.keys, keys], dim=-2), torch.cat([layer.values, values], dim=-2)


def keeps_keys_and_values(model: LoadedModel, tokens: Sequence[int]) -> bool:
    """Return whether the model's cache is plain keys and values of every token, which can precede any row.

    State-space models keep something else, models with sliding windows forget.
    """
    from transformers.cache_utils import DynamicLayer  # noqa: PLC0415 - slow to import

    layers = _kept_layers(model, tokens)
    return len(layers) > 0 and all(type(layer) is DynamicLayer for layer in layers)


def _kept_layers(model: LoadedModel, tokens: Sequence[int]) -> Sequence[Any]:
    with torch.inference_mode():
        ids = torch.tensor([list(tokens)], device=model.device)
        cache = getattr(model.body(input_ids=ids, use_cache=True), "past_key_values", None)
    return getattr(cache, "layers", ())


def model_inputs(batch: Batch, prefix: Prefix | None, dtype: torch.dtype) -> dict[str, Any]:
    """Return the arguments of a model for a batch of plain rows, of trees, of packed lines, or behind a prefix."""
    if prefix is None and not batch.packed and not any(row.branch for row in batch.rows):
        return {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    sees = _sees(batch)
    positions = sees.sum(-1) - 1
    inputs: dict[str, Any] = {"input_ids": batch.input_ids}
    if prefix is not None:
        shown = torch.ones((*sees.shape[:2], prefix.length), dtype=torch.bool, device=sees.device)
        sees = torch.cat([shown, sees], dim=-1)
        positions = positions + prefix.length
        inputs |= {"past_key_values": prefix.cache(len(batch.input_ids)), "use_cache": True}
    hidden = torch.finfo(dtype).min
    mask = torch.zeros(sees.shape, dtype=dtype, device=sees.device).masked_fill_(~sees, hidden)
    return inputs | {"attention_mask": mask[:, None], "position_ids": positions}


def _sees(batch: Batch) -> torch.Tensor:
    """Return which token (second axis) attends to which (third): shape (lines, longest, longest).

    A token sees those before it of its own row, in the stem or in its own branch. A padded place sees itself alone:
    attention to nothing has no value.
    """
    rows = np.full(batch.input_ids.shape, -1, dtype=np.int32)
    stems = np.full(batch.input_ids.shape, -2, dtype=np.int32)  # as `rows`, where a token stands in its row's stem
    branches = np.zeros(batch.input_ids.shape, dtype=np.int32)  # numbered over all rows
    numbered = 0
    for index, (row, (line, start)) in enumerate(zip(batch.rows, batch.places, strict=True)):
        place = line, slice(start, start + len(row.ids))
        rows[place] = stems[place] = index
        if row.branch:
            own = np.array(row.branch, dtype=np.int32)
            stems[place][own != STEM] = -2
            branches[place] = np.where(own == STEM, 0, own + numbered)
            numbered += int(own.max())
    row_of, stem_of, branch_of = (
        torch.from_numpy(numbers).to(batch.input_ids.device) for numbers in (rows, stems, branches)
    )
    same_branch = (branch_of[:, None, :] == branch_of[:, :, None]) & (branch_of != STEM)[:, None, :]
    sees = same_branch | (stem_of[:, None, :] == row_of[:, :, None])
    sees &= torch.ones(sees.shape[1:], dtype=torch.bool, device=sees.device).tril()
    return sees | torch.eye(sees.shape[1], dtype=torch.bool, device=sees.device)


def common_beginning(stems: Sequence[Tokens]) -> int:
    """Return the number of tokens that all stems begin with, leaving each at least one; 0 for a single stem."""
    if len(stems) < 2:  # noqa: PLR2004 - a single stem shares nothing
        return 0
    first, last = min(stems), max(stems)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return min(same, min(map(len, stems)) - 1)
