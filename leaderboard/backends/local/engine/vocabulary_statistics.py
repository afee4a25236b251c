"""Statistics of tokens over the vocabulary: log-probability, mean and variance."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from leaderboard.backends.likelihood import TokenStatistics
from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.logits import before_projection, project
from leaderboard.backends.local.engine.tokenisation import encode, prefix_token
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array

LOGITS_AT_ONCE = 2**25
"""Logits held in float32 at the same time, 128 MiB a copy: 680 positions of 49 k tokens, 220 of 150 k."""
_IMPOSSIBLE = -1e4
"""Log-probability of a token that a model rules out: its weight is 0 all the same, and 0 · ∞ is not a number."""


def token_statistics(engine: Engine, model: LoadedModel, texts: Sequence[str], *, work: str) -> list[TokenStatistics]:
    """Compute the statistics of each token of each text, the first predicted from BOS (else EOS).

    A text longer than the model reads is cut on the right. A text without tokens has none here either.

    Args:
        engine: Runs the forward passes.
        model: a causal language model.
        texts: of any length.
        work: Name of the work, for the progress display.

    Raises:
        NotMeasurableError: when no token exists to stand before the first.
    """
    first = prefix_token(model)
    rows = []
    for tokens in encode(model, texts):
        whole = tokens if tokens[:1] == (first,) else (first, *tokens)
        read = whole[: model.max_length + 1]
        rows.append(Row(read[:-1], tuple(enumerate(read[1:])), cut=len(read) < len(whole)))
    scored_rows = [row for row in rows if row.reads]
    statistics = engine.ask(model, scored_rows, lambda copy: partial(_statistics, copy), kind="statistics", work=work)
    answers = dict(zip(scored_rows, statistics, strict=True))
    nothing = np.empty(0, dtype=np.float32)
    return [TokenStatistics(*answers.get(row, nothing).astype(np.float64).reshape(3, -1)) for row in rows]


def _statistics(model: LoadedModel, batch: Batch) -> list[Float32Array]:
    """Return for each row (log-probabilities, means, variances) of its tokens, flat."""
    tokens = torch.tensor([token for row in batch.rows for _, token in row.reads], device=model.device)
    states = _states(model, batch)
    at_once = max(1, LOGITS_AT_ONCE // int(model.module.config.get_text_config().vocab_size))
    parts = []
    for some, read in zip(torch.split(states, at_once), torch.split(tokens, at_once), strict=True):
        logits = project(model, some).float()
        # `log_softmax` in float32 is off by 1e-5 for a large vocabulary.
        logprobs = logits.sub_(logits.logsumexp(-1, keepdim=True))
        own = logprobs.gather(-1, read[:, None])[:, 0]
        logprobs.clamp_(min=_IMPOSSIBLE)
        weights = logprobs.exp()
        mean = (weights * logprobs).sum(-1)
        # The same as Σ p log² p - μ², but never below 0 by rounding.
        variance = weights.mul_(logprobs.sub_(mean[:, None]).square_()).sum(-1)
        parts.append(torch.stack([own, mean, variance]))
    table = torch.cat(parts, dim=1).cpu().numpy()
    ends = np.cumsum([len(row.reads) for row in batch.rows])
    return [part.ravel() for part in np.split(table, ends[:-1], axis=1)]


def _states(model: LoadedModel, batch: Batch) -> torch.Tensor:
    """Return the inputs of the vocabulary projection at every token of every row: shape (tokens, width)."""
    kept = []

    def keep(states: torch.Tensor) -> torch.Tensor:
        kept.append(states[batch.attention_mask.bool()])
        return states[:1, :1]

    with before_projection(model, keep):
        model.module(input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False)
    return kept[0]
