"""Explainability metrics, from perturbation curves."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.stats.bounded import bounded_of_sums, half_of_one
from leaderboard.stats.estimate import Estimate

Number = TypeVar("Number", float, FloatArray)

RANGE = 0.05
"""Smallest difference in AOPC of the best and worst order at which a text says something about a method."""


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
    if reason := _without_range(best_gain - worst_gain):
        return Estimate.not_measured(reason, n=len(best_gain))
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
    """Estimate ½ + ½ Σ(a - r) / Σ(b - r) of the best method, chosen on other texts than it is scored on.

    a is the AOPC comprehensiveness of the method's order, b that of the best order of the text's words and r the mean
    of all orders. 1 is the best order everywhere and .5 the mean of random orders for every subject; on a scale from
    the worst (0) to the best order (1) random orders have .425 on average, and .5 only where words are additive.

    Taking the largest of several noisy values would favour subjects with more methods. So the texts are halved by a
    hash of their ids; on each half the method that is best on the *other* half is scored, and the sums run over all
    texts. Where both halves choose the same method this is its value, with its full n.

    Interval: `bounded_of_sums`, with half an unobserved text in the best or the worst order of an observed one; each
    of its draws repeats the choice.

    Args:
        ids: ids of the texts, shape (n,).
        gains: a - r by method, each of shape (n,).
        best_gain: b - r, shape (n,).
        worst_gain: a - r of the worst order, shape (n,).
    """
    n = len(ids)
    if n == 1:
        return Estimate.not_measured("needs 2 texts, one to choose the method and one to score it; has 1", n=1)
    if n and not gains:
        return Estimate.not_measured("no attribution method explains all of the texts", n=n)
    if reason := _without_range(best_gain - worst_gain):
        return Estimate.not_measured(reason, n=n)
    rows, value = sums_of_best(ids, gains, best_gain)
    in_half = rows[:, :2].astype(bool)  # an unobserved text is in the half of the observed one
    worst, best = (_rows_of(in_half, np.tile(gain, (len(gains), 1)), best_gain) for gain in (worst_gain, best_gain))
    (estimate,) = bounded_of_sums(lambda sums: value(sums)[..., None], rows, half_of_one(worst), half_of_one(best))
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    share, low, high = (to_faithfulness_scale(number) for number in (estimate.value, estimate.low, estimate.high))
    names = " and ".join(dict.fromkeys(gains_of_best(ids, gains)[1]))
    method = f"{names}, chosen for each half of the texts on the other; {estimate.method}, with the choice repeated"
    return Estimate.measured(share, (low, high), n=estimate.n, method=method)


def sums_of_best(
    ids: Sequence[str], gains: Mapping[str, FloatArray], best_gain: FloatArray
) -> tuple[FloatArray, Callable[[FloatArray], FloatArray]]:
    """Return rows of each text, and Σ gains / Σ best gains of the chosen methods as a function of the rows' sums.

    The sums are those of each half of the texts, so that the function chooses anew for each resample of texts.

    Args:
        ids: ids of the texts, shape (n,).
        gains: a - r by method, as in `faithfulness`.
        best_gain: b - r, shape (n,).

    Returns:
        Rows of shape (n, 3 + 2 methods), and a function from sums, shape (..., 3 + 2 methods), to values, shape (...).
    """
    halves = np.zeros((len(ids), 2), dtype=bool)
    for half, texts in enumerate(_halves(ids)):
        halves[texts, half] = True
    rows = _rows_of(halves, np.array(list(gains.values())), best_gain)

    def value(sums: FloatArray) -> FloatArray:
        by_half = sums[..., 3:].reshape(*sums.shape[:-1], 2, len(gains))
        chosen = by_half[..., ::-1, :].argmax(axis=-1)  # each half by the other
        scored = np.take_along_axis(by_half, chosen[..., None], axis=-1)[..., 0].sum(axis=-1)
        share: FloatArray = scored / sums[..., 2]
        return share

    return rows, value


def _rows_of(halves: npt.NDArray[np.bool_], gains: FloatArray, best_gain: FloatArray) -> FloatArray:
    """Return rows of: in each half, best gain, gain of each method in the first half, and in the second."""
    by_half = halves[:, :, None] * gains.T[:, None, :]
    return np.concatenate([halves, best_gain[:, None], by_half.reshape(len(halves), -1)], axis=1)


def to_faithfulness_scale(share: Number) -> Number:
    """Map 0 (random order) and 1 (best order) to .5 and 1, the scale of `faithfulness`."""
    return 0.5 + 0.5 * share


def gains_of_best(ids: Sequence[str], gains: Mapping[str, FloatArray]) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the gain of each text by the method that is best on the other half, and both chosen methods.

    Shapes as in `faithfulness`. Fewer than two texts choose no method: NaN.
    """
    best_gains = np.full(len(ids), np.nan)
    if len(ids) < 2:  # noqa: PLR2004 - one to choose on, one to score
        return best_gains, ()
    chosen = []
    halves = _halves(ids)
    for score_on, choose_on in zip(halves, halves[::-1], strict=True):
        sums = {name: float(column[choose_on].sum()) for name, column in gains.items()}
        chosen.append(max(sums, key=sums.__getitem__))
        best_gains[score_on] = gains[chosen[-1]][score_on]
    return best_gains, tuple(chosen)


def _halves(ids: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the texts of each half, by a hash of their ids."""
    order = sorted(range(len(ids)), key=lambda row: _hash(ids[row]))
    return order[0::2], order[1::2]


def _without_range(ranges: FloatArray) -> str:
    """Return why nothing is pooled; empty where an order matters in some text."""
    n = len(ranges)
    if not n:
        return "no texts"
    if not float(ranges.max()) >= RANGE:
        texts = f"any of {n} texts" if n > 1 else "the only text"
        return f"no order of words moves the probability by {RANGE} or more in {texts}"
    return ""


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
