"""Text to tokens, by the rules of lm-evaluation-harness, so that numbers compare.

A text begins with whatever its tokenizer puts before texts (BOS, CLS, or nothing). What a tokenizer puts *behind* texts
(EOS, SEP) is left out: scored text goes on, and a continuation scored behind an end would be the end's likelihood.
"""

from collections.abc import Sequence

from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel

Tokens = tuple[int, ...]
Pair = tuple[Tokens, Tokens]
"""Tokens of a context, and of the continuation that is scored behind it; neither is empty."""


def encode(model: LoadedModel, texts: Sequence[str]) -> list[Tokens]:
    """Tokens of each text, behind the tokenizer's beginning unless the text brings the BOS (else EOS) token itself."""
    if not texts:
        return []
    first = model.first_token
    written = str(model.tokenizer.decode(first)) if first is not None else ""
    return [
        tokens if written and text.startswith(written) else (*model.beginning, *tokens)
        for text, tokens in zip(texts, _plain(model, texts), strict=True)
    ]


def encode_pairs(model: LoadedModel, requests: Sequence[tuple[str, str]]) -> list[Pair]:
    """Tokens of each context and of its continuation.

    A continuation's tokens are those of the whole text behind as many as the context alone has; white space at the end
    of a context belongs to its continuation; behind an empty context the text begins with BOS (else EOS).

    Args:
        model: whose tokenizer.
        requests: (context, continuation).

    Raises:
        NotMeasurableError: when a continuation adds no token, or no token exists to stand before the first.
    """
    moved = [(context.rstrip(), context[len(context.rstrip()) :] + after) for context, after in requests]
    # A context of white space alone is none, but its space stays with the continuation.
    contexts = list(dict.fromkeys(head for head, _ in moved if head))
    known = dict(zip(contexts, encode(model, contexts), strict=True))
    whole = iter(encode(model, [head + after for head, after in moved if head]))
    alone = iter(_plain(model, [after for head, after in moved if not head]))
    pairs = []
    for context, continuation in moved:
        if context:
            before = known[context]
            pair = before, next(whole)[len(before) :]
        else:
            pair = _from_the_start(model, next(alone))
        if not pair[1]:
            raise NotMeasurableError(f"the continuation {continuation!r} adds no token of its own for {model.name}")
        pairs.append(pair)
    return pairs


def prefix_token(model: LoadedModel) -> int:
    """The token that stands before a text which has no context: BOS, else EOS.

    Raises:
        NotMeasurableError: when the tokenizer has neither.
    """
    if model.first_token is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has neither BOS nor EOS to start a text with")
    return model.first_token


def _from_the_start(model: LoadedModel, tokens: Tokens) -> Pair:
    first = prefix_token(model)
    return (tokens[:1], tokens[1:]) if tokens[:1] == (first,) else ((first,), tokens)


def _plain(model: LoadedModel, texts: Sequence[str]) -> list[Tokens]:
    """Without any special token; many texts at once, which the tokenizer does in parallel."""
    backend = model.tokenizer.backend_tokenizer
    backend.no_truncation()  # what the last call asked for is still set
    backend.no_padding()
    return [tuple(found.ids) for found in backend.encode_batch_fast(list(texts), add_special_tokens=False)]
