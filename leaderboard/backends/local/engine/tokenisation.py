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
    return [
        tokens if marked else (*model.beginning, *tokens)
        for marked, tokens in zip(_marked(model, texts), _plain(model, texts), strict=True)
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


def encode_whole(model: LoadedModel, texts: Sequence[str]) -> list[Tokens]:
    """Tokenise each text with all special tokens of its tokenizer, as an encoder reads it.

    As in lm-evaluation-harness a text that begins with BOS (else EOS) gets none.
    """
    is_marked = _marked(model, texts)
    plain = iter(_plain(model, [text for text, marked in zip(texts, is_marked, strict=True) if marked]))
    whole = iter(_plain(model, [text for text, marked in zip(texts, is_marked, strict=True) if not marked], whole=True))
    return [next(plain if marked else whole) for marked in is_marked]


def encode_apart(model: LoadedModel, requests: Sequence[tuple[str, str]]) -> list[Pair]:
    """Tokenise each context for an encoder and its continuation for a decoder, each by itself.

    White space at the end of a context belongs to its continuation. The rule of lm-evaluation-harness for
    encoder-decoders (`_encode_pair`).

    Args:
        model: an encoder-decoder, whose tokenizer.
        requests: (context, continuation).

    Raises:
        NotMeasurableError: when a continuation has no token, or a context is empty.
    """
    moved = [(context.rstrip(), context[len(context.rstrip()) :] + after) for context, after in requests]
    if not all(context for context, _ in moved):
        raise no_context(model)
    contexts, after = (
        list(dict.fromkeys(context for context, _ in moved)),
        list(dict.fromkeys(text for _, text in moved)),
    )
    encoded = dict(zip(contexts, encode_whole(model, contexts), strict=True))
    decoded = dict(zip(after, _plain(model, after), strict=True))
    for continuation in after:
        if not decoded[continuation]:
            raise NotMeasurableError(f"the continuation {continuation!r} has no token of its own for {model.name}")
    return [(encoded[context], decoded[continuation]) for context, continuation in moved]


def no_context(model: LoadedModel) -> NotMeasurableError:
    """Return the error of a text without a context for an encoder-decoder.

    Encoder-decoders were trained to restore texts (T5 spans, BART whole ones), not to continue an empty one.
    """
    return NotMeasurableError(
        f"{model.name} is an encoder-decoder, for which a text without a context has no standard likelihood"
    )


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


def _marked(model: LoadedModel, texts: Sequence[str]) -> list[bool]:
    """Return which texts begin with BOS (else EOS) in words."""
    first = model.first_token
    written = str(model.tokenizer.decode(first)) if first is not None else ""
    return [bool(written) and text.startswith(written) for text in texts]


def _plain(model: LoadedModel, texts: Sequence[str], *, whole: bool = False) -> list[Tokens]:
    """Tokenise texts in parallel, without special tokens, or with all of them where they are whole."""
    backend = model.tokenizer.backend_tokenizer
    backend.no_truncation()  # settings of the last call persist
    backend.no_padding()
    return [tuple(encoding.ids) for encoding in backend.encode_batch_fast(list(texts), add_special_tokens=whole)]
