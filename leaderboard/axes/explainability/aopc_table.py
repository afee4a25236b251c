"""AopcTable: the AOPC of the orders of each text, from observations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.explainability import metrics
from leaderboard.axes.explainability.text_explanation import RANDOM
from leaderboard.axes.protocol import Observation

Pair = tuple[FloatArray, FloatArray]
"""Comprehensiveness and sufficiency, each of shape (n,)."""


@dataclass(frozen=True, slots=True)
class AopcTable:
    """AOPC of the orders of each text, in the order of ids; arrays of shape (n,).

    Attributes:
        ids: ids of the texts.
        aopcs: comprehensiveness and sufficiency over all steps, by each method that explained all texts.
        bins: comprehensiveness and sufficiency over 1, 5, 10, 20 and 50 % of the units, by (way to delete, method);
            none in observations of version 2.
        low, high: limits of the AOPC of any order.
        mean: mean AOPC of all orders.
        deletion: way to delete units that all but `bins` belong to; empty in observations of version 2.
    """

    ids: list[str]
    aopcs: Mapping[str, Pair]
    bins: Mapping[tuple[str, str], Pair]
    low: FloatArray
    high: FloatArray
    mean: FloatArray
    deletion: str

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Self:
        """Compute the AOPC of observations; in version 1 the mean is that of one random order and its reverse."""
        ordered = [each.data for each in sorted(observations, key=lambda observation: observation.example_id)]
        curves = [{name: _aopcs(data, curve) for name, curve in data["explanations"].items()} for data in ordered]
        # A beam search may have missed an order of a method, whose AOPC is the limit then.
        values = [[value for pair in curve.values() for value in pair] for curve in curves]
        return cls(
            sorted(observation.example_id for observation in observations),
            {name: _columns([curve[name] for curve in curves]) for name in _of_all(curves)},
            _bins(ordered),
            _floats(min(data["lower"], *each) for data, each in zip(ordered, values, strict=True)),
            _floats(max(data["upper"], *each) for data, each in zip(ordered, values, strict=True)),
            _floats(data.get("mean", np.mean(curve[RANDOM])) for data, curve in zip(ordered, curves, strict=True)),
            str(ordered[0].get("deletion", "")) if ordered else "",
        )

    @property
    def range(self) -> FloatArray:
        """AOPC of the best order minus that of the worst."""
        return self.high - self.low

    @property
    def best_gain(self) -> FloatArray:
        """AOPC of the best order minus the mean of all orders."""
        return self.high - self.mean

    @property
    def worst_gain(self) -> FloatArray:
        """AOPC of the worst order minus the mean of all orders; negative."""
        return self.low - self.mean

    def gains(self) -> dict[str, FloatArray]:
        """Return the AOPC of each method minus the mean of all orders, without the random baseline."""
        return {name: pair[0] - self.mean for name, pair in self.aopcs.items() if name != RANDOM}


def _bins(ordered: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Pair]:
    rows = [
        {
            (deletion, name): _aopcs(data, curve)
            for deletion, curves in data.get("bins", {}).items()
            for name, curve in curves.items()
        }
        for data in ordered
    ]
    return {key: _columns([row[key] for row in rows]) for key in _of_all(rows)}


def _of_all(rows: Sequence[Mapping[Any, Any]]) -> list[Any]:
    """Return the keys that every row has, in the order of the first."""
    return [key for key in rows[0] if all(key in row for row in rows)] if rows else []


def _columns(pairs: Sequence[tuple[float, float]]) -> Pair:
    comprehensiveness, sufficiency = np.array(pairs, dtype=np.float64).T
    return comprehensiveness, sufficiency


def _floats(values: Iterable[float]) -> FloatArray:
    return np.array(list(values), dtype=np.float64)


def _aopcs(data: Mapping[str, Any], curve: Mapping[str, Any]) -> tuple[float, float]:
    """Return comprehensiveness and sufficiency of one curve."""
    return metrics.aopc(data["probability"], curve["without"]), metrics.aopc(data["probability"], curve["alone"])
