"""Spread between seeds as people read it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from leaderboard.seeds.frames import SEED_SD, SEEDS
from leaderboard.stats.seed_spread import ONE_SEED

EXPLANATION = "± is the standard deviation between seeds"


def seed_sd(row: Mapping[Any, Any]) -> float | None:
    """Return the standard deviation between seeds of a row; None where it is unknown, or the row is of one subject."""
    sd = row.get(SEED_SD)
    return None if sd is None or pd.isna(sd) else float(sd)


def seeds_remark(rows: pd.DataFrame) -> str:
    """Return a remark on the seeds of one subject's rows; empty where they are not over seeds."""
    seeds = str(rows[SEEDS].iloc[0]) if SEEDS in rows and len(rows) else ""
    if not seeds:
        return ""
    return EXPLANATION if "," in seeds else ONE_SEED
