"""Tokenisation by the rules of lm-evaluation-harness, so that scores are comparable.

A text begins with whatever its tokenizer puts before texts (BOS, CLS, or nothing). What a tokenizer puts *behind* texts
(EOS, SEP) is left out: scored text goes on, and a continuation scored behind an end would be the end's likelihood.
"""

from collections.abc import Sequence

from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError

Tokens = tuple[int, ...]
Pair = tuple[Tokens, Tokens]
"""Tokens of a context, and of the continuation that is scored behind it; neither is empty."""


def encode(model: LoadedModel, texts: Sequence[str]) -> list[Tokens]:
    """Tokenise each text, with the tokenizer's leading special tokens unless the text begins with BOS (else EOS)."""
    if not texts:
        return []
    first = model.first_token
    written = str(model.tokenizer.decode(first)) if first is not None else ""
    return [
        tokens if written and text.startswith(written) else (*model.beginning, *tokens)
        for text, tokens in zip(texts, _plain(model, texts), strict=True)
    ]


def encode_pairs(model: LoadedModel, requests: Sequence[tuple[str, str]]) -> list[Pair]:
    """Tokenise each context and its continuation.

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
    tokens_of = dict(zip(contexts, encode(model, contexts), strict=True))
    joined = iter(encode(model, [head + after for head, after in moved if head]))
    alone = iter(_plain(model, [after for head, after in moved if not head]))
    pairs = []
    for context, continuation in moved:
        if context:
            before = tokens_of[context]
            pair = before, next(joined)[len(before) :]
        else:
            pair = _from_the_start(model, next(alone))
        if not pair[1]:
            raise NotMeasurableError(f"the continuation {continuation!r} adds no token of its own for {model.name}")
        pairs.append(pair)
    return pairs


def prefix_token(model: LoadedModel) -> int:
    """Return the token in front of a text without a context: BOS, else EOS.

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
    """Tokenise texts without special tokens, in parallel."""
    backend = model.tokenizer.backend_tokenizer
    backend.no_truncation()  # settings of the last call persist
    backend.no_padding()
    return [tuple(encoding.ids) for encoding in backend.encode_batch_fast(list(texts), add_special_tokens=False)]
