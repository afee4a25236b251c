"""Frames with one row for all seeds of a recipe."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from leaderboard.seeds.groups import SeedGroup
from leaderboard.seeds.merging import SeedsEvaluation, merged_results
from leaderboard.store.records import EstimateRecord
from leaderboard.store.repository import Store
from leaderboard.store.result_rows import result_row
from leaderboard.store.results import EvaluationResult, SubjectResults, results_by_identity

SEEDS, SEED_SD = "seeds", "seed_sd"
"""Columns that a frame over seeds has in addition: the seeds as text, and the standard deviation between them."""


def frame_over_seeds(
    store: Store, frame: pd.DataFrame, groups: Sequence[SeedGroup], *, evaluations: Collection[str] | None = None
) -> pd.DataFrame:
    """Return estimates with one row for all seeds of a group.

    Args:
        store: store of the estimates.
        frame: from `store.frames.estimates_frame`; rows of subjects in no group are left out.
        groups: groups of the store's subjects.
        evaluations: merge only these evaluations, by identity; all of the members when None.

    Returns:
        The columns of the frame, with the label of the group as subject, and `seeds` and `seed_sd`: the seeds as text,
        empty for a recipe that depends on none, and the standard deviation between them, NaN where it is unknown.
    """
    several = [each for each in groups if len(each.members) > 1]
    members = results_by_identity(store, [one.identity for each in several for one in each.members])
    if evaluations is not None:
        members = {identity: _only(each, evaluations) for identity, each in members.items()}
    by_label = {one.label: group for group in groups for one in group.members}
    parts: dict[str, list[pd.DataFrame]] = {}
    for subject, rows in frame.groupby("subject", sort=False):
        if group := by_label.get(str(subject)):
            parts.setdefault(group.label, []).append(rows)
    by_group = {group.label: group for group in groups}
    merged = [
        _over_seeds(by_group[label], rows, merged_results(by_group[label], members))
        if len(by_group[label].members) > 1
        else _single(by_group[label], rows[0])
        for label, rows in parts.items()
    ]
    return pd.concat(merged, ignore_index=True) if merged else _with_seeds(frame.iloc[:0], "", [])


def seed_columns(evaluation: EvaluationResult, record: EstimateRecord) -> dict[str, Any]:
    """Return the columns `seeds` and `seed_sd` of an estimate over seeds; none for any other estimate."""
    if not isinstance(evaluation, SeedsEvaluation):
        return {}
    sd = evaluation.sds.get((record.metric.name, record.part))
    return {SEEDS: ", ".join(map(str, evaluation.seeds)), SEED_SD: sd}


def _single(group: SeedGroup, rows: pd.DataFrame) -> pd.DataFrame:
    seeds = str(group.seeds[0]) if group.seeded else ""
    return _with_seeds(rows.assign(subject=pd.Series(group.label, index=rows.index, dtype="str")), seeds, None)


def _over_seeds(group: SeedGroup, frames: Sequence[pd.DataFrame], merged: SubjectResults) -> pd.DataFrame:
    """Return the rows of merged results, of those metrics and tasks that the frames of the members have."""
    shown = pd.concat(frames, ignore_index=True)
    wanted = set(zip(shown["task"], shown["metric"], strict=True))
    rows: list[dict[str, Any]] = []
    sds: list[float | None] = []
    for evaluation in merged.evaluations:
        for record in evaluation.estimates:
            row = result_row(merged, evaluation, record)
            if (row["task"], row["metric"]) in wanted:
                rows.append(row)
                sds.append(seed_columns(evaluation, record)[SEED_SD])
    order = {name: place for place, name in enumerate(dict.fromkeys(shown["task"]))}
    columns = pd.DataFrame(rows, columns=list(frames[0].columns)).astype(dict(frames[0].dtypes))
    with_sds = _with_seeds(columns, ", ".join(map(str, group.seeds)), sds)
    return with_sds.sort_values("task", key=lambda tasks: tasks.map(order), kind="stable")


def _with_seeds(rows: pd.DataFrame, seeds: str, sds: Sequence[float | None] | None) -> pd.DataFrame:
    spread = [None] * len(rows) if sds is None else list(sds)
    return rows.assign(
        **{
            SEEDS: pd.Series(seeds, index=rows.index, dtype="str"),
            SEED_SD: pd.Series(spread, index=rows.index, dtype="float64"),
        }
    )


def _only(results: SubjectResults, evaluations: Collection[str]) -> SubjectResults:
    chosen = tuple(each for each in results.evaluations if each.evaluation in evaluations)
    return replace(results, evaluations=chosen)
