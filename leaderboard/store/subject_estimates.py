"""Estimates of some subjects as plain rows, for computations that run once for each trial."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from leaderboard.data.portions import Portion
from leaderboard.store.frames import PART
from leaderboard.store.repository import Store
from leaderboard.store.tables import EstimateRow, EvaluationRow, SubjectRow, TaskRow


def estimates_by_subject(
    store: Store, subjects: Collection[str], portion: Portion
) -> dict[str, list[Mapping[str, Any]]]:
    """Return the estimates of each subject on one portion, oldest first.

    Args:
        store: the store.
        subjects: identities of the subjects.
        portion: portion of the examples.

    Returns:
        Rows by identity, for every one of `subjects`, with those columns of `estimates_frame` that computations need;
        unknown values are None.
    """
    estimates: dict[str, list[Mapping[str, Any]]] = {identity: [] for identity in subjects}
    query = (
        select(
            SubjectRow.identity,
            TaskRow.axis,
            TaskRow.name.label("task"),
            TaskRow.version.label("task_version"),
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
            EvaluationRow.started_at.label("evaluated_at"),
        )
        .select_from(EstimateRow)
        .join(EvaluationRow, EvaluationRow.id == EstimateRow.evaluation_id)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .where(SubjectRow.identity.in_(estimates), EvaluationRow.portion == portion)
        .order_by(EvaluationRow.started_at, EvaluationRow.id, EstimateRow.metric, EstimateRow.part)
    )
    with store.reading() as session:
        for row in session.execute(query).mappings():
            metric = f"{row['metric']}{PART}{row['part']}" if row["part"] else row["metric"]
            texts = {"axis": row["axis"].value, "status": row["status"].value, "metric": metric}
            estimates[row["identity"]].append({**row, **texts})
    return estimates
