"""TextExplanation: the attributions of one text, and the curves of deleting its units in their order."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.in_step import SetRequests
from leaderboard.attributions.method import AttributionMethod
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability.orders import (
    aopc_limits,
    bins,
    mean_over_all_orders,
    prefixes,
    random_orders,
    ranking,
)
from leaderboard.axes.explainability.probability_drops import ProbabilityDrops
from leaderboard.backends.word_deletion import WordDeletion
from leaderboard.errors import NotMeasurableError

RANDOM = "random"
"""Name of random attributions, the baseline that never counts as the best method."""
_DIGITS = 6

Explaining = Generator[SetRequests, None, dict[str, Any]]
"""Yields the sets of units that have to be classified next, and returns the data of an observation."""


@dataclass(frozen=True, kw_only=True)
class TextExplanation:
    """What is computed of one text.

    Attributes:
        methods: attribution methods by name; one that refuses is taken out, with its reason in `refusals`.
        refusals: reasons of methods that this subject cannot be explained by.
        deletion: way in which units are deleted for the attributions, the limits and the normalised values.
        units: units of the text by each way to delete them.
        exact_words: number of units up to which the limits are exact.
        beam: width of the beam search above that.
        seed: seed of methods that draw.
    """

    methods: dict[str, AttributionMethod]
    refusals: dict[str, str]
    deletion: WordDeletion
    units: Mapping[WordDeletion, TextUnits]
    exact_words: int
    beam: int
    seed: int

    def explain(self, rng: np.random.Generator) -> Explaining:
        """Compute the limits, and the curves of every method and of random attributions."""
        drops = ProbabilityDrops(self.units[self.deletion])
        n_units = len(drops.units)
        exact = n_units <= self.exact_words
        whole_text, single = (1 << n_units) - 1, [1 << unit for unit in range(n_units)]
        yield [(drops.units, drops.kept([0, *single]))]
        attributions = self._attributions(drops.units) | {RANDOM: rng.random(n_units)}
        orders = {name: ranking(values) for name, values in attributions.items()}
        deleted = {name: prefixes(order) for name, order in orders.items()}
        kept = {name: [whole_text - mask for mask in masks] for name, masks in deleted.items()}
        random = [] if exact else list(map(prefixes, random_orders(n_units, rng)))
        others = {name: ProbabilityDrops(units) for name, units in self.units.items()}
        yield [
            (
                drops.units,
                drops.kept([mask for masks in (*deleted.values(), *kept.values(), *random) for mask in masks]),
            ),
            *((each.units, each.kept(_masks_of_bins(orders.values(), whole_text))) for each in others.values()),
        ]
        search = aopc_limits(drops, n_units, exact_words=self.exact_words, beam=self.beam)
        low, high = yield from _requests(drops, search)
        chance = [float(drops(masks).mean()) for masks in random]
        mean = mean_over_all_orders(drops(range(whole_text))) if exact else float(np.mean(chance))
        return {
            "words": n_units,
            "deletion": self.deletion.value,
            "probability": drops.whole,
            "lower": min(low, *chance, mean),
            "upper": max(high, *chance, mean),
            "mean": mean,
            "exact": exact,
            "explanations": {
                name: {
                    "scores": [round(float(score), _DIGITS) for score in attributions[name]],
                    "without": (drops.whole - drops(deleted[name])).tolist(),
                    "alone": (drops.whole - drops(kept[name])).tolist(),
                }
                for name in attributions
            },
            "bins": {
                deletion.value: {name: _bins(each, order, whole_text) for name, order in orders.items()}
                for deletion, each in others.items()
            },
        }

    def _attributions(self, units: TextUnits) -> dict[str, FloatArray]:
        attributions = {}
        for name, method in list(self.methods.items()):
            try:
                attributions[name] = method.checked(units, self.seed).values
            except NotMeasurableError as error:
                self.refusals[name] = str(error)
                del self.methods[name]
        return attributions


def _requests(
    drops: ProbabilityDrops, search: Generator[Sequence[int], None, tuple[float, float]]
) -> Generator[SetRequests, None, tuple[float, float]]:
    """Yield what a search of orders needs as sets of the units that stay."""
    while True:
        try:
            masks = next(search)
        except StopIteration as end:
            limits: tuple[float, float] = end.value
            return limits
        yield [(drops.units, drops.kept(masks))]


def _masks_of_bins(orders: Iterable[Sequence[int]], whole_text: int) -> list[int]:
    return [mask for order in orders for first in bins(order) for mask in (first, whole_text - first)]


def _bins(drops: ProbabilityDrops, order: Sequence[int], whole_text: int) -> dict[str, list[float]]:
    """Return the probability without, and with only, the units of each bin."""
    deleted = bins(order)
    return {
        "without": (drops.whole - drops(deleted)).tolist(),
        "alone": (drops.whole - drops([whole_text - mask for mask in deleted])).tolist(),
    }
