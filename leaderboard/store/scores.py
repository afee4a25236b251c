"""Scores: the estimates of given subjects as plain rows, for arithmetic that runs once a trial."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from leaderboard.data.portions import Portion
from leaderboard.store.frames import PART
from leaderboard.store.repository import Store
from leaderboard.store.tables import EstimateRow, Evaluation, Subject, Task


def estimates_of(store: Store, subjects: Collection[str], portion: Portion) -> dict[str, list[Mapping[str, Any]]]:
    """The estimates of each subject on one portion, oldest first.

    Args:
        store: where from.
        subjects: their identities.
        portion: that they were asked about.

    Returns:
        Rows by identity, every one of `subjects` among them, with the columns of `estimates_frame` that arithmetic
        reads; what is not known is None.
    """
    found: dict[str, list[Mapping[str, Any]]] = {identity: [] for identity in subjects}
    query = (
        select(
            Subject.identity,
            Task.axis,
            Task.name.label("task"),
            Task.version.label("task_version"),
            EstimateRow.metric,
            EstimateRow.part,
            EstimateRow.value,
            EstimateRow.low,
            EstimateRow.high,
            EstimateRow.n,
            EstimateRow.unit,
            EstimateRow.headline,
            EstimateRow.status,
            EstimateRow.reason,
            Evaluation.started_at.label("evaluated_at"),
        )
        .select_from(EstimateRow)
        .join(Evaluation, Evaluation.id == EstimateRow.evaluation_id)
        .join(Subject, Subject.id == Evaluation.subject_id)
        .join(Task, Task.id == Evaluation.task_id)
        .where(Subject.identity.in_(found), Evaluation.portion == portion)
        .order_by(Evaluation.started_at, Evaluation.id, EstimateRow.metric, EstimateRow.part)
    )
    with store.reading() as session:
        for row in session.execute(query).mappings():
            metric = f"{row['metric']}{PART}{row['part']}" if row["part"] else row["metric"]
            texts = {"axis": row["axis"].value, "status": row["status"].value, "metric": metric}
            found[row["identity"]].append({**row, **texts})
    return found
