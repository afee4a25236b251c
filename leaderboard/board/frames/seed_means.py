"""Means over seeds for the card of a subject: what its recipe reaches with the other seeds of the store."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from leaderboard.quantities import quantity
from leaderboard.ranking.estimate_selection import number_or_none
from leaderboard.seeds.frames import SEED_SD, SEEDS, frame_over_seeds
from leaderboard.seeds.groups import seed_groups
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import estimates_frame
from leaderboard.store.repository import Store

COLUMNS = ("axis", "task", "metric", "value", "n", "seeds", "reason")


def seed_means(store: Store, identity: str) -> pd.DataFrame:
    """Return the headline metrics of a subject and of those that differ from it by seed alone, as means over seeds.

    Args:
        store: the store.
        identity: identity of the subject.

    Returns:
        `COLUMNS`: mean ± standard deviation between seeds with its interval, as text; no rows for a subject of which
        the store has no other seed.
    """
    groups = [group for group in seed_groups(store) if identity in {each.identity for each in group.members}]
    members = [each.identity for group in groups for each in group.members]
    if len(members) < 2:  # noqa: PLR2004 - no other seed
        return pd.DataFrame(columns=list(COLUMNS))
    rows = frame_over_seeds(store, estimates_frame(store, subjects=members, headline=True), groups)
    rows = rows[rows["headline"]].reset_index(drop=True)
    values = [_value(row) for row in rows.to_dict("records")]
    return rows.assign(value=pd.Series(values, dtype="str"), seeds=rows[SEEDS])[list(COLUMNS)]


def _value(row: Mapping[Any, Any]) -> str:
    if row["status"] != Status.MEASURED.value:
        return ""
    low, high, sd = (number_or_none(row[name]) for name in ("low", "high", SEED_SD))
    return quantity(float(row["value"]), low, high, row["unit"], sd=sd)
