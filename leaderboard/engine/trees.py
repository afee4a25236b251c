"""Token trees: continuations of one context side by side in one row, and a beginning that all rows share computed once.

A tree is a stem (the context) with branches (its continuations). Laid out in one row, each token sees the stem and its
own branch before it, at the position it would have alone: the context is computed once for all its continuations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from leaderboard.engine.batching import Batch, Row
from leaderboard.models.loaded import LoadedModel

STEM = 0
PADDING = -1


@dataclass
class Tree:
    """A context and the continuations that are asked about.

    Attributes:
        stem: tokens of the context, at least one.
        branches: tokens of each continuation but its last, which nothing follows, to the number of the branch.
        continuations: (index of the request, tokens of its continuation).
    """

    stem: tuple[int, ...]
    branches: dict[tuple[int, ...], int] = field(default_factory=dict)
    continuations: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(self, index: int, continuation: tuple[int, ...]) -> None:
        """Ask about one more continuation."""
        self.continuations.append((index, continuation))
        if len(continuation) > 1:
            self.branches.setdefault(continuation[:-1], len(self.branches) + 1)

    def row(self, skip: int = 0) -> tuple[Row, list[list[tuple[int, int]]]]:
        """The tree in one row, and for each continuation what is read for each of its tokens.

        Args:
            skip: this many tokens of the stem stand in a shared prefix instead.
        """
        ids, branch, starts = list(self.stem[skip:]), [STEM] * (len(self.stem) - skip), {}
        for tokens, number in self.branches.items():
            starts[tokens] = len(ids)
            ids.extend(tokens)
            branch.extend([number] * len(tokens))
        reads = []
        for _, continuation in self.continuations:
            start = starts.get(continuation[:-1], 0)
            places = [len(self.stem) - skip - 1, *range(start, start + len(continuation) - 1)]
            reads.append(list(zip(places, continuation, strict=True)))
        wanted = tuple(dict.fromkeys(read for each in reads for read in each))
        # A single branch is ordinary text, which every model reads.
        return Row(tuple(ids), wanted, tuple(branch) if len(self.branches) > 1 else ()), reads

    def apart(self) -> list["Tree"]:
        """The same as trees of one branch at most, for models that cannot read several."""
        trees: dict[tuple[int, ...], Tree] = {}
        for index, continuation in self.continuations:
            tree = trees.setdefault((*self.stem, *continuation[:-1]), Tree(self.stem))
            tree.add(index, continuation)
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
    def compute(cls, model: LoadedModel, tokens: Sequence[int]) -> "Prefix | None":
        """Run the tokens once; None for a model whose cache is not plain keys and values of every token."""
        with torch.inference_mode():
            ids = torch.tensor([list(tokens)], device=model.device)
            cache = model.body(input_ids=ids, use_cache=True).past_key_values
        layers = getattr(cache, "layers", ())
        if not layers or any(type(layer) is not DynamicLayer for layer in layers):
            return None
        return cls(len(tokens), tuple((layer.keys, layer.values) for layer in layers))

    def cache(self, rows: int) -> DynamicCache:
        """The prefix before each of so many rows, without copying it for each."""
        return DynamicCache(
            [(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1)) for keys, values in self.layers]
        )


def model_inputs(batch: Batch, prefix: Prefix | None, dtype: torch.dtype) -> dict[str, Any]:
    """What a model is called with for a batch of plain rows, of trees, or of either behind a prefix."""
    if prefix is None and not any(row.branch for row in batch.rows):
        return {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    branch = _branches(batch)
    sees = (branch[:, None, :] == STEM) | (branch[:, None, :] == branch[:, :, None])
    sees &= torch.ones(sees.shape[1:], dtype=torch.bool, device=sees.device).tril() & (branch != PADDING)[:, None, :]
    sees |= torch.eye(sees.shape[1], dtype=torch.bool, device=sees.device)  # a padded row attends to something
    positions = sees.sum(-1) - 1
    inputs: dict[str, Any] = {"input_ids": batch.input_ids}
    if prefix is not None:
        shown = torch.ones((*sees.shape[:2], prefix.length), dtype=torch.bool, device=sees.device)
        sees = torch.cat([shown, sees], dim=-1)
        positions = positions + prefix.length
        inputs |= {"past_key_values": prefix.cache(len(batch.rows)), "use_cache": True}
    hidden = torch.finfo(dtype).min
    mask = torch.zeros(sees.shape, dtype=dtype, device=sees.device).masked_fill_(~sees, hidden)
    return inputs | {"attention_mask": mask[:, None], "position_ids": positions}


def common_beginning(stems: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all stems begin with, leaving each at least one of its own; 0 for a single stem."""
    if len(stems) < 2:  # noqa: PLR2004 - nothing is shared with nobody
        return 0
    first, last = min(stems), max(stems)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return min(same, min(map(len, stems)) - 1)


def _branches(batch: Batch) -> torch.Tensor:
    """Number of the branch that each token belongs to, `STEM` or `PADDING`: shape (rows, longest)."""
    longest = batch.input_ids.shape[1]
    numbers = [[*(row.branch or [STEM] * len(row.ids)), *[PADDING] * (longest - len(row.ids))] for row in batch.rows]
    return torch.tensor(numbers, device=batch.input_ids.device)
