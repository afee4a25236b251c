"""Log-likelihoods of continuations."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.likelihood import TokenScores
from leaderboard.backends.local.engine.answer_cache import answer_key
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.logits import LogprobReader
from leaderboard.backends.local.engine.token_trees import Tree, common_beginning
from leaderboard.backends.local.engine.tokenisation import Pair, Tokens, encode_pairs
from leaderboard.backends.local.engine.tree_trial import reads_trees
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array

WORTH_A_PASS = 64
"""Tokens that a shared beginning must save before it gets a pass of its own."""
AT_ONCE = 16_384
"""Requests that are held as tokens at the same time: a bound on memory, wide enough to batch well."""


def loglikelihoods(
    engine: Engine,
    model: LoadedModel,
    requests: Sequence[tuple[str, str]],
    *,
    work: str = "scoring",
    remember: bool = True,
) -> FloatArray:
    """Return the log-likelihood of each continuation given its context, shape (len(requests),), in nats.

    Tokenised as `engine.tokenisation` says; otherwise as `score_tokens`.

    Args:
        engine: Runs the forward passes.
        model: a causal language model.
        requests: (context, continuation).
        work: Name of the work, for the progress display.
        remember: Whether to read and write the cache of answers.

    Raises:
        NotMeasurableError: when a continuation has no tokens of its own or no prefix token exists for an empty context.
    """
    totals = [np.zeros(0)]
    for pairs in _encoded(model, requests):
        answers = _answers(engine, model, pairs, work=work, remember=remember)
        logprobs = [answer[: len(answer) // 2] for answer in answers]
        ends = np.cumsum([0, *map(len, logprobs)])
        totals.append(np.add.reduceat(np.concatenate(logprobs, dtype=np.float64), ends[:-1]))
    return np.concatenate(totals)


def _encoded(model: LoadedModel, requests: Sequence[tuple[str, str]]) -> Iterator[list[Pair]]:
    """Yield the tokens of the requests, part by part; the next part is encoded while one is scored."""
    parts = [requests[start : start + AT_ONCE] for start in range(0, len(requests), AT_ONCE)]
    if len(parts) == 1:  # a single answer is timed: no thread for it
        yield encode_pairs(model, parts[0])
        return
    with ThreadPoolExecutor(1) as pool:
        waiting = iter(parts)
        ahead = [pool.submit(encode_pairs, model, part) for part in islice(waiting, 2)]
        while ahead:
            yield ahead.pop(0).result()
            ahead += [pool.submit(encode_pairs, model, part) for part in islice(waiting, 1)]


def score_tokens(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, work: str = "scoring", remember: bool = True
) -> list[TokenScores]:
    """Return the log-probability of each token of each continuation, in the order of the pairs.

    Continuations of one context share rows, and a beginning that all contexts share is computed once, on models that
    give the same numbers that way. A pair too long for the model loses tokens on the left.

    Args:
        engine: Runs the forward passes.
        model: a causal language model.
        pairs: tokens of contexts and continuations.
        work: Name of the work, for the progress display.
        remember: Whether to read and write the cache of answers.
    """
    return [_scores(answer) for answer in _answers(engine, model, pairs, work=work, remember=remember)]


def _scores(answer: Float32Array) -> TokenScores:
    logprobs, greedy = answer.reshape(2, -1)
    return TokenScores(logprobs, greedy.astype(np.bool_))


def _answers(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, work: str, remember: bool
) -> list[Float32Array]:
    """Return for each pair the log-probabilities of its continuation, followed by 1 for each greedy token."""
    fitted = [_fit(pair, model.max_length) for pair in pairs]
    keys = {pair: answer_key("continuation", *pair) for pair in dict.fromkeys(fitted)}
    stored = engine.answers.recall(model, list(keys.values())) if remember else {}
    answers = {pair: stored[key] for pair, key in keys.items() if key in stored}
    cut = {pair for pair, whole in zip(fitted, pairs, strict=True) if pair is not whole}
    if cut:
        engine.cuts[model.max_length] += len(cut)
    # A pair that lost its beginning has none to share.
    for group in ([pair for pair in keys if pair not in cut], list(cut)):
        missing = [pair for pair in group if pair not in answers]
        for computed in _score(engine, model, missing, work=work):
            if remember:
                engine.answers.keep(model, {keys[pair]: answer for pair, answer in computed.items()})
            answers |= computed
    return [answers[pair] for pair in fitted]


def _fit(pair: Pair, max_length: int) -> Pair:
    """Truncate a pair on the left to the length that the model reads; its last token is not an input."""
    context, after = pair
    lost = len(context) + len(after) - (max_length + 1)
    if lost <= 0:
        return pair
    kept = (*context, *after)[lost:]
    start = max(len(context) - lost, 1)
    return kept[:start], kept[start:]


def _score(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, work: str
) -> Iterator[dict[Pair, Float32Array]]:
    """Yield the continuations' log-probabilities, followed by whether each token was greedy, batch by batch."""
    trees: dict[Tokens, Tree] = {}
    for stem, continuation in pairs:
        trees.setdefault(stem, Tree(stem)).continuations.append(continuation)
    tokens = engine.budget(model).tokens
    forest = [part for tree in trees.values() for part in tree.within(tokens)]
    packed = len(pairs) > 1 and reads_trees(engine, model, _widest_line(forest))
    shared: Tokens = ()
    if packed:
        same = common_beginning([tree.stem for tree in forest])
        if same * (len(forest) - 1) >= WORTH_A_PASS:
            shared = forest[0].stem[:same]
            forest = [part for tree in trees.values() for part in tree.within(tokens, skip=same)]
    else:
        forest = [part for tree in trees.values() for part in tree.apart()]
    owners = {tree.row(len(shared)): tree for tree in forest}
    reader = partial(LogprobReader, shared=shared)
    for batch in engine.stream(model, list(owners), reader, work=work, packed=packed, prefix_length=len(shared)):
        yield {pair: answer for row, scores in batch for pair, answer in _by_continuation(owners[row], scores)}


def _widest_line(forest: Sequence[Tree]) -> int:
    """Return the width of the widest line that trees may be packed into; see `batching.pack_best`."""
    lengths = [len(tree.row().ids) for tree in forest]
    return min(2 * max(lengths), sum(lengths))


def _by_continuation(tree: Tree, scores: Float32Array) -> Iterator[tuple[Pair, Float32Array]]:
    start = 0
    for continuation in tree.continuations:
        end = start + len(continuation)
        yield (tree.stem, continuation), scores[:, start:end].ravel()
        start = end
