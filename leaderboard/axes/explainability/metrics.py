"""Numbers of the explainability axis, from perturbation curves."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from leaderboard.stats import intervals
from leaderboard.stats.estimate import Estimate

FloatArray = npt.NDArray[np.float64]

DEGENERATE = 1e-6
"""A text whose best and worst order are no further apart than this says nothing about any explainer."""


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


def normalised(value: float, worst: float, best: float) -> float:
    """Where a value stands between the worst (0) and the best (1) that any order of the words has (Edin et al. 2025).

    For comprehensiveness the best is the upper limit of the AOPC, for sufficiency the lower. NaN where the two are the
    same.
    """
    return (value - worst) / (best - worst) if abs(best - worst) > DEGENERATE else float("nan")


def bounded_mean(values: FloatArray, low: float, high: float) -> Estimate:
    """Mean with Student's t interval, cut at the ends of the scale; undefined values (NaN) are left out and counted.

    Args:
        values: one a text.
        low: end of the scale.
        high: other end of the scale.
    """
    defined = values[np.isfinite(values)]
    if not len(values):
        return Estimate.not_measured("no texts")
    if not len(defined):
        return Estimate.not_measured(f"the answer does not depend on the order of words in any of {len(values)} texts")
    estimate = intervals.mean(defined)
    left_out = len(values) - len(defined)
    method = estimate.method + (f"; {left_out} texts without a best order left out" if left_out else "")
    if estimate.low is None or estimate.high is None:
        return replace(estimate, method=method)
    return replace(estimate, low=max(estimate.low, low), high=min(estimate.high, high), method=method)


def best_of(ids: Sequence[str], values: Mapping[str, FloatArray]) -> Estimate:
    """Mean of the best explainer, chosen on other texts than those it is scored on.

    Taking the larger of several noisy means would favour whoever offers more explainers. So the texts are halved by a
    hash of their ids; on each half the explainer that is best on the *other* half is scored, and the mean runs over
    all texts. Where both halves choose the same explainer this is its mean, with its full n.

    Args:
        ids: of the texts, shape (n,).
        values: normalised AOPC by explainer, each of shape (n,); NaN where undefined.
    """
    scored, chosen = scored_by_best(ids, values)
    if not chosen and np.all([np.isfinite(column) for column in values.values()], axis=0).any():
        return Estimate.not_measured("needs 2 texts, one to choose the explainer and one to score it; has 1", n=1)
    estimate = bounded_mean(scored, 0.0, 1.0)
    names = " and ".join(dict.fromkeys(chosen))
    return replace(estimate, method=f"{names}, chosen for each half of the texts on the other; {estimate.method}")


def scored_by_best(ids: Sequence[str], values: Mapping[str, FloatArray]) -> tuple[FloatArray, tuple[str, ...]]:
    """The value of each text by the explainer that is best on the other half, and the explainers of the two halves.

    Shapes as in `best_of`. NaN where undefined; no explainer where fewer than two texts are defined.
    """
    defined = np.all([np.isfinite(column) for column in values.values()], axis=0)
    order = sorted((int(row) for row in np.flatnonzero(defined)), key=lambda row: _hash(ids[row]))
    scored = np.full(len(ids), np.nan)
    if len(order) < 2:  # noqa: PLR2004 - one to choose on, one to score
        return scored, ()
    chosen = []
    for score_on, choose_on in ((order[0::2], order[1::2]), (order[1::2], order[0::2])):
        means = {name: float(column[choose_on].mean()) for name, column in values.items()}
        chosen.append(max(means, key=means.__getitem__))
        scored[score_on] = values[chosen[-1]][score_on]
    return scored, tuple(chosen)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
