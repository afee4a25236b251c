"""A trial of whether a model scores token trees as it scores plain rows."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from leaderboard.backends.local.engine.batching import Row
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.layouts import REFUSALS, first_width
from leaderboard.backends.local.engine.logits import LogprobReader
from leaderboard.backends.local.engine.rounding import last_bits_changed
from leaderboard.backends.local.engine.token_trees import Tree, keeps_keys_and_values
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array

SAMPLE = "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm afternoon sun for a while."
PIECE = 8
"""Tokens of the stem, and of each continuation that is compared."""
FIRST = 512
"""Tokens: the widest line of a first trial; see `layouts.first_width`."""
FLOAT32_TOLERANCE, HALF_TOLERANCE, LARGEST_TOLERANCE = 2e-4, 0.1, 0.5
"""Nats. In half precision the tolerance is the model's own rounding noise, between the last two."""


def reads_trees(engine: Engine, model: LoadedModel, width: int = 0) -> bool:
    """Return whether a model scores trees in one line behind a prefix as it scores plain rows.

    Attention masks and positions of one's own are honoured by most architectures, ignored by some, and honoured by
    others in narrow lines alone (local attention looks at so many places, whatever stands there); only the numbers
    tell. Each model is tried once, and again when lines become wider than any before.

    Args:
        engine: Runs the forward passes.
        model: a causal language model.
        width: tokens of the widest line that is to be scored.
    """
    tried_width = engine.tree_readers.get(model.module)
    if tried_width is None or (tried_width and engine.tree_widths.get(model.module, width) < width):
        line = min(FIRST, 4 * first_width(model))
        while line < width:
            line *= 2
        trees = _trees(model, line)
        engine.tree_readers[model.module] = bool(trees) and _agrees(engine, model, trees)
        engine.tree_widths[model.module] = line
    return engine.tree_readers[model.module]


def _trees(model: LoadedModel, line: int) -> list[Tree]:
    """Return two trees of one stem that fill a line, compared continuations last; empty for a tiny window."""
    tokens = model.tokenizer.encode(SAMPLE, add_special_tokens=False)
    if len(tokens) < 3 * PIECE or model.max_length < 3 * PIECE:
        return []
    stem, one, other = (tuple(tokens[start : start + PIECE]) for start in (0, PIECE, 2 * PIECE))
    room = line - 4 * PIECE
    long = min(room, model.max_length - PIECE)
    # Each begins with another token, so that all are branches of their own.
    fill = [tuple(tokens[place % len(tokens)] for place in range(at, at + long)) for at in range(room // max(long, 1))]
    return [Tree(stem, [*fill, one]), Tree(stem, [other[1:], one[1:]])]


def _agrees(engine: Engine, model: LoadedModel, trees: Sequence[Tree]) -> bool:
    shared = trees[0].stem[:-1]
    compared = [Tree(trees[0].stem, trees[0].continuations[-1:]), trees[1]]
    with engine.quietly():
        together = [tree.row(len(shared)) for tree in trees]
        reader = partial(LogprobReader, shared=shared)
        try:
            if not keeps_keys_and_values(model, shared):
                return False
            batches = list(engine.stream(model, together, reader, work="", packed=True))
        except REFUSALS:  # an architecture that does not take such inputs
            return False
        apart = [part.row() for tree in compared for part in tree.apart()]
        plainly = _scores(engine, model, apart)
        with last_bits_changed(model):
            changed = plainly if model.dtype == torch.float32 else _scores(engine, model, apart)
    packed = {row: answer for batch in batches for row, answer in batch}
    read = np.concatenate([packed[row][0][-_reads(tree) :] for row, tree in zip(together, compared, strict=True)])
    if model.dtype == torch.float32:
        tolerance = FLOAT32_TOLERANCE
    else:
        tolerance = min(LARGEST_TOLERANCE, max(HALF_TOLERANCE, float(np.abs(plainly - changed).max())))
    return bool(np.allclose(read, plainly, atol=tolerance))


def _scores(engine: Engine, model: LoadedModel, rows: Sequence[Row]) -> Float32Array:
    """Return the log-probabilities of rows that are computed one at a time."""
    return np.concatenate([engine.run(model, [row], LogprobReader, work="")[0][0] for row in rows])


def _reads(tree: Tree) -> int:
    return sum(map(len, tree.continuations))
