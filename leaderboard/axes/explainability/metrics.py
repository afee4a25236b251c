"""Explainability metrics, from perturbation curves."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.stats.bounded import bounded_of_sums, half_of_one
from leaderboard.stats.estimate import Estimate

Number = TypeVar("Number", float, FloatArray)

RANGE = 0.05
"""Smallest difference in AOPC of the best and worst order at which a text says something about an explainer."""


def aopc(whole: float, steps: npt.ArrayLike) -> float:
    """Area over a perturbation curve: mean drop of the probability over the steps (Samek et al. 2017).

    Comprehensiveness when step k deletes the k words ranked first, sufficiency when it keeps only them (DeYoung et al.
    2020). Here k runs over 1 … L - 1 as in Edin et al. 2025, who also delete all L words: that step is the same for
    every order and cancels in the normalised value.

    Args:
        whole: probability of the class for the whole text.
        steps: its probability at each step.
    """
    return float(np.mean(whole - np.asarray(steps, dtype=np.float64)))


def pooled(gains: FloatArray, best_gain: FloatArray, worst_gain: FloatArray) -> Estimate:
    """Estimate Σ gains / Σ best gains over texts: 0 for a zero point, 1 for the best order.

    Edin et al. 2025 average the ratios of the texts. A text in which no order changes the probability by more than
    .0006 then has full weight although its ratio is noise: a subject with one decisive word, which occlusion ranks
    first in every text that has it, was below random weights. Here each text is weighted by the largest possible
    change.

    Interval: `bounded_of_sums`, with half an unobserved text in the best or the worst order of an observed one.

    Args:
        gains: AOPC of the order minus the zero point, one per text.
        best_gain: AOPC of the best order minus the zero point.
        worst_gain: AOPC of the worst order minus the zero point; 0 or negative.
    """
    n = len(best_gain)
    if not n:
        return Estimate.not_measured("no texts")
    if not float((best_gain - worst_gain).max()) >= RANGE:
        texts = f"any of {n} texts" if n > 1 else "the only text"
        return Estimate.not_measured(f"no order of words moves the probability by {RANGE} or more in {texts}", n=n)
    rows = np.stack([gains, best_gain], axis=1)
    worst, best = (
        half_of_one(np.stack([worst_gain, best_gain], axis=1)),
        half_of_one(np.stack([best_gain, best_gain], axis=1)),
    )
    (estimate,) = bounded_of_sums(lambda sums: sums[..., :1] / sums[..., 1:], rows, worst, best)
    return estimate


def faithfulness(
    ids: Sequence[str], gains: Mapping[str, FloatArray], best_gain: FloatArray, worst_gain: FloatArray
) -> Estimate:
    """Estimate ½ + ½ Σ(a - r) / Σ(b - r) of the best explainer, chosen on other texts than it is scored on.

    a is the AOPC comprehensiveness of the explainer's order, b that of the best order of the text's words and r the
    mean of all orders. 1 is the best order everywhere and .5 the mean of random orders for every subject; on a scale
    from the worst (0) to the best order (1) random orders have .425 on average, and .5 only where words are additive.

    Taking the largest of several noisy values would favour subjects with more explainers. So the texts are halved by a
    hash of their ids; on each half the explainer that is best on the *other* half is scored, and the sums run over all
    texts. Where both halves choose the same explainer this is its value, with its full n. Interval: see `pooled`.

    Args:
        ids: ids of the texts, shape (n,).
        gains: a - r by explainer, each of shape (n,).
        best_gain: b - r, shape (n,).
        worst_gain: a - r of the worst order, shape (n,).
    """
    best_gains, chosen = gains_of_best(ids, gains)
    if len(ids) == 1:
        return Estimate.not_measured("needs 2 texts, one to choose the explainer and one to score it; has 1", n=1)
    estimate = pooled(best_gains, best_gain, worst_gain)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    value, low, high = (to_faithfulness_scale(number) for number in (estimate.value, estimate.low, estimate.high))
    names = " and ".join(dict.fromkeys(chosen))
    method = f"{names}, chosen for each half of the texts on the other; {estimate.method}"
    return Estimate.measured(value, (low, high), n=estimate.n, method=method)


def to_faithfulness_scale(share: Number) -> Number:
    """Map 0 (random order) and 1 (best order) to .5 and 1, the scale of `faithfulness`."""
    return 0.5 + 0.5 * share


def gains_of_best(ids: Sequence[str], gains: Mapping[str, FloatArray]) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the gain of each text by the explainer that is best on the other half, and both chosen explainers.

    Shapes as in `faithfulness`. Fewer than two texts choose no explainer: NaN.
    """
    order = sorted(range(len(ids)), key=lambda row: _hash(ids[row]))
    best_gains = np.full(len(ids), np.nan)
    if len(order) < 2:  # noqa: PLR2004 - one to choose on, one to score
        return best_gains, ()
    chosen = []
    for score_on, choose_on in ((order[0::2], order[1::2]), (order[1::2], order[0::2])):
        sums = {name: float(column[choose_on].sum()) for name, column in gains.items()}
        chosen.append(max(sums, key=sums.__getitem__))
        best_gains[score_on] = gains[chosen[-1]][score_on]
    return best_gains, tuple(chosen)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
