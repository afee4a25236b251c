"""Scores of associations: how likely a language model finds each filling of a gap."""

import string
from collections.abc import Sequence

import numpy as np

from leaderboard.data.examples import AssociationExample
from leaderboard.engine.engine import Engine
from leaderboard.engine.masked import FloatArray, MaskedSentence, encode_sentence, pseudo_loglikelihoods
from leaderboard.engine.scoring import score_tokens
from leaderboard.engine.tokens import encode_pairs
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel, ModelKind

GAP = "BLANK"
PUNCTUATION = str.maketrans("", "", string.punctuation)


def association_scores(engine: Engine, model: LoadedModel, examples: Sequence[AssociationExample]) -> FloatArray:
    """Scores of stereotype, anti-stereotype and what is unrelated, shape (examples, 3); NaN where the gap is not read.

    Probabilities of masked models, nats a token of causal ones.

    Raises:
        NotMeasurableError: for a model without a language-model head.
    """
    if model.kind is ModelKind.MASKED:
        scores = _gap_scores(engine, model, examples)
    elif model.kind is ModelKind.CAUSAL:
        scores = _sentence_scores(engine, model, examples)
    else:
        raise NotMeasurableError(f"{model.name} has no language-model head, so it cannot say how likely a text is")
    return scores.reshape(-1, 3)


def filled_gaps(model: LoadedModel, context: str, sentence: str) -> list[MaskedSentence]:
    """The context with the gap filled token by token, the last of each to score.

    As in the authors' loader: a token stands behind those before it in its word, and the tokens after it are not there
    at all. A second gap in the same context is filled alike, and masked where the first is.

    Args:
        model: a masked language model.
        context: with BLANK for the word.
        sentence: the context with its word, to which it is alike in all other words.
    """
    at = max(number for number, word in enumerate(context.split(" ")) if GAP in word)
    word = sentence.split(" ")[at].translate(PUNCTUATION)
    tokens = model.tokenizer.encode(word, add_special_tokens=False)
    filled = []
    for number, token in enumerate(tokens):
        known = model.tokenizer.decode(tokens[:number])
        encoded = encode_sentence(model, context.replace(GAP, f"{known}{model.tokenizer.mask_token}"))
        if model.tokenizer.mask_token_id not in encoded.ids:
            raise NotMeasurableError(f"{model.name} does not read as far as the gap of {context!r}")
        place = encoded.ids.index(model.tokenizer.mask_token_id)
        ids = (*encoded.ids[:place], token, *encoded.ids[place + 1 :])
        filled.append(MaskedSentence(ids, (place,), encoded.words))
    return filled


def _read_gaps(model: LoadedModel, context: str, sentence: str) -> list[MaskedSentence]:
    """See `filled_gaps`; none where the gap is farther in the text than the model reads."""
    try:
        return filled_gaps(model, context, sentence)
    except NotMeasurableError:
        return []


def _gap_scores(engine: Engine, model: LoadedModel, examples: Sequence[AssociationExample]) -> FloatArray:
    if model.tokenizer.mask_token_id is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
    words = [
        _read_gaps(model, example.context, sentence) for example in examples for sentence in _three_sentences(example)
    ]
    sentences = [sentence for word in words for sentence in word]
    probabilities = np.exp(pseudo_loglikelihoods(engine, model, sentences, what="filling gaps"))
    ends = np.cumsum([len(word) for word in words])
    return np.array([part.mean() if len(part) else np.nan for part in np.split(probabilities, ends[:-1])])


def _sentence_scores(engine: Engine, model: LoadedModel, examples: Sequence[AssociationExample]) -> FloatArray:
    whole = [("", sentence) for example in examples for sentence in _three_sentences(example)]
    scores = score_tokens(engine, model, encode_pairs(model, whole), what="associations")
    return np.array([score.logprobs.mean(dtype=np.float64) for score in scores])


def _three_sentences(example: AssociationExample) -> tuple[str, str, str]:
    return example.stereotype, example.antistereotype, example.unrelated
