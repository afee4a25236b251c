"""Pairs: the protocol that compares the likelihoods of two sentences about different groups."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import STEREOTYPE_PREFERENCE, metrics
from leaderboard.axes.bias.pair_scores import pair_scores
from leaderboard.axes.bias.swaps import SWAPPED, cluster_of, swap_notes, swapped_words
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.masked_likelihood import MaskedScore
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Direction, Example, PairExample
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class PairsParameters(Parameters):
    """Parameters of pairs: how masked models score a sentence.

    Attributes:
        score: `original` as in the paper; `within_word_l2r`; or `aul`, over the whole sentence.
    """

    score: MaskedScore = MaskedScore.ORIGINAL


class Pairs(Protocol[PairsParameters]):
    """Protocol of CrowS-Pairs (Nangia et al. 2020) on split `test`.

    A masked model scores the tokens that both sentences share, each masked in turn, or whole sentences without a mask
    (AUL); a causal one scores the whole sentence.

    Version 2 keeps the words that a pair swaps, so that the interval counts pairs with common words as dependent.
    """

    version: ClassVar[int] = 3
    axis: ClassVar[Axis] = Axis.BIAS
    example: ClassVar[type[Example] | None] = PairExample
    parameters_type: ClassVar[type[Parameters]] = PairsParameters
    metrics: ClassVar[tuple[Metric, ...]] = (STEREOTYPE_PREFERENCE,)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the natural-log (pseudo-)likelihoods of both sentences of each pair."""
        del seed  # nothing is random
        pairs: Sequence[PairExample] = splits["test"]
        scores = pair_scores(subject, pairs, variant=self.parameters.score)
        for pair, (more, less) in zip(pairs, require_finite(scores, subject.name), strict=True):
            yield Observation(
                pair.id,
                {
                    "more_score": float(more),
                    "less_score": float(less),
                    "category": pair.category,
                    "direction": pair.direction,
                    SWAPPED: swapped_words(pair.more, pair.less),
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the stereotype preference, with each category and each known direction as a part."""
        if not observations:
            return [Measurement(STEREOTYPE_PREFERENCE, metrics.stereotype_preference(np.empty(0), np.empty(0)))]
        return [
            attempt(STEREOTYPE_PREFERENCE, partial(_preference, subset, ties=ties), part)
            for part, (subset, ties) in _parts(observations).items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the preference as a function of how often each pair counts, clustered by swapped words.

        A share without ties is a ratio of sums, not a mean over all pairs.
        """
        numbers = {}
        for part, (subset, ties) in _parts(observations).items():
            ids = [observation.example_id for observation in subset]
            clusters = list(map(cluster_of, subset))
            preferred, counted = metrics.preferences(*_scores(subset), ties=ties)
            if ties:
                numbers[STEREOTYPE_PREFERENCE.name, part] = Resampled.mean(ids, 100.0 * preferred, clusters)
            else:
                rows = np.stack([preferred, counted], axis=1)
                share = Resampled.of_sums(ids, lambda sums: 100.0 * sums[:, 0] / sums[:, 1], rows, clusters)
                numbers[STEREOTYPE_PREFERENCE.name, part] = share
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note on pairs that swap the same words."""
        return swap_notes(observations)


def _preference(subset: Sequence[Observation], *, ties: bool) -> Estimate:
    """Estimate the stereotype preference; pairs of earlier versions, without swapped words, count as independent."""
    swapped = [observation.data.get(SWAPPED, ()) for observation in subset]
    return metrics.stereotype_preference(*_scores(subset), ties=ties, swapped=swapped)


def _parts(observations: Sequence[Observation]) -> dict[str, tuple[Sequence[Observation], bool]]:
    """Return observations of all pairs, of each category and of each known direction; and whether ties count."""
    parts: dict[str, tuple[Sequence[Observation], bool]] = {"": (observations, True)} if observations else {}
    for category in sorted({observation.data["category"] for observation in observations}):
        parts[category] = (
            [observation for observation in observations if observation.data["category"] == category],
            True,
        )
    for direction in sorted({observation.data["direction"] for observation in observations} - {Direction.UNKNOWN}):
        parts[direction] = (
            [observation for observation in observations if observation.data["direction"] == direction],
            False,
        )
    return parts


def _scores(observations: Sequence[Observation]) -> tuple[FloatArray, FloatArray]:
    more, less = (
        np.array([observation.data[side] for observation in observations], dtype=np.float64)
        for side in ("more_score", "less_score")
    )
    return more, less
