"""What every subject that boards show is made of, one row each, for filters beside the numbers."""

import pandas as pd
from sqlalchemy import exists, select

from leaderboard.data.portions import Portion
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import Environment, EstimateRow, Evaluation, Model, Recipe, Subject

FACT_COLUMNS = ("identity", "model", "capability", "recipe", "device", "size")
_SIZE = "parameters"
"""The metric that says how large a model is."""


def subject_facts(store: Store) -> pd.DataFrame:
    """One row a subject that was measured on a whole task.

    Returns:
        Indexed by label, ordered by it: identity of the subject, names of its model and recipe, what kind of model it
        is, the devices it was measured on (`cpu`, or `cpu, cuda`), and its number of parameters, missing where that
        was not measured.
    """
    whole = exists().where(Evaluation.subject_id == Subject.id, Evaluation.portion == Portion.WHOLE)
    on_devices = (
        select(Evaluation.subject_id, Environment.device)
        .join(Environment, Environment.id == Evaluation.environment_id)
        .where(Evaluation.portion == Portion.WHOLE)
        .distinct()
        .order_by(Evaluation.subject_id, Environment.device)
    )
    sizes = (
        select(Evaluation.subject_id, EstimateRow.value)
        .join(Evaluation, Evaluation.id == EstimateRow.evaluation_id)
        .where(EstimateRow.metric == _SIZE, EstimateRow.part == "", EstimateRow.value.is_not(None))
        .order_by(Evaluation.started_at, Evaluation.id)
    )
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(Subject.id, Subject.identity, Model.name, Model.kind, Recipe.name)
            .join(Model, Model.id == Subject.model_id)
            .join(Recipe, Recipe.id == Subject.recipe_id)
            .where(whole)
        ).all()
        size = {row.subject_id: row.value for row in session.execute(sizes)}  # the newest stays
        devices: dict[int, list[str]] = {}
        for subject, device in session.execute(on_devices):
            devices.setdefault(subject, []).append(device)
    found = [
        (labels[key], identity, model, kind, recipe, ", ".join(devices[key]), size.get(key))
        for key, identity, model, kind, recipe in rows
    ]
    frame = pd.DataFrame(found, columns=["subject", *FACT_COLUMNS])
    types = dict.fromkeys(("subject", *FACT_COLUMNS), "str") | {"size": "float64"}
    return frame.astype(types).sort_values("subject").set_index("subject")
