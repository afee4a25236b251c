"""Data versions: tasks whose subjects were measured on different data under one name."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from leaderboard.identity import digest
from leaderboard.store.repository import Store
from leaderboard.store.tables import EvaluationRow, TaskRow


def data_version_remarks(store: Store, tasks: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each task whose stored results are of several versions of its data.

    A file that grew, or another one of the same name, gives another task under the same name and version. Its numbers
    count in one table with those of before; only a reader knows whether they may be compared.

    Args:
        store: the store.
        tasks: names of tasks.
    """
    with store.reading() as session:
        rows = session.execute(
            select(TaskRow.name, TaskRow.version, TaskRow.definition)
            .where(TaskRow.name.in_(list(tasks)), TaskRow.id.in_(select(EvaluationRow.task_id)))
            .order_by(TaskRow.id)
        ).all()
    versions: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows:
        data = row.definition.get("data") or {}
        if data.get("splits"):
            versions[row.name, row.version].add(digest(data))
    newest = dict(sorted(versions))  # the last version of each name
    return tuple(
        f"'{name}' was measured on {len(versions[name, version])} versions of its data; subjects of different versions "
        "do not compare (`leaderboard compare` says what changed)"
        for name, version in newest.items()
        if len(versions[name, version]) > 1
    )
