"""Infidelity: how badly the attributions of removed units predict by how much the answer changes."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability import INFIDELITY
from leaderboard.axes.explainability.checks.check import Check, attributions_of
from leaderboard.axes.metric import Metric


class InfidelityCheck(Check):
    """E[(β I·a - (f(x) - f(x - I)))²] / E[(f(x) - f(x - I))²], over random sets I of removed units (Yeh et al. 2019).

    β is the scale of the attributions that fits best, so that attention, which has no unit, can be compared; the
    numerator is captum's `infidelity(..., normalize=True)`. Divided by the mean squared change it is between 0 (the
    model is linear in its units, with these weights) and 1 (the attributions say nothing of the change), for confident
    and uncertain models alike. A text whose answer no removal changes has no score.
    """

    metric: ClassVar[Metric] = INFIDELITY
    unmeasured: ClassVar[str] = "no removal of words changes the answer to any text"

    def observe(self, units: TextUnits, draws: int, rng: np.random.Generator) -> dict[str, Any]:
        """Remove random sets of units, and return the sets with the changes of the explained number.

        Args:
            units: units of a text.
            draws: number of sets.
            rng: draws each unit of a set with probability ½. One unit at least is removed, and one stays, since some
                models read no text without words.
        """
        removed = rng.random((draws, len(units))) < 0.5  # noqa: PLR2004 - half of the units
        for is_all in (False, True):
            rows = np.flatnonzero((removed == is_all).all(axis=1))
            removed[rows, rng.integers(0, len(units), len(rows))] = not is_all
        changes = units.whole - units.scores(~removed)
        return {"removed": [np.flatnonzero(row).tolist() for row in removed], "changes": changes.tolist()}

    def scores(self, data: Mapping[str, Any]) -> Mapping[str, float]:
        """Return the infidelity of each method."""
        removed = np.zeros((len(data["removed"]), data["units"]))
        for row, units in zip(removed, data["removed"], strict=True):
            row[units] = 1.0
        changes = np.array(data["changes"])
        if not len(changes) or not (changes**2).sum() > 0:
            return {}
        return {name: infidelity(removed @ values, changes) for name, values in attributions_of(data).items()}


def infidelity(predicted: FloatArray, changes: FloatArray) -> float:
    """Return the share of the squared changes that the best multiple of the predicted ones leaves, between 0 and 1.

    Args:
        predicted: sum of the attributions of each removed set, shape (sets,).
        changes: change of the explained number, shape (sets,), not all 0.
    """
    scale = float((predicted**2).sum())
    beta = float((predicted * changes).sum()) / scale if scale > 0 else 0.0
    return float(np.clip(((beta * predicted - changes) ** 2).sum() / (changes**2).sum(), 0.0, 1.0))
