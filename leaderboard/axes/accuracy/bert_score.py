"""BERTScore: similarity of a written text and its references by the hidden states of an encoder."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.errors import NotMeasurableError

_SPECIAL = 2
"""Number of special tokens around a text: [CLS] and [SEP] of BERT and its family."""


def bert_score(written: FloatArray, reference: FloatArray) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a text and a reference (Zhang et al. 2020, equation of section 3).

    Precision is the mean over the text's tokens of the largest cosine with a token of the reference, recall the same
    with the sides exchanged. As in the authors' package, special tokens have no weight but may be the most similar; all
    values are 0 where a side has no other tokens.

    Args:
        written: hidden states of the text's tokens, special tokens first and last, shape (tokens, width).
        reference: those of the reference.
    """
    if min(len(written), len(reference)) <= _SPECIAL:
        return 0.0, 0.0, 0.0
    ours, theirs = (states / np.linalg.norm(states, axis=1, keepdims=True) for states in (written, reference))
    cosines = np.clip(ours @ theirs.T, -1.0, 1.0)
    precision, recall = float(cosines.max(axis=1)[1:-1].mean()), float(cosines.max(axis=0)[1:-1].mean())
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total > 0 else 0.0


def bert_scores(
    states: HiddenStates, layer: int, texts: Sequence[str], references: Sequence[Sequence[str]]
) -> list[tuple[float, float, float]]:
    """Return precision, recall and F1 of each text, by the reference that has the largest F1.

    Args:
        states: hidden states of an encoder with a special token at either end of a text.
        layer: layer of the hidden states.
        texts: shape (n,).
        references: references of each text, shape (n,).

    Raises:
        NotMeasurableError: for a model with other special tokens, or a layer that it does not have.
    """
    if layer > states.layers:
        raise NotMeasurableError(f"`encoder_layer` {layer}: the encoder has the layers 0 to {states.layers}")
    if states.token_count("") != _SPECIAL:
        raise NotMeasurableError(
            "BERTScore needs an encoder with a special token at either end of a text, as BERT and its family"
        )
    distinct = list(dict.fromkeys([*texts, *(each for group in references for each in group)]))
    read = states.of_tokens(distinct, layer=layer, work="comparing texts")
    by_text = {text: np.asarray(each, dtype=np.float64) for text, each in zip(distinct, read, strict=True)}
    return [
        max((bert_score(by_text[text], by_text[each]) for each in group), key=lambda scores: scores[-1])
        for text, group in zip(texts, references, strict=True)
    ]
