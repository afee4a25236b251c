"""PartitionSHAP: Owen values on the tree of spans of a text."""

import heapq
from dataclasses import dataclass
from itertools import count

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.spans import SpanTree
from leaderboard.attributions.text_units import BoolArray, TextUnits

MOST_SETS = 500


@dataclass(frozen=True)
class _Share:
    """What joining one span changes in one context.

    Attributes:
        node: the span.
        context: units that stay without it.
        without: explained number for the context.
        joined: explained number for the context and the span.
        weight: share of this context among all contexts of the span.
    """

    node: SpanTree
    context: BoolArray
    without: float
    joined: float
    weight: float

    @property
    def change(self) -> float:
        return (self.joined - self.without) * self.weight


class PartitionShap(AttributionMethod):
    """Divide the difference between a text and one without words along the tree of its spans (Owen values).

    Sentences divide it first, then clauses, then halves of them, down to units. Where 500 sets do not reach all units,
    the spans that change the answer least share their part equally among their units, and a note says so. Texts of up
    to about 25 units are divided completely.
    """

    name = "partition_shap"
    source = "Owen 1977; Lundberg's program shap (PartitionExplainer)"

    def attribute(self, text: TextUnits, seed: int) -> Attribution:  # noqa: ARG002 - nothing is random
        """Return the Owen value of each unit."""
        before = text.passes
        owen = owen_values(text, MOST_SETS)
        error = abs(float(owen.values.sum()) - (text.whole - text.empty))
        return Attribution(owen.values, text.passes - before, error, owen.note)

    def most_passes(self, units: int) -> int:
        """Return the budget of sets, or that of different sets if it is smaller."""
        return min(MOST_SETS, 1 << min(units, 30))


@dataclass(frozen=True)
class OwenValues:
    """Owen values of the units of a text.

    Attributes:
        values: shape (units,).
        most_sets: largest number of sets that could be answered.
        divided: change of the answer that was divided down to units, as a sum of magnitudes.
        undivided: change of the answer that spans share equally among their units.
    """

    values: FloatArray
    most_sets: int
    divided: float
    undivided: float

    @property
    def note(self) -> str:
        """By how much the values are not Owen values of units; empty where every span was divided."""
        if self.undivided == 0:
            return ""
        share = self.undivided / (self.divided + self.undivided)
        return (
            f"inexact: {self.most_sets} sets of units do not reach every unit; spans share {100 * share:.2g} % of the "
            "changes of the answer equally among their units"
        )


def owen_values(text: TextUnits, most_sets: int) -> OwenValues:
    """Return the Owen value of each unit.

    A span is divided between its two parts: each part joins once before and once after the other, and the two count
    half each. The spans that change the answer most are divided first.

    Args:
        text: units with their tree.
        most_sets: largest number of different sets that are answered.
    """
    nothing = np.zeros(len(text), dtype=bool)
    order = count()
    waiting = [(0.0, next(order), _Share(text.tree, nothing, text.empty, text.whole, 1.0))]
    finished: list[_Share] = []
    start = text.passes
    allowed = most_sets - 2
    while waiting:
        batch, sets = list[_Share](), list[BoolArray]()
        room = allowed - (text.passes - start)
        while waiting and (len(sets) + 2 <= room or not waiting[0][2].node.parts):
            share = heapq.heappop(waiting)[2]
            if not share.node.parts:
                finished.append(share)
                continue
            batch.append(share)
            sets.extend(share.context | _members(part, len(text)) for part in share.node.parts)
        if not batch:
            break
        scores = text.scores(np.array(sets)).reshape(-1, 2)
        for share, joined, values in zip(batch, np.array(sets).reshape(len(batch), 2, -1), scores, strict=True):
            for child in _divide(share, joined, values):
                heapq.heappush(waiting, (-abs(child.change), next(order), child))
    undivided = [share for _, _, share in waiting if share.node.parts]
    finished += [share for _, _, share in waiting if not share.node.parts]
    return OwenValues(
        values=_to_units([*finished, *undivided], len(text)),
        most_sets=most_sets,
        divided=sum(abs(share.change) for share in finished),
        undivided=sum(abs(share.change) for share in undivided),
    )


def _divide(share: _Share, joined: BoolArray, scores: FloatArray) -> list[_Share]:
    """Return the shares of both parts, each before and after the other.

    Args:
        share: what is divided.
        joined: the context with the left, and with the right part, shape (2, units).
        scores: the explained number for both.
    """
    children = []
    for part, other in ((0, 1), (1, 0)):
        node = share.node.parts[part]
        half = share.weight / 2
        children.append(_Share(node, share.context, share.without, float(scores[part]), half))
        children.append(_Share(node, joined[other], float(scores[other]), share.joined, half))
    return children


def _members(node: SpanTree, units: int) -> BoolArray:
    members = np.zeros(units, dtype=bool)
    members[node.units.start : node.units.stop] = True
    return members


def _to_units(shares: list[_Share], units: int) -> FloatArray:
    """Sum shares, those of undivided spans equally over their units."""
    values = np.zeros(units)
    for share in shares:
        values[share.node.units.start : share.node.units.stop] += share.change / len(share.node.units)
    return values
