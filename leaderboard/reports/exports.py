"""Exports of results: documents, frames, tables for a page or a paper, and the Hub's model index."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.documents.writing import document, document_text
from leaderboard.errors import RequestError, unknown_name
from leaderboard.escapes import latex, markdown_cell
from leaderboard.ranking.ranked_suites import suite_names, suites_of_results
from leaderboard.ranking.suites import SuiteTable, suite_tables, tables_called
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.reports.formats import csv_text
from leaderboard.reports.headline_tables import HeadlineTable, headline_table, latex_table, markdown_table
from leaderboard.reports.model_index import model_index
from leaderboard.seeds.frames import SEED_SD, SEEDS, seed_columns
from leaderboard.seeds.groups import find_group, seed_groups
from leaderboard.seeds.merging import SeedsEvaluation, merged_subjects
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import RESULT_COLUMNS
from leaderboard.store.records import EstimateRecord
from leaderboard.store.repository import Store
from leaderboard.store.result_rows import result_row
from leaderboard.store.results import EvaluationResult, SubjectResults, all_results, results_of

_ONE_BY_ONE = frozenset({ExportFormat.JSON, ExportFormat.MODEL_INDEX})
"""Formats without means over seeds."""
IDENTITIES = (
    "subject_identity",
    "model_identity",
    "recipe_identity",
    "task_identity",
    "environment_identity",
    "evaluation_identity",
)
EXPORTED_COLUMNS = (*RESULT_COLUMNS, "method", "seed", "limit", "duration_s", *IDENTITIES)


@dataclass(frozen=True)
class Export:
    """Exported results, as the content of a file.

    Attributes:
        content: bytes of a file.
        subjects: number of subjects.
        evaluations: number of evaluations.
    """

    content: bytes
    subjects: int
    evaluations: int

    @property
    def text(self) -> str:
        """The content as text; every format but Parquet is text."""
        return self.content.decode()


def export_of(results: Sequence[SubjectResults], form: ExportFormat, *, observations: bool = False) -> Export:
    """Return some results in one format, with counts."""
    content = exported(results, form, observations=observations)
    return Export(content, len(results), sum(len(each.evaluations) for each in results))


def chosen_results(
    store: Store,
    *,
    subjects: Sequence[str] = (),
    tasks: Sequence[str] = (),
    axes: Sequence[Axis] = (),
    suites: Sequence[str] = (),
    merge_seeds: bool = False,
) -> list[SubjectResults]:
    """Return the results of these subjects on these tasks, axes and suites; all of them without names.

    Failed evaluations are left out: they tell about a run, not about a subject. With `merge_seeds`, subjects that
    differ by seed alone are one, with its means over seeds.

    Raises:
        RequestError: for an unknown name, or when nothing is left.
    """
    if merge_seeds:
        groups = seed_groups(store)
        named = {each.label: each for each in (find_group(groups, name) for name in subjects)}
        results = list(merged_subjects(store, list(named.values()) if subjects else groups).values())
    else:
        by_identity = {subject.identity: subject for subject in (results_of(store, name) for name in subjects)}
        results = list(by_identity.values()) if subjects else all_results(store)
    measured = {each.task.name for subject in results for each in subject.evaluations}
    for task in tasks:
        if task not in measured:
            raise unknown_name("task", task, measured, where="--task", see="leaderboard results")
    if suites:
        results = _of_suites(results, suites)
    selected = [
        replace(subject, evaluations=evaluations)
        for subject in results
        if (evaluations := tuple(each for each in subject.evaluations if _is_selected(each, tasks, axes)))
    ]
    if not selected:
        raise RequestError("nothing to export: no result in the store matches all of these options")
    return selected


def exported(results: Sequence[SubjectResults], form: ExportFormat, *, observations: bool = False) -> bytes:
    """Return the content of a file with some results.

    Args:
        results: results of at least one subject.
        form: format of the file.
        observations: whether a document includes per-example observations.

    Raises:
        RequestError: for Parquet without its library, or results that a document cannot hold.
    """
    if form in _ONE_BY_ONE and any(isinstance(one, SeedsEvaluation) for each in results for one in each.evaluations):
        raise RequestError(
            f"--merge-seeds: the format {form} holds one subject for each seed\n"
            "  Leave --merge-seeds out, or use csv, parquet, markdown or latex."
        )
    if form is ExportFormat.JSON:
        return document_text(document(results, observations=observations)).encode()
    return _WRITERS[form](results, exported_frame(results))


def _place(evaluation: EvaluationResult) -> tuple[int, str, str]:
    """Return the sort key of an evaluation: its axis, then its task."""
    task = evaluation.task
    return task.axis.place, task.axis.value, task.name


def exported_frame(results: Sequence[SubjectResults]) -> pd.DataFrame:
    """Return one row for each estimate, with the columns `EXPORTED_COLUMNS`.

    Returns:
        The columns `EXPORTED_COLUMNS`, subject by subject, axis by axis; for results over seeds `seeds` and `seed_sd`
        follow.
    """
    rows = [
        _row(subject, evaluation, record)
        for subject in results
        for evaluation in sorted(subject.evaluations, key=_place)
        for record in evaluation.estimates
    ]
    over_seeds = [SEEDS, SEED_SD] if any(SEEDS in row for row in rows) else []
    frame = pd.DataFrame(rows, columns=[*EXPORTED_COLUMNS, *over_seeds])
    return frame.astype({"value": "float64", "low": "float64", "high": "float64", "limit": "Int64"})


def tables_of_results(results: Sequence[SubjectResults], names: Sequence[str] = ()) -> list[SuiteTable]:
    """Return the tables of some results, one for each suite, all or those with these names.

    Raises:
        RequestError: for a name that no table has.
    """
    adapted = {subject.label: subject.recipe.adapt_to for subject in results}
    definitions = {each.task.name: each.task.definition for subject in results for each in subject.evaluations}
    tables = suite_tables(exported_frame(results), adapted, definitions, suites_of_results(results, names))
    return tables_called(tables, suite_names(names))


def _of_suites(results: Sequence[SubjectResults], suites: Sequence[str]) -> list[SubjectResults]:
    """Return the results with only the evaluations that belong to some suites.

    Raises:
        RequestError: for a suite that none belongs to.
    """
    tables = tables_of_results(results, suites)
    pairs = {pair for table in tables for pair in zip(table.frame["subject"], table.frame["task"], strict=True)}
    return [
        replace(
            each,
            evaluations=tuple(
                evaluation for evaluation in each.evaluations if (each.label, evaluation.task.name) in pairs
            ),
        )
        for each in results
    ]


def _by_suite(
    results: Sequence[SubjectResults], write: Callable[[HeadlineTable], str], title: Callable[[str], str]
) -> bytes:
    """Return one table for each suite, with its name above if there are several."""
    tables = tables_of_results(results)
    headings = [title(table.name) if len(tables) > 1 else "" for table in tables]
    texts = [heading + write(headline_table(table.frame)) for heading, table in zip(headings, tables, strict=True)]
    return "\n".join(texts).encode()


def _is_selected(evaluation: EvaluationResult, tasks: Sequence[str], axes: Sequence[Axis]) -> bool:
    task = evaluation.task
    selected = (not tasks or task.name in tasks) and (not axes or task.axis in axes)
    return selected and evaluation.status is not Status.FAILED


def _row(subject: SubjectResults, evaluation: EvaluationResult, record: EstimateRecord) -> dict[str, object]:
    return {
        **result_row(subject, evaluation, record),
        "method": record.estimate.method,
        "seed": evaluation.seed,
        "limit": evaluation.limit,
        "duration_s": evaluation.duration_s,
        "subject_identity": subject.identity,
        "model_identity": subject.model.identity,
        "recipe_identity": subject.recipe.identity,
        "task_identity": evaluation.task.identity,
        "environment_identity": evaluation.environment.identity,
        "evaluation_identity": evaluation.evaluation,
        **seed_columns(evaluation, record),
    }


def _parquet(_: Sequence[SubjectResults], frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, engine="pyarrow", index=False)
    return file.getvalue()


_WRITERS: Mapping[ExportFormat, Callable[[Sequence[SubjectResults], pd.DataFrame], bytes]] = {
    ExportFormat.PARQUET: _parquet,
    ExportFormat.CSV: lambda _, frame: csv_text(frame).encode(),
    ExportFormat.MARKDOWN: lambda results, _: _by_suite(
        results, markdown_table, lambda suite: f"## {markdown_cell(suite)}\n\n"
    ),
    ExportFormat.LATEX: lambda results, _: _by_suite(results, latex_table, lambda suite: f"% suite: {latex(suite)}\n"),
    ExportFormat.MODEL_INDEX: lambda results, frame: model_index(results, frame).encode(),
}
