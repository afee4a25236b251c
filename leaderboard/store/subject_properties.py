"""Properties of all subjects of the board (model, recipe, devices, size), for its filters."""

import pandas as pd
from sqlalchemy import exists, select

from leaderboard.data.portions import Portion
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import EnvironmentRow, EstimateRow, EvaluationRow, ModelRow, RecipeRow, SubjectRow

PROPERTY_COLUMNS = ("identity", "model", "capability", "recipe", "device", "size")
_SIZE = "parameters"
"""Metric of the model size."""


def subject_properties(store: Store) -> pd.DataFrame:
    """Return one row for each subject that was measured on a whole task.

    Returns:
        Indexed and sorted by label: identity of the subject, names of its model and recipe, kind of the model, devices
        of its measurements (`cpu`, or `cpu, cuda`), and number of parameters, missing where it was not measured.
    """
    whole = exists().where(EvaluationRow.subject_id == SubjectRow.id, EvaluationRow.portion == Portion.WHOLE)
    on_devices = (
        select(EvaluationRow.subject_id, EnvironmentRow.device)
        .join(EnvironmentRow, EnvironmentRow.id == EvaluationRow.environment_id)
        .where(EvaluationRow.portion == Portion.WHOLE)
        .distinct()
        .order_by(EvaluationRow.subject_id, EnvironmentRow.device)
    )
    sizes = (
        select(EvaluationRow.subject_id, EstimateRow.value)
        .join(EvaluationRow, EvaluationRow.id == EstimateRow.evaluation_id)
        .where(EstimateRow.metric == _SIZE, EstimateRow.part == "", EstimateRow.value.is_not(None))
        .order_by(EvaluationRow.started_at, EvaluationRow.id)
    )
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(SubjectRow.id, SubjectRow.identity, ModelRow.name, ModelRow.kind, RecipeRow.name)
            .join(ModelRow, ModelRow.id == SubjectRow.model_id)
            .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
            .where(whole)
        ).all()
        size = {row.subject_id: row.value for row in session.execute(sizes)}  # the newest stays
        devices: dict[int, list[str]] = {}
        for subject, device in session.execute(on_devices):
            devices.setdefault(subject, []).append(device)
    values = [
        (labels[key], identity, model, kind, recipe, ", ".join(devices[key]), size.get(key))
        for key, identity, model, kind, recipe in rows
    ]
    frame = pd.DataFrame(values, columns=["subject", *PROPERTY_COLUMNS])
    types = dict.fromkeys(("subject", *PROPERTY_COLUMNS), "str") | {"size": "float64"}
    return frame.astype(types).sort_values("subject").set_index("subject")
