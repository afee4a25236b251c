"""Ranks that the bounds of the scores allow, and which subjects may be the best."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leaderboard.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Lead:
    """The first subject of a ranking, and how sure its place is.

    Attributes:
        first: label of the subject.
        score, low, high: its score and its bounds; the bounds are NaN where the method has none.
        rivals: labels of the subjects whose bounds reach those of the first, best first.
        ranked: number of subjects with a rank.
        not_ranked: number of subjects without one.
    """

    first: str
    score: float
    low: float
    high: float
    rivals: tuple[str, ...]
    ranked: int
    not_ranked: int

    @property
    def has_bounds(self) -> bool:
        """Whether scores of this method have bounds."""
        return not np.isnan(self.low)


def lead(ranking: pd.DataFrame) -> Lead | None:
    """Return the first subject of a ranking; None where no subject is ranked.

    Args:
        ranking: rows in order, with `subject`, `rank`, `score`, `score_low`, `score_high`.
    """
    ranked = ranking[ranking["rank"].notna()]
    if ranked.empty:
        return None
    score, low, high = (_numbers(ranked, name) for name in ("score", "score_low", "score_high"))
    rivals = ranked["subject"][high >= low[0]].tolist()[1:] if not np.isnan(low[0]) else []
    first = str(ranked["subject"].iloc[0])
    others = len(ranking) - len(ranked)
    return Lead(first, float(score[0]), float(low[0]), float(high[0]), tuple(rivals), len(ranked), others)


def rank_ranges(ranking: pd.DataFrame) -> list[str]:
    """Return between which ranks each subject can be, such as `1–3`; `–` for a subject without a rank.

    Subject j is certainly before i if the lowest score of j is above the highest of i. The rank of i is then between
    1 + the number of subjects certainly before it and n - the number of those certainly behind it. The rank itself is
    always included: a subject at chance level is ranked behind better ones whatever its score.
    """
    ranks, low, high = (_numbers(ranking, name) for name in ("rank", "score_low", "score_high"))
    ranked = ~np.isnan(ranks)
    lows, highs = np.sort(low[ranked]), np.sort(high[ranked])
    count = int(ranked.sum())
    if np.isnan(low[ranked]).any():
        return [f"{rank:.0f}" if has_rank else "–" for rank, has_rank in zip(ranks, ranked, strict=True)]
    best = np.fmin(ranks, 1 + count - np.searchsorted(lows, high, side="right"))
    worst = np.fmax(ranks, count - np.searchsorted(highs, low, side="left"))
    return [
        "–" if not has_rank else f"{first:.0f}" if first == last else f"{first:.0f}–{last:.0f}"
        for has_rank, first, last in zip(ranked, best, worst, strict=True)
    ]


def _numbers(ranking: pd.DataFrame, name: str) -> FloatArray:
    if name not in ranking:
        return np.full(len(ranking), np.nan)
    return np.asarray(ranking[name].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
