"""Results in the forms in which others use them: documents, frames, tables for a page or a paper, the Hub's index."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace

import pandas as pd

from leaderboard.axes.metric import Axis
from leaderboard.documents.writing import document, text
from leaderboard.errors import RequestError, unknown_name
from leaderboard.installing import install_command
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.reports.formats import csv_text
from leaderboard.reports.headline_tables import headline_table, latex_table, markdown_table
from leaderboard.reports.model_index import model_index
from leaderboard.store.frames import BETWEEN_NOTES, PART, RESULT_COLUMNS, environment_label
from leaderboard.store.records import EstimateRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import EvaluationResult, SubjectResults, all_results, results_of

IDENTITIES = (
    "subject_identity",
    "model_identity",
    "recipe_identity",
    "task_identity",
    "environment_identity",
    "evaluation_identity",
)
EXPORTED_COLUMNS = (*RESULT_COLUMNS, "method", "seed", "limit", "duration_s", *IDENTITIES)


def chosen_results(
    store: Store, *, subjects: Sequence[str], tasks: Sequence[str], axes: Sequence[Axis]
) -> list[SubjectResults]:
    """The results of the named subjects on the named tasks and axes; of all where none is named.

    Raises:
        RequestError: for an unknown name, or when nothing is left.
    """
    named = {found.identity: found for found in (results_of(store, asked) for asked in subjects)}
    found = list(named.values()) if subjects else all_results(store)
    known = {each.task.name for subject in found for each in subject.evaluations}
    for task in tasks:
        if task not in known:
            raise unknown_name("task", task, known, where="--task", see="leaderboard results")
    kept = [
        replace(subject, evaluations=evaluations)
        for subject in found
        if (evaluations := tuple(each for each in subject.evaluations if _is_asked_for(each, tasks, axes)))
    ]
    if not kept:
        raise RequestError("nothing to export: the store holds no result that all of these options leave")
    return kept


def exported(results: Sequence[SubjectResults], form: ExportFormat, *, observations: bool = False) -> bytes:
    """The content of a file.

    Args:
        results: of at least one subject.
        form: of the file.
        observations: whether a document holds what was seen.

    Raises:
        RequestError: for Parquet without its library, or results that a document cannot hold.
    """
    if form is ExportFormat.JSON:
        return text(document(results, observations=observations)).encode()
    return _WRITERS[form](results, exported_frame(results))


def exported_frame(results: Sequence[SubjectResults]) -> pd.DataFrame:
    """One row an estimate: the columns of `estimates_frame`, method, seed, limit and duration, and all identities.

    Returns:
        The columns `EXPORTED_COLUMNS`, subject by subject, axis by axis.
    """
    order = {axis: place for place, axis in enumerate(Axis)}
    rows = [
        _row(subject, evaluation, record)
        for subject in results
        for evaluation in sorted(subject.evaluations, key=lambda each: (order[each.task.axis], each.task.name))
        for record in evaluation.estimates
    ]
    frame = pd.DataFrame(rows, columns=list(EXPORTED_COLUMNS))
    return frame.astype({"value": "float64", "low": "float64", "high": "float64", "limit": "Int64"})


def _is_asked_for(evaluation: EvaluationResult, tasks: Sequence[str], axes: Sequence[Axis]) -> bool:
    task = evaluation.task
    return (not tasks or task.name in tasks) and (not axes or task.axis in axes)


def _row(subject: SubjectResults, evaluation: EvaluationResult, record: EstimateRecord) -> dict[str, object]:
    metric, task, environment = record.metric, evaluation.task, evaluation.environment
    return {
        "subject": subject.label,
        "model": subject.model.name,
        "recipe": subject.recipe.name,
        "axis": task.axis.value,
        "task": task.name,
        "metric": f"{metric.name}{PART}{record.part}" if record.part else metric.name,
        "unit": metric.unit,
        "better": metric.better.value,
        "headline": metric.headline and not record.part,
        "environment": environment_label(environment.device, environment.threads, environment.dtype),
        "evaluated_at": evaluation.started_at,
        "task_version": task.version,
        "notes": BETWEEN_NOTES.join(evaluation.notes),
        **{field.name: getattr(record.estimate, field.name) for field in fields(record.estimate)},
        "status": record.estimate.status.value,
        "seed": evaluation.seed,
        "limit": evaluation.limit,
        "duration_s": evaluation.duration_s,
        "subject_identity": subject.identity,
        "model_identity": subject.model.identity,
        "recipe_identity": subject.recipe.identity,
        "task_identity": task.identity,
        "environment_identity": environment.identity,
        "evaluation_identity": evaluation.evaluation,
    }


def _parquet(_: Sequence[SubjectResults], frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    try:
        frame.to_parquet(file, engine="pyarrow", index=False)
    except ImportError:
        raise RequestError(
            f"--format parquet: needs pyarrow, which is not installed\n  Install it: {install_command('parquet')}"
        ) from None
    return file.getvalue()


_WRITERS: Mapping[ExportFormat, Callable[[Sequence[SubjectResults], pd.DataFrame], bytes]] = {
    ExportFormat.PARQUET: _parquet,
    ExportFormat.CSV: lambda _, frame: csv_text(frame).encode(),
    ExportFormat.MARKDOWN: lambda _, frame: markdown_table(headline_table(frame)).encode(),
    ExportFormat.LATEX: lambda _, frame: latex_table(headline_table(frame)).encode(),
    ExportFormat.MODEL_INDEX: lambda results, frame: model_index(results, frame).encode(),
}
