"""Minimal pairs: the protocol that asks which of two sentences a language model finds likelier."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import (
    LEFT_OUT,
    Answer,
    Measurement,
    Observation,
    Parameters,
    Protocol,
    attempt,
    left_out_notes,
    without_left_out,
)
from leaderboard.axes.scored_splits import observation_id, scored_splits
from leaderboard.axes.sentence_scores import sentence_scores
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.masked_likelihood import MaskedScore
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, MinimalPairExample
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled

_GOOD, _BAD, _PHENOMENON = "good_score", "bad_score", "phenomenon"
_SAME = "both sentences of the pair are the same"


class MinimalPairsParameters(Parameters):
    """Parameters of minimal pairs: how masked models score a sentence.

    Attributes:
        score: `within_word_l2r` (Kauf & Ivanova 2023), `original` (Salazar et al. 2020), or `aul`, without a mask.
    """

    score: MaskedScore = MaskedScore.WITHIN_WORD_L2R


class MinimalPairs(Protocol[MinimalPairsParameters]):
    """Protocol of BLiMP (Warstadt et al. 2020): the grammatical sentence should have the larger likelihood.

    Every split that is not for training is scored. A causal model scores whole sentences, a masked one by the
    pseudo-log-likelihood. A tie is wrong, since it prefers neither; a pair of equal sentences is left out.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs_one_of: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.LOGLIKELIHOOD, Capability.PSEUDO_LOGLIKELIHOOD}
    )
    example: ClassVar[type[Example] | None] = MinimalPairExample
    scores_every_split: ClassVar[bool] = True
    parameters_type: ClassVar[type[Parameters]] = MinimalPairsParameters
    metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY,)
    reads_labels: ClassVar[bool] = False

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the natural-log (pseudo-)likelihoods of both sentences of each pair."""
        del seed  # nothing is random
        named = [(name, pair) for name, pairs in scored_splits(splits) for pair in pairs]
        sentences = [sentence for _, pair in named for sentence in (pair.good, pair.bad)]
        scores = sentence_scores(subject, sentences, variant=self.parameters.score, work="minimal pairs")
        both = require_finite(scores, subject.name).reshape(-1, 2).tolist()
        for (name, pair), (good, bad) in zip(named, both, strict=True):
            data = {_GOOD: good, _BAD: bad, _PHENOMENON: pair.phenomenon}
            yield Observation(observation_id(name, pair.id), {LEFT_OUT: _SAME} if pair.good == pair.bad else data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the share of pairs in which the good sentence is the likelier one, each phenomenon as a part."""
        parts = _parts(observations) or {"": []}
        return [attempt(ACCURACY, partial(_share, pairs), part) for part, pairs in parts.items()]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the accuracy, and that of each phenomenon, as functions of how often each pair counts."""
        return {
            (ACCURACY.name, part): Resampled.mean([each.example_id for each in pairs], [_right(each) for each in pairs])
            for part, pairs in _parts(observations).items()
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on pairs that were left out, and on pairs of equal scores."""
        ties = sum(each.data[_GOOD] == each.data[_BAD] for each in without_left_out(observations))
        equal = (f"pairs whose sentences have the same score, counted as wrong: {ties}",) if ties else ()
        return (*left_out_notes(observations), *equal)

    def answer(self, observation: Observation) -> Answer | None:
        """Return that the good sentence is right, and which sentence is the likelier one."""
        if LEFT_OUT in observation.data:
            return None
        return Answer("good", "good" if _right(observation) else "bad")


def _right(observation: Observation) -> bool:
    return bool(observation.data[_GOOD] > observation.data[_BAD])


def _share(pairs: Sequence[Observation]) -> Estimate:
    return proportion(sum(map(_right, pairs)), len(pairs))


def _parts(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return all pairs that were not left out, and those of each phenomenon that a pair names."""
    pairs = without_left_out(observations)
    parts = {"": pairs} if pairs else {}
    for name in sorted({each.data[_PHENOMENON] for each in pairs} - {""}):
        parts[name] = [each for each in pairs if each.data[_PHENOMENON] == name]
    return parts
