"""Log-likelihoods of continuations under an encoder-decoder: its decoder's, given the encoded context.

The convention of lm-evaluation-harness: the encoder reads the context with the special tokens of its tokenizer, the
decoder starts from `decoder_start_token_id` and reads the continuation without special tokens.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from leaderboard.backends.likelihood import TokenScores
from leaderboard.backends.local.engine.answer_cache import answer_key
from leaderboard.backends.local.engine.batching import Row
from leaderboard.backends.local.engine.decoder_reader import DecoderReader, decodes_together
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.tokenisation import Pair, Tokens
from leaderboard.backends.local.models.encoder_decoder import decoder_length
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array
from leaderboard.errors import NotMeasurableError

_KIND = "decoded"


def score_decoded(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, work: str = "scoring", remember: bool = True
) -> list[TokenScores]:
    """Return the log-probability of each token of each continuation, in the order of the pairs.

    Continuations of one context share its encoding. A context too long for the encoder loses tokens on the left.

    Args:
        engine: Runs the forward passes.
        model: an encoder-decoder.
        pairs: tokens of contexts and continuations, from `tokenisation.encode_apart`.
        work: Name of the work, for the progress display.
        remember: Whether to read and write the cache of answers.

    Raises:
        NotMeasurableError: for a continuation longer than the decoder reads.
    """
    fitted = [(context[-model.max_length :], after) for context, after in pairs]
    _check_lengths(model, fitted)
    cut = sum(len(context) > model.max_length for context, _ in pairs)
    if cut:
        engine.cuts[model.max_length] += cut
    keys = {pair: answer_key(_KIND, *pair) for pair in dict.fromkeys(fitted)}
    stored = engine.answers.recall(model, list(keys.values())) if remember else {}
    answers = {pair: stored[key] for pair, key in keys.items() if key in stored}
    for computed in _score(engine, model, [pair for pair in keys if pair not in answers], work=work):
        if remember:
            engine.answers.keep(model, {keys[pair]: answer for pair, answer in computed.items()})
        answers |= computed
    return [_token_scores(answers[pair]) for pair in fitted]


def _check_lengths(model: LoadedModel, pairs: Sequence[Pair]) -> None:
    most = decoder_length(model.module, model.max_length)
    longest = max((len(after) for _, after in pairs), default=0)
    if longest > most:
        raise NotMeasurableError(f"a continuation has {longest} tokens; the decoder of {model.name} reads {most}")


def _score(
    engine: Engine, model: LoadedModel, pairs: Sequence[Pair], *, work: str
) -> Iterator[dict[Pair, Float32Array]]:
    """Yield the continuations' log-probabilities, followed by whether each token was greedy, batch by batch."""
    continuations: dict[Tokens, list[Tokens]] = {}
    for context, after in pairs:
        continuations.setdefault(context, []).append(after)
    # A row is a context; it reads the tokens of its continuations, each numbered from 0.
    owners = {
        Row(context, tuple(read for tokens in group for read in enumerate(tokens))): group
        for context, group in continuations.items()
    }
    together = len(pairs) > 1 and decodes_together(engine, model)
    reader = partial(DecoderReader, budget=engine.budget(model), together=together)
    for batch in engine.stream(model, list(owners), reader, work=work):
        computed = {}
        for row, scores in batch:
            ends = np.cumsum([len(tokens) for tokens in owners[row]])
            for tokens, part in zip(owners[row], np.split(scores, ends[:-1], axis=1), strict=True):
                computed[row.ids, tokens] = part.ravel()
        yield computed


def _token_scores(answer: Float32Array) -> TokenScores:
    logprobs, greedy = answer.reshape(2, -1)
    return TokenScores(logprobs, greedy.astype(np.bool_))
