"""Scores of pairs: how likely a language model finds either sentence."""

import dataclasses
import difflib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import Direction, PairExample
from leaderboard.engine.engine import Engine
from leaderboard.engine.masked import MaskedSentence, encode_sentence, pseudo_loglikelihoods
from leaderboard.engine.masked_score import MaskedScore
from leaderboard.engine.scoring import loglikelihoods
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel, ModelKind

FloatArray = npt.NDArray[np.float64]


def pair_scores(
    engine: Engine, model: LoadedModel, pairs: Sequence[PairExample], *, variant: MaskedScore
) -> FloatArray:
    """Natural-log (pseudo-)likelihoods of the more and the less stereotyping sentence, shape (pairs, 2).

    Args:
        engine: spends the forward passes.
        model: masked or causal.
        pairs: to score.
        variant: how a masked model scores.

    Raises:
        NotMeasurableError: for a model without a language-model head.
    """
    if model.kind is ModelKind.MASKED:
        parts = whole_sentences if variant is MaskedScore.AUL else shared_parts
        scored = [sentence for pair in pairs for sentence in parts(model, pair)]
        scores = pseudo_loglikelihoods(engine, model, scored, variant=variant, what="masked pairs")
    elif model.kind is ModelKind.CAUSAL:
        whole = [("", sentence) for pair in pairs for sentence in (pair.more, pair.less)]
        scores = np.asarray(loglikelihoods(engine, model, whole, what="pairs"), dtype=np.float64)
    else:
        raise NotMeasurableError(f"{model.name} has no language-model head, so it cannot say how likely a text is")
    return scores.reshape(-1, 2)


def whole_sentences(model: LoadedModel, pair: PairExample) -> tuple[MaskedSentence, MaskedSentence]:
    """The more and the less stereotyping sentence, all their tokens to score."""
    return encode_sentence(model, pair.more), encode_sentence(model, pair.less)


def shared_parts(model: LoadedModel, pair: PairExample) -> tuple[MaskedSentence, MaskedSentence]:
    """The more and the less stereotyping sentence, with the tokens to score that both share.

    Shared are the `equal` blocks of difflib's SequenceMatcher over token ids, special tokens left out. As in the
    official script the sentence about the disadvantaged group comes first, since the order can change the blocks.
    """
    more, less = whole_sentences(model, pair)
    if pair.direction == Direction.ANTISTEREO:
        at_less, at_more = _shared(less, more)
    else:
        at_more, at_less = _shared(more, less)
    return dataclasses.replace(more, positions=at_more), dataclasses.replace(less, positions=at_less)


def _shared(one: MaskedSentence, other: MaskedSentence) -> tuple[tuple[int, ...], tuple[int, ...]]:
    ordinary, other_ordinary = set(one.positions), set(other.positions)
    here, there = [], []
    for block in difflib.SequenceMatcher(None, one.ids, other.ids).get_matching_blocks():
        for step in range(block.size):
            if block.a + step in ordinary and block.b + step in other_ordinary:
                here.append(block.a + step)
                there.append(block.b + step)
    return tuple(here), tuple(there)
