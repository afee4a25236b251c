"""Properties of groups of subjects that differ by seed alone, for the filters of the board."""

from collections.abc import Sequence

import pandas as pd

from leaderboard.seeds.groups import SeedGroup


def properties_of_groups(properties: pd.DataFrame, groups: Sequence[SeedGroup]) -> pd.DataFrame:
    """Return one row for each group: that of its first subject, with the devices of all.

    Args:
        properties: from `store.subject_properties.subject_properties`.
        groups: groups of these subjects.

    Returns:
        The same columns, indexed by the label of the group.
    """
    rows = []
    for group in groups:
        members = properties.loc[[each.label for each in group.members]]
        devices = sorted({device for each in members["device"] for device in each.split(", ")})
        rows.append({**members.iloc[0].to_dict(), "subject": group.label, "device": ", ".join(devices)})
    frame = pd.DataFrame(rows, columns=["subject", *properties.columns])
    return frame.astype({**properties.dtypes.to_dict(), "subject": "str"}).set_index("subject")
