"""Pair scores: likelihoods of the two sentences of a pair under a language model."""

import dataclasses
import difflib
from collections.abc import Sequence

from leaderboard.arrays import FloatArray
from leaderboard.axes.sentence_scores import sentence_scores
from leaderboard.backends.capability import Capability
from leaderboard.backends.masked_likelihood import MaskedLikelihood, MaskedScore, MaskedSentence
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Direction, PairExample


def pair_scores(subject: Subject, pairs: Sequence[PairExample], *, variant: MaskedScore) -> FloatArray:
    """Return natural-log (pseudo-)likelihoods of the more and the less stereotyping sentence, shape (pairs, 2).

    Args:
        subject: subject with a masked or a causal model.
        pairs: pairs to score.
        variant: score of a masked model.

    Raises:
        NotMeasurableError: for a model without a language-model head.
    """
    if Capability.PSEUDO_LOGLIKELIHOOD in subject.capabilities and variant is not MaskedScore.AUL:
        masked = subject.masked_likelihood()
        parts = [part for pair in pairs for part in shared_parts(masked, pair)]
        scores = masked.scores(parts, variant=variant, work="masked pairs")
    else:
        sentences = [sentence for pair in pairs for sentence in (pair.more, pair.less)]
        scores = sentence_scores(subject, sentences, variant=variant, work="pairs")
    return scores.reshape(-1, 2)


def shared_parts(likelihood: MaskedLikelihood, pair: PairExample) -> tuple[MaskedSentence, MaskedSentence]:
    """Return the more and the less stereotyping sentence, with only the shared tokens to score.

    Shared are the `equal` blocks of difflib's SequenceMatcher over token ids, special tokens left out. As in the
    official script the sentence about the disadvantaged group comes first, since the order can change the blocks.
    """
    more, less = likelihood.encode(pair.more), likelihood.encode(pair.less)
    if pair.direction == Direction.ANTISTEREO:
        less_positions, more_positions = _shared_positions(less, more)
    else:
        more_positions, less_positions = _shared_positions(more, less)
    return dataclasses.replace(more, positions=more_positions), dataclasses.replace(less, positions=less_positions)


def _shared_positions(one: MaskedSentence, other: MaskedSentence) -> tuple[tuple[int, ...], tuple[int, ...]]:
    scorable, other_scorable = set(one.positions), set(other.positions)
    positions, other_positions = [], []
    for block in difflib.SequenceMatcher(None, one.ids, other.ids).get_matching_blocks():
        for step in range(block.size):
            if block.a + step in scorable and block.b + step in other_scorable:
                positions.append(block.a + step)
                other_positions.append(block.b + step)
    return tuple(positions), tuple(other_positions)
