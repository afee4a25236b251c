"""Rankings of several suites: one frame of all tables, and what to do about subjects that are not ranked."""

from collections.abc import Sequence

import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.suites import SuiteTable, shared_tasks
from leaderboard.ranking.utilities import utilities
from leaderboard.store.frames import no_estimates


def combined(rankings: Sequence[pd.DataFrame], method: Method) -> pd.DataFrame:
    """The rows of all rankings, table by table; of none the columns of a ranking."""
    if not rankings:
        return utilities(no_estimates()).ranked(method=method)
    return pd.concat(rankings, ignore_index=True) if len(rankings) > 1 else rankings[0]


def hints(table: SuiteTable, ranking: pd.DataFrame) -> list[str]:
    """Lines for people below a table: tasks that do not count in it, and how to rank those that are not ranked.

    Args:
        table: that was ranked.
        ranking: of its subjects.
    """
    lines = []
    if table.aside:
        lines.append(f"Not of this suite, and not counted: {', '.join(sorted(table.aside))}")
    if ranking["rank"].notna().all() or len(ranking) <= 1:
        return lines
    shared = shared_tasks(table.only(ranking["subject"]))
    accuracy = {task for task, metric in table.required if METRICS[metric].axis is Axis.ACCURACY}
    if accuracy & set(shared) and set(shared) != set(table.tasks):
        named = " ".join(f"--task {task}" for task in shared)
        lines.append(f"Rank all of them by the tasks that they share: leaderboard rank {named}")
    return lines
