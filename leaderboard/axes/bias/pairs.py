"""Pairs: which of two sentences that differ in the group they name does a language model find likelier?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leaderboard.axes.bias import metrics
from leaderboard.axes.bias.swaps import swapped_words
from leaderboard.axes.catalogue import STEREOTYPE_PREFERENCE
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import Direction, Example, PairExample
from leaderboard.engine.masked_score import MaskedScore
from leaderboard.models.subject import Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class PairsParameters(Parameters):
    """How masked models score a sentence.

    Attributes:
        score: `original` as in the paper; `within_word_l2r`; or `aul`, which is of the whole sentence.
    """

    score: MaskedScore = MaskedScore.ORIGINAL


class Pairs(Protocol[PairsParameters]):
    """CrowS-Pairs (Nangia et al. 2020) on split `test`.

    A masked model scores the tokens that both sentences share, each masked in turn, or whole sentences without a mask
    (AUL); a causal one scores the whole sentence.

    Version 2 keeps the words that a pair swaps, so that the interval counts pairs with common words as dependent.
    """

    version: ClassVar[int] = 2
    axis: ClassVar[Axis] = Axis.BIAS
    example: ClassVar[type[Example] | None] = PairExample
    parameters_type: ClassVar[type[Parameters]] = PairsParameters
    metrics: ClassVar[tuple[Metric, ...]] = (STEREOTYPE_PREFERENCE,)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`. Scores are natural-log (pseudo-)likelihoods."""
        del seed  # nothing is random
        pairs: Sequence[PairExample] = splits["test"]
        from leaderboard.axes.bias.pair_scores import pair_scores  # noqa: PLC0415 - slow to import

        scores = pair_scores(engine, subject.model, pairs, variant=self.parameters.score)
        for pair, (more, less) in zip(pairs, finite(scores, subject.model.name), strict=True):
            yield Observation(
                pair.id,
                {
                    "more_score": float(more),
                    "less_score": float(less),
                    "category": pair.category,
                    "direction": pair.direction,
                    "swapped": swapped_words(pair.more, pair.less),
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`. Parts: each category, and each direction that is known."""
        if not observations:
            return [Measurement(STEREOTYPE_PREFERENCE, metrics.stereotype_preference(np.empty(0), np.empty(0)))]
        return [
            Measurement(STEREOTYPE_PREFERENCE, _preference(among, ties=ties), part)
            for part, (among, ties) in _parts(observations).items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`: pairs that swap the same words are resampled together.

        A share that leaves ties out is no mean of all pairs.
        """
        found = {}
        for part, (among, ties) in _parts(observations).items():
            ids = [seen.example_id for seen in among]
            clusters = list(map(_cluster, among))
            preferred, counted = metrics.preferences(*_scores(among), ties=ties)
            if ties:
                found[STEREOTYPE_PREFERENCE.name, part] = Resampled.mean(ids, 100.0 * preferred, clusters)
            else:
                rows = np.stack([preferred, counted], axis=1)
                share = Resampled.of_sums(ids, lambda sums: 100.0 * sums[:, 0] / sums[:, 1], rows, clusters)
                found[STEREOTYPE_PREFERENCE.name, part] = share
        return found

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`: how many pairs swap the same words."""
        swaps = Counter(_cluster(seen) for seen in observations if seen.data.get("swapped"))
        if swaps.total() == len(swaps):
            return ()
        most = max(swaps.values())
        words = min(swap for swap, count in swaps.items() if count == most)
        note = (
            f"{swaps.total()} pairs swap {len(swaps)} different sets of words, {most} of them {words}: "
            "pairs with a common word are not independent, and the interval is wider for it"
        )
        return (note,)


def _preference(among: Sequence[Observation], *, ties: bool) -> Estimate:
    """Stereotype preference; pairs that were seen before their words were kept count as independent."""
    swapped = [seen.data.get("swapped", ()) for seen in among]
    return metrics.stereotype_preference(*_scores(among), ties=ties, swapped=swapped)


def _cluster(seen: Observation) -> str:
    """The words that a pair swaps, and where none are known the pair itself."""
    return "/".join(seen.data.get("swapped", ())) or f"#{seen.example_id}"


def _parts(observations: Sequence[Observation]) -> dict[str, tuple[Sequence[Observation], bool]]:
    """What was seen of all pairs, of each category and of each direction that is known; and whether ties count."""
    parts: dict[str, tuple[Sequence[Observation], bool]] = {"": (observations, True)} if observations else {}
    for category in sorted({seen.data["category"] for seen in observations}):
        parts[category] = [seen for seen in observations if seen.data["category"] == category], True
    for direction in sorted({seen.data["direction"] for seen in observations} - {Direction.UNKNOWN}):
        parts[direction] = [seen for seen in observations if seen.data["direction"] == direction], False
    return parts


def _scores(observations: Sequence[Observation]) -> tuple[metrics.FloatArray, metrics.FloatArray]:
    more, less = (
        np.array([seen.data[side] for seen in observations], dtype=np.float64) for side in ("more_score", "less_score")
    )
    return more, less
