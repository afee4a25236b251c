"""Log-likelihoods of continuations: nothing computed twice, logits only where they are read."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from leaderboard.engine.answers import Float32Array, question
from leaderboard.engine.engine import Engine
from leaderboard.engine.logits import LogprobReader
from leaderboard.engine.tokens import Pair, Tokens, encode_pairs
from leaderboard.engine.tree_trial import reads_trees
from leaderboard.engine.trees import Tree, common_beginning
from leaderboard.models.loaded import LoadedModel

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

WORTH_A_PASS = 64
"""Tokens that a shared beginning must save before it gets a pass of its own."""
AT_ONCE = 16_384
"""Requests that are held as tokens at the same time: a bound on memory, wide enough to batch well."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """What a model thinks of each token of a continuation.

    Attributes:
        logprobs: natural-log probability of each token given all before it, shape (tokens,).
        greedy: whether no other token was likelier, shape (tokens,).
    """

    logprobs: Float32Array
    greedy: BoolArray


def loglikelihoods(
    engine: Engine,
    model: LoadedModel,
    requests: Sequence[tuple[str, str]],
    *,
    what: str = "scoring",
    remember: bool = True,
) -> FloatArray:
    """Log-likelihood of each continuation given its context, shape (len(requests),), in nats.

    Tokenised as `engine.tokens` says; otherwise as `score_tokens`.

    Args:
        engine: runs it.
        model: a causal language model.
        requests: (context, continuation).
        what: named to whoever watches the progress.
        remember: whether answers known from before may serve.

    Raises:
        NotMeasurableError: when a continuation has no tokens of its own or no prefix token exists for an empty context.
    """
    totals = [np.zeros(0)]
    for pairs in _encoded(model, requests):
        answers = _answers(engine, model, pairs, what=what, remember=remember)
        logprobs = [answer[: len(answer) // 2] for answer in answers]
        ends = np.cumsum([0, *map(len, logprobs)])
        totals.append(np.add.reduceat(np.concatenate(logprobs, dtype=np.float64), ends[:-1]))
    return np.concatenate(totals)


def _encoded(model: LoadedModel, requests: Sequence[tuple[str, str]]) -> Iterator[list[Pair]]:
    """The tokens of the requests, part by part; the next part is encoded while one is scored."""
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


def choices(
    engine: Engine,
    model: LoadedModel,
    questions: Sequence[tuple[str, Sequence[str]]],
    *,
    what: str = "choosing",
    remember: bool = True,
) -> list[FloatArray]:
    """Log-likelihood of each choice behind each context, in nats: one array a question, shape (its choices,).

    Args:
        engine: runs it.
        model: a causal language model.
        questions: (context, choices).
        what: named to whoever watches the progress.
        remember: whether answers known from before may serve.
    """
    requests = [(context, choice) for context, offered in questions for choice in offered]
    scores = loglikelihoods(engine, model, requests, what=what, remember=remember)
    ends = np.cumsum([len(offered) for _, offered in questions], dtype=np.intp)
    return np.split(scores, ends)[:-1]


def score_tokens(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, what: str = "scoring", remember: bool = True
) -> list[TokenScores]:
    """The log-probability of each token of each continuation, in the order of the pairs.

    Continuations of one context share rows, and a beginning that all contexts share is computed once, on models that
    are seen to give the same numbers that way. A pair too long for the model loses tokens on the left.

    Args:
        engine: runs it.
        model: a causal language model.
        pairs: tokens of contexts and continuations.
        what: named to whoever watches the progress.
        remember: whether answers known from before may serve.
    """
    return [_scores(answer) for answer in _answers(engine, model, pairs, what=what, remember=remember)]


def _scores(answer: Float32Array) -> TokenScores:
    logprobs, greedy = answer.reshape(2, -1)
    return TokenScores(logprobs, greedy.astype(np.bool_))


def _answers(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, what: str, remember: bool
) -> list[Float32Array]:
    """For each pair the log-probabilities of its continuation, followed by 1 for each token that was greedy."""
    fitted = [_fit(pair, model.max_length) for pair in pairs]
    keys = {pair: question("continuation", *pair) for pair in dict.fromkeys(fitted)}
    known = engine.answers.recall(model, list(keys.values())) if remember else {}
    answers = {pair: known[key] for pair, key in keys.items() if key in known}
    cut = {pair for pair, whole in zip(fitted, pairs, strict=True) if pair is not whole}
    if cut:
        engine.cuts[model.max_length] += len(cut)
    # A pair that lost its beginning has none to share.
    for group in ([pair for pair in keys if pair not in cut], list(cut)):
        unknown = [pair for pair in group if pair not in answers]
        for new in _score(engine, model, unknown, what=what):
            if remember:
                engine.answers.keep(model, {keys[pair]: answer for pair, answer in new.items()})
            answers |= new
    return [answers[pair] for pair in fitted]


def _fit(pair: Pair, max_length: int) -> Pair:
    """The end of a pair that a model can read: all but the last of its tokens are fed to it."""
    before, after = pair
    lost = len(before) + len(after) - (max_length + 1)
    if lost <= 0:
        return pair
    kept = (*before, *after)[lost:]
    start = max(len(before) - lost, 1)
    return kept[:start], kept[start:]


def _score(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, what: str
) -> Iterator[dict[Pair, Float32Array]]:
    """Batch by batch, the continuations' log-probabilities followed by whether each token was greedy."""
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
    for batch in engine.stream(model, list(owners), reader, what=what, packed=packed, before=len(shared)):
        yield {pair: answer for row, found in batch for pair, answer in _by_continuation(owners[row], found)}


def _widest_line(forest: Sequence[Tree]) -> int:
    """Tokens of the widest line that trees may be packed into; see `batching.pack_best`."""
    lengths = [len(tree.row().ids) for tree in forest]
    return min(2 * max(lengths), sum(lengths))


def _by_continuation(tree: Tree, found: Float32Array) -> Iterator[tuple[Pair, Float32Array]]:
    start = 0
    for continuation in tree.continuations:
        end = start + len(continuation)
        yield (tree.stem, continuation), found[:, start:end].ravel()
        start = end
