"""Attack curves: points of the ROC curves of membership attacks, from the estimates of a subject."""

import re

import pandas as pd

from leaderboard.axes.privacy import ATTACK_ROC
from leaderboard.store.frames import split_part

CURVE_COLUMNS = ("task", "attack", "fpr", "tpr", "low", "high", "n")
ONE_PERCENT = 0.01
"""False positive rate that attacks are compared at (Carlini et al. 2022)."""
_POINT = re.compile(r"(?P<attack>.+) at FPR (?P<rate>[0-9.e-]+)")


def attack_curves(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each measured point of a curve: its rates, and the interval of the true positive rate.

    Args:
        rows: rows of `store.frames.estimates_frame` of one subject on one portion; the newest of a point counts.

    Returns:
        `CURVE_COLUMNS`, by task, attack and false positive rate.
    """
    points = {}
    for row in rows.sort_values("evaluated_at", kind="stable").to_dict("records"):
        metric, part = split_part(str(row["metric"]))
        match = _POINT.fullmatch(part)
        if metric != ATTACK_ROC.name or match is None or pd.isna(row["value"]):
            continue
        key = str(row["task"]), match["attack"], float(match["rate"])
        points[key] = (*key, row["value"], row["low"], row["high"], row["n"])
    frame = pd.DataFrame([points[key] for key in sorted(points)], columns=list(CURVE_COLUMNS))
    return frame.astype(dict.fromkeys(("fpr", "tpr", "low", "high"), "float64"))
