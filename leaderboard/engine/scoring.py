"""Log-probabilities of tokens, from causal and masked language models alike; logits only where they are read."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.engine.batching import Batch, Row
from leaderboard.engine.engine import Engine
from leaderboard.engine.tokens import encode_pairs
from leaderboard.engine.trees import Prefix, Tree, common_beginning, model_inputs
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel

FloatArray = npt.NDArray[np.float64]

SHORTEST_PREFIX = 16
"""Tokens below which a shared beginning is not worth a pass of its own."""

SAMPLE = "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm afternoon sun for a while."


def token_logprobs(
    engine: Engine, model: LoadedModel, rows: Sequence[Row], *, what: str, prefix: Prefix | None = None
) -> list[list[float]]:
    """For each row, the natural-log probability of each token it reads, in the order of its reads."""

    def forward(batch: Batch) -> list[list[float]]:
        where = [(index, position) for index, row in enumerate(batch.rows) for position, _ in row.reads]
        wanted = torch.tensor([token for row in batch.rows for _, token in row.reads], device=engine.device)
        with _logits_at(model, where):
            logits = model.module(**model_inputs(batch, prefix, model.dtype)).logits
        scores = logits.float().log_softmax(-1).gather(-1, wanted[:, None])[:, 0].tolist()
        values = iter(scores)
        return [[next(values) for _ in row.reads] for row in batch.rows]

    return engine.run(model, rows, forward, what=what)


def loglikelihoods(
    engine: Engine, model: LoadedModel, requests: Sequence[tuple[str, str]], *, what: str = "scoring"
) -> FloatArray:
    """Log-likelihood of each continuation given its context, shape (len(requests),), in nats.

    Tokenised as `engine.tokens` says. A context too long for the model is cut on the left.

    Continuations of one context share its row, and a beginning that all contexts share is computed once, on models that
    are seen to give the same numbers that way.

    Raises:
        NotMeasurableError: when a continuation has no tokens of its own or no prefix token exists for an empty context.
    """
    whole: dict[tuple[int, ...], Tree] = {}
    cut: dict[tuple[int, ...], Tree] = {}
    for index, (before, after) in enumerate(encode_pairs(model, requests)):
        tokens = (*before, *after)[-(model.max_length + 1) :]
        start = max(len(tokens) - len(after), 1)
        trees = whole if len(tokens) == len(before) + len(after) else cut
        trees.setdefault(tokens[:start], Tree(tokens[:start])).add(index, tokens[start:])
    totals = np.zeros(len(requests))
    for trees in (whole, cut):
        for index, score in _tree_scores(engine, model, list(trees.values()), what=what):
            totals[index] = score
    return totals


def _tree_scores(
    engine: Engine, model: LoadedModel, trees: Sequence[Tree], *, what: str
) -> Iterator[tuple[int, float]]:
    """(index of the request, log-likelihood of its continuation) for every continuation of the trees."""
    shared = common_beginning([tree.stem for tree in trees])
    prefix = None
    if any(len(tree.branches) > 1 for tree in trees) or shared >= SHORTEST_PREFIX:
        if not reads_trees(engine, model):
            trees = [part for tree in trees for part in tree.apart()]
        elif shared >= SHORTEST_PREFIX:
            prefix = Prefix.compute(model, trees[0].stem[:shared])
    laid_out = [tree.row(prefix.length if prefix else 0) for tree in trees]
    found = token_logprobs(engine, model, [row for row, _ in laid_out], what=what, prefix=prefix)
    for tree, (row, reads), scores in zip(trees, laid_out, found, strict=True):
        score = dict(zip(row.reads, scores, strict=True))
        for (index, _), own in zip(tree.continuations, reads, strict=True):
            yield index, math.fsum(score[read] for read in own)


def reads_trees(engine: Engine, model: LoadedModel) -> bool:
    """Whether this model scores a tree behind a prefix as it scores plain rows; tried once a model.

    Attention masks and positions of one's own are honoured by most architectures and ignored by some; only the numbers
    tell.
    """
    if model.module not in engine.tree_readers:
        tokens = model.tokenizer.encode(SAMPLE, add_special_tokens=False)[: min(24, model.max_length)]
        third = len(tokens) // 3
        tree = Tree(tuple(tokens[:third]))
        tree.add(0, tuple(tokens[third : 2 * third]))
        tree.add(1, tuple(tokens[2 * third :]))
        prefix = Prefix.compute(model, tree.stem[:-1]) if third > 1 else None
        engine.tree_readers[model.module] = prefix is not None and _agrees(engine, model, tree, prefix)
    return engine.tree_readers[model.module]


def _agrees(engine: Engine, model: LoadedModel, tree: Tree, prefix: Prefix) -> bool:
    with engine.quietly():
        try:
            (together,) = token_logprobs(engine, model, [tree.row(prefix.length)[0]], what="", prefix=prefix)
        except (RuntimeError, ValueError, TypeError, IndexError):  # an architecture that refuses such inputs
            return False
        apart = [token_logprobs(engine, model, [part.row()[0]], what="")[0] for part in tree.apart()]
    tolerance = 1e-3 if model.dtype == torch.float32 else 0.1
    return bool(np.allclose(together, [score for part in apart for score in part], atol=tolerance))


def pseudo_loglikelihoods(
    engine: Engine,
    model: LoadedModel,
    sentences: Sequence[tuple[Sequence[int], Sequence[int]]],
    *,
    what: str = "masked scoring",
) -> FloatArray:
    """Pseudo-log-likelihood of parts of sentences: Σ log P(token | all others), each token masked in turn.

    Source: Salazar et al. 2020 (all tokens); Nangia et al. 2020 (the tokens that a pair shares).

    Args:
        engine: runs it.
        model: a masked language model.
        sentences: (token ids with special tokens, positions to score) for each sentence.
        what: named to whoever watches the progress.

    Returns:
        Shape (len(sentences),), in nats; 0 for a sentence with nothing to score.
    """
    mask = model.tokenizer.mask_token_id
    if mask is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
    rows, owners = [], []
    for index, (ids, positions) in enumerate(sentences):
        for position in positions:
            rows.append(Row((*ids[:position], mask, *ids[position + 1 :]), ((position, ids[position]),)))
            owners.append(index)
    totals = np.zeros(len(sentences))
    np.add.at(totals, owners, [score for (score,) in token_logprobs(engine, model, rows, what=what)])
    return totals


@contextmanager
def _logits_at(model: LoadedModel, where: Sequence[tuple[int, int]]) -> Iterator[None]:
    """Make the model's vocabulary projection see only the hidden states at (row, position).

    The projection is most of a small model's cost and nearly all of its memory; every architecture hands its hidden
    states to its output embeddings, so a hook there serves them all. The logits have shape (len(where), vocabulary).
    """
    rows = torch.tensor([row for row, _ in where], device=model.device)
    positions = torch.tensor([position for _, position in where], device=model.device)

    def select(_projection: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0][rows, positions], *inputs[1:])

    projection: torch.nn.Module = model.module.get_output_embeddings()  # type: ignore[no-untyped-call]
    hook = projection.register_forward_pre_hook(select)
    try:
        yield
    finally:
        hook.remove()
