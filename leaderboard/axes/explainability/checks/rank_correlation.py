"""Rank correlations of two explanations of the same units, and the overlap of their first units."""

import numpy as np
import scipy

from leaderboard.arrays import FloatArray

TOP_SHARE = 0.25
"""Share of the units whose overlap `top_overlap` measures."""


def spearman(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's ρ: the correlation of ranks, where ties have their mean rank (Spearman 1904).

    Two constant explanations are the same one: 1. A constant one and another have no ranks in common: 0.

    Args:
        first: attributions, shape (units,), at least two.
        second: attributions of the same units.
    """
    if _is_constant(first) or _is_constant(second):
        return float(_is_constant(first) and _is_constant(second))
    ranks = scipy.stats.rankdata(first), scipy.stats.rankdata(second)
    return float(np.clip(np.corrcoef(*ranks)[0, 1], -1.0, 1.0))


def kendall(first: FloatArray, second: FloatArray) -> float:
    """Return Kendall's τ-b: (concordant - discordant pairs) / √(pairs without ties of each) (Kendall 1945).

    Constant explanations count as in `spearman`.

    Args:
        first: attributions, shape (units,), at least two.
        second: attributions of the same units.
    """
    if _is_constant(first) or _is_constant(second):
        return float(_is_constant(first) and _is_constant(second))
    above = np.triu_indices(len(first), 1)
    signs = [np.sign(values[:, None] - values[None, :])[above] for values in (first, second)]
    untied = np.sqrt(float((signs[0] != 0).sum()) * float((signs[1] != 0).sum()))
    return float(np.clip((signs[0] * signs[1]).sum() / untied, -1.0, 1.0))


def top_overlap(first: FloatArray, second: FloatArray) -> float:
    """Return the Jaccard index of the units that two explanations rank first: |A ∩ B| / |A ∪ B|.

    The first are a quarter of the units, at least one. Units that tie with the last of them belong to them, so that the
    order of units does not matter: of a constant explanation all units are first.

    Args:
        first: attributions, shape (units,), at least one.
        second: attributions of the same units.
    """
    top = max(1, round(TOP_SHARE * len(first)))
    sets = [values >= np.sort(values)[-top] for values in (first, second)]
    return float((sets[0] & sets[1]).sum() / (sets[0] | sets[1]).sum())


def _is_constant(values: FloatArray) -> bool:
    return bool((values == values[0]).all())
