"""Numbers of the explainability axis, from perturbation curves."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from leaderboard.stats.bounded import bounded_of_sums, one_of
from leaderboard.stats.estimate import Estimate

FloatArray = npt.NDArray[np.float64]
Number = TypeVar("Number", float, FloatArray)

RANGE = 0.05
"""A text whose best and worst order differ by less in AOPC says next to nothing about any explainer."""


def aopc(whole: float, steps: npt.ArrayLike) -> float:
    """Area over a perturbation curve: mean fall of the probability over the steps (Samek et al. 2017).

    Comprehensiveness when step k deletes the k words ranked first, sufficiency when it keeps only them (DeYoung et al.
    2020). Here k runs over 1 … L - 1 as in Edin et al. 2025, who also delete all L words: that step is the same for
    every order and cancels in the normalised value.

    Args:
        whole: probability of the class for the whole text.
        steps: its probability at each step.
    """
    return float(np.mean(whole - np.asarray(steps, dtype=np.float64)))


def pooled(gained: FloatArray, room: FloatArray, least: FloatArray) -> Estimate:
    """Σ gained / Σ room over texts: where an order stands between a zero point and the best order (1).

    Edin et al. 2025 average the ratios of the texts. A text in which no order moves the probability by more than .0006
    is then a full vote on noise: a subject with one decisive word, which occlusion ranks first in every text that has
    it, was below random weights. Here each text counts by how far its order can move the probability.

    Interval: `bounded_of_sums`, with half a text that nobody saw, in the best or the worst order of one of those seen.

    Args:
        gained: from the zero point to the order, one a text.
        room: from the zero point to the best order.
        least: from the zero point to the worst order; 0 where that is the zero point, else negative.
    """
    n = len(room)
    if not n:
        return Estimate.not_measured("no texts")
    if not float((room - least).max()) >= RANGE:
        texts = f"any of {n} texts" if n > 1 else "the only text"
        return Estimate.not_measured(f"no order of words moves the probability by {RANGE} or more in {texts}", n=n)
    rows = np.stack([gained, room], axis=1)
    worst, best = one_of(np.stack([least, room], axis=1)), one_of(np.stack([room, room], axis=1))
    (estimate,) = bounded_of_sums(lambda sums: sums[..., :1] / sums[..., 1:], rows, worst, best)
    return estimate


def faithfulness(ids: Sequence[str], gained: Mapping[str, FloatArray], room: FloatArray, least: FloatArray) -> Estimate:
    """½ + ½ Σ(a - r) / Σ(b - r) of the best explainer, chosen on other texts than those it is scored on.

    a is the AOPC comprehensiveness of the explainer's order, b that of the best order of the text's words and r the
    mean of all orders. 1 is the best order everywhere and .5 what a random order has on average, in each text of each
    subject: between the worst (0) and the best order (1) it has .425 on average, and .5 only where words add up.

    Taking the larger of several noisy values would favour whoever offers more explainers. So the texts are halved by a
    hash of their ids; on each half the explainer that is best on the *other* half is scored, and the sums run over all
    texts. Where both halves choose the same explainer this is its value, with its full n. Interval: see `pooled`.

    Args:
        ids: of the texts, shape (n,).
        gained: a - r by explainer, each of shape (n,).
        room: b - r, shape (n,).
        least: of the worst order's a, a - r, shape (n,).
    """
    scored, chosen = gained_by_best(ids, gained)
    if len(ids) == 1:
        return Estimate.not_measured("needs 2 texts, one to choose the explainer and one to score it; has 1", n=1)
    estimate = pooled(scored, room, least)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    value, low, high = (half_above(number) for number in (estimate.value, estimate.low, estimate.high))
    names = " and ".join(dict.fromkeys(chosen))
    method = f"{names}, chosen for each half of the texts on the other; {estimate.method}"
    return Estimate.measured(value, (low, high), n=estimate.n, method=method)


def half_above(share: Number) -> Number:
    """From 0 for a random order and 1 for the best to .5 and 1, the scale of `faithfulness`."""
    return 0.5 + 0.5 * share


def gained_by_best(ids: Sequence[str], gained: Mapping[str, FloatArray]) -> tuple[FloatArray, tuple[str, ...]]:
    """What each text gains by the explainer that is best on the other half, and the explainers of the two halves.

    Shapes as in `faithfulness`. Fewer than two texts choose no explainer: NaN.
    """
    order = sorted(range(len(ids)), key=lambda row: _hash(ids[row]))
    scored = np.full(len(ids), np.nan)
    if len(order) < 2:  # noqa: PLR2004 - one to choose on, one to score
        return scored, ()
    chosen = []
    for score_on, choose_on in ((order[0::2], order[1::2]), (order[1::2], order[0::2])):
        sums = {name: float(column[choose_on].sum()) for name, column in gained.items()}
        chosen.append(max(sums, key=sums.__getitem__))
        scored[score_on] = gained[chosen[-1]][score_on]
    return scored, tuple(chosen)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
