"""Hints below a ranking: what to do about subjects that are not ranked."""

import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.escapes import shell
from leaderboard.ranking.suites import SuiteTable, shared_tasks


def hints(table: SuiteTable, ranking: pd.DataFrame) -> list[str]:
    """Return lines below a table: tasks that do not count in it, and how to rank unranked subjects.

    Args:
        table: the ranked table.
        ranking: the ranking of its subjects.
    """
    lines = []
    if table.aside:
        lines.append(f"Not part of this suite and not counted: {', '.join(sorted(table.aside))}")
    if ranking["rank"].notna().all() or len(ranking) <= 1:
        return lines
    shared = shared_tasks(table.only(ranking["subject"]))
    accuracy = {task for task, metric in table.required if METRICS[metric].axis is Axis.ACCURACY}
    if accuracy & set(shared) and set(shared) != set(table.tasks):
        options = " ".join(f"--task {shell(task)}" for task in shared)
        lines.append(f"Rank all of them by their common tasks: leaderboard rank {options}")
    return lines
