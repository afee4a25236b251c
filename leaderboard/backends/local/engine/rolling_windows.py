"""Log-likelihoods of whole texts by rolling windows."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.scoring import score_tokens
from leaderboard.backends.local.engine.tokenisation import Pair, Tokens, encode, prefix_token
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import RequestError

AT_ONCE = 4096
"""Windows that are scored at the same time: a bound on memory, wide enough to batch well."""


def rolling_loglikelihoods(
    engine: Engine,
    model: LoadedModel,
    texts: Sequence[str],
    *,
    work: str = "reading documents",
    stride: int | None = None,
) -> FloatArray:
    """Return the log-likelihood of each whole text, shape (len(texts),), in nats; 0 for a text without tokens.

    Every token is predicted once. As in lm-evaluation-harness, the first is predicted from BOS (else EOS), and so is
    the BOS of a tokenizer that puts one before texts.

    Args:
        engine: Runs the forward passes.
        model: a causal language model.
        texts: of any length.
        work: Name of the work, for the progress display.
        stride: tokens that each window predicts, behind the first window. By default as many as the model reads, which
            is lm-evaluation-harness's rule and costs least. Smaller strides leave each token more context and cost as
            many more passes (Hugging Face, "Perplexity of fixed-length models").

    Raises:
        NotMeasurableError: when no token exists to stand before the first.
        RequestError: for a stride of less than a token or more than the model reads.
    """
    step = model.max_length if stride is None else stride
    if not 1 <= step <= model.max_length:
        raise RequestError(f"stride {step}: {model.name} takes strides of 1 to {model.max_length} tokens")
    first = prefix_token(model)
    rolled = (
        (index, window)
        for index, tokens in enumerate(encode(model, texts))
        for window in windows(tokens, first, longest=model.max_length, stride=step)
    )
    totals = np.zeros(len(texts))
    while some := list(islice(rolled, AT_ONCE)):
        scores = score_tokens(engine, model, [window for _, window in some], work=work)
        for (index, _), score in zip(some, scores, strict=True):
            totals[index] += score.logprobs.sum(dtype=np.float64)
    return totals


def windows(tokens: Tokens, first: int, *, longest: int, stride: int) -> Iterator[Pair]:
    """Yield pairs of (context, tokens to predict) that cover a text, each token predicted once.

    The rule of lm-evaluation-harness (`get_rolling_token_windows`, `make_disjoint_window`) with a context of
    `longest + 1 - stride` tokens. The last window, which predicts what is left, reaches back as far as the model reads.

    Args:
        tokens: of the text.
        first: the token that the first one is predicted from.
        longest: tokens the model reads at once; it never reads the last of a window, which is therefore one longer.
        stride: tokens that each window behind the first one predicts.
    """
    whole = (first, *tokens)
    done = 1
    while done < len(whole):
        end = min(done + (longest if done == 1 else stride), len(whole))
        yield whole[max(end - longest - 1, 0) : done], whole[done:end]
        done = end
