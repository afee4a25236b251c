"""Ranking: the subjects of a store in order, one table for each suite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.answer_ways import answer_way_remarks
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.data_versions import data_version_remarks
from leaderboard.ranking.example_draws import example_draws
from leaderboard.ranking.filters import left_out, passing, read_conditions
from leaderboard.ranking.methods.method import Intervals, Method
from leaderboard.ranking.methods.pareto_layers import dominators
from leaderboard.ranking.rank_intervals import DRAWS, RankIntervals, over_examples, over_weights
from leaderboard.ranking.suites import SuiteTable, chosen_table, in_suites, stored_tables
from leaderboard.ranking.utilities import Utilities, utilities
from leaderboard.ranking.utility_scale import UtilityAnchors, task_anchors
from leaderboard.ranking.weights import relative
from leaderboard.seeds.frames import frame_over_seeds
from leaderboard.seeds.groups import SeedGroup, find_group, seed_groups
from leaderboard.seeds.merging import merged_subjects
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import empty_estimates, estimates_frame, task_definitions
from leaderboard.store.repository import Store
from leaderboard.store.results import results_of
from leaderboard.store.subjects import labels_called

_SEED = 0


@dataclass(frozen=True, kw_only=True)
class RankingRequest:
    """Options of a ranking: suites, tasks, subjects, weights, method, conditions and intervals.

    Attributes:
        suites: only these; none for all.
        tasks: rank by these, all in one table; none for the tasks of each suite.
        subjects: only these; none for all.
        weights: by axis; 1 for an axis that is not named.
        method: how axes become an order.
        conditions: conditions that subjects must meet, such as "privacy.leak_auc <= 0.55".
        intervals: of ranks.
        merge_seeds: one row for subjects that differ by seed alone.
    """

    suites: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    weights: Mapping[Axis, float]
    method: Method = Method.WEIGHTED
    conditions: tuple[str, ...] = ()
    intervals: Intervals = Intervals.NONE
    merge_seeds: bool = False


@dataclass(frozen=True)
class RankedTable:
    """The ranking of one suite.

    Attributes:
        suite: its estimates and what is ranked by.
        order: one row a subject, best first (see `ranking.weighted_ranking.rank`).
    """

    suite: SuiteTable
    order: pd.DataFrame


@dataclass(frozen=True)
class Ranking:
    """The subjects of a store in order.

    Attributes:
        method: how they were ranked.
        tables: one each suite.
        left_out: a sentence for each subject that breaks a condition, and for each suite that answers none.
        remarks: a sentence for each task whose subjects were measured on different data or in different ways.
    """

    method: Method
    tables: tuple[RankedTable, ...]
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of all tables, one table after the other; the column `suite` names the table."""
        return combined([table.order for table in self.tables], self.method)


def combined(orders: Sequence[pd.DataFrame], method: Method) -> pd.DataFrame:
    """Return the rows of all rankings, table by table; without any ranking an empty frame with its columns."""
    if not orders:
        return utilities(empty_estimates()).ranked(method=method)
    return pd.concat(orders, ignore_index=True) if len(orders) > 1 else orders[0]


def ranking_of(store: Store | None, request: RankingRequest) -> Ranking:
    """Rank the subjects of a store.

    A subject of which every evaluation failed is left out: a failure says something of a run, not of a subject.

    Args:
        store: with the estimates; None ranks nobody.
        request: what is ranked, and how.

    Raises:
        RequestError: for an unknown name, invalid weights, or conditions that no suite can answer.
    """
    if store is None or store.is_empty() or store.holds_searches_alone():
        return Ranking(request.method, ())
    definitions = task_definitions(store)
    anchors = task_anchors(definitions)
    frame, groups = without_failures(estimates_frame(store)), list[SeedGroup]()
    if request.merge_seeds:
        groups = seed_groups(store)
        frame = frame_over_seeds(store, frame, groups)
    suites = _suite_tables(store, frame, request, groups)
    tables, sentences, refused = [], list[str](), dict[str, RequestError]()
    for suite in suites:
        try:
            conditions = read_conditions(request.conditions, suite.frame, suite.required)
        except RequestError as error:
            refused[suite.name] = error
            continue
        scored, reasons = _meeting(suite, suite.utilities(anchors), conditions)
        sentences += reasons
        order = _ordered(store, suite, scored, request, anchors=anchors, groups=groups)
        tables.append(RankedTable(suite, _with_imports(order, suite)))
    if refused and not tables:
        raise next(iter(refused.values()))
    sentences += [f"suite {name}: {reason}" for name, reason in refused.items()]
    tasks = {str(task) for table in tables for task in table.suite.frame["task"].unique()}
    ways = dict.fromkeys(remark for table in tables for remark in answer_way_remarks(table.suite.frame, definitions))
    remarks = (*data_version_remarks(store, sorted(tasks)), *ways)
    return Ranking(request.method, tuple(tables), tuple(sentences), remarks)


def without_failures(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of subjects with at least one evaluation that did not fail."""
    measured = frame.loc[frame["status"] != Status.FAILED.value, "subject"].unique()
    return frame[frame["subject"].isin(measured)].reset_index(drop=True)


def _suite_tables(
    store: Store, frame: pd.DataFrame, request: RankingRequest, groups: Sequence[SeedGroup]
) -> Sequence[SuiteTable]:
    """Return the tables to rank: one for each suite, or one of the tasks in the request."""
    if frame.empty:
        return []
    tables = stored_tables(store, frame, request.suites, groups=groups)
    if request.tasks:
        tables = [chosen_table(in_suites(frame, tables) if request.suites else frame, request.tasks)]
    if not request.subjects:
        return tables
    if request.merge_seeds:
        labels = [find_group(groups, name).label for name in request.subjects]
    else:
        with store.reading() as session:
            labels = labels_called(session, request.subjects)
    chosen = [table.only(labels) for table in tables]
    return [table for table in chosen if not table.frame.empty]


def _meeting(table: SuiteTable, scored: Utilities, conditions: Sequence[Condition]) -> tuple[Utilities, list[str]]:
    """Return the subjects of a table that meet the conditions, and why the others do not."""
    reasons = left_out(table.frame, scored, conditions)
    return scored.only(passing(scored, reasons)), [f"{subject}: {reason}" for subject, reason in reasons.items()]


def _ordered(
    store: Store,
    table: SuiteTable,
    scored: Utilities,
    request: RankingRequest,
    *,
    anchors: Mapping[tuple[str, str], UtilityAnchors],
    groups: Sequence[SeedGroup],
) -> pd.DataFrame:
    """Return the subjects of a table in order, with the ends of their ranks if these are requested."""
    weights = dict(zip(Axis, scored.relative(request.weights).tolist(), strict=True))
    order = scored.ranked(weights, method=request.method)
    if order.empty:
        return order
    if request.method is Method.PARETO:
        order = _with_dominators(order, scored, weights)
    if request.intervals is Intervals.NONE:
        return order
    rng = np.random.default_rng(_SEED)
    places = {subject: place for place, subject in enumerate(scored.subjects)}
    rows = [places[subject] for subject in order["subject"]]
    method, below = request.method, scored.below
    if request.intervals is Intervals.WEIGHTS:
        ends = over_weights(scored.values, rng, weights=weights, method=method, below=below)
        return _with_rank_ends(order, ends, rows)
    if request.merge_seeds:
        by_label = merged_subjects(store, [each for each in groups if each.label in set(scored.subjects)])
        results = [by_label[str(subject)] for subject in scored.subjects]
    else:
        results = [results_of(store, str(subject)) for subject in scored.subjects]
    bootstrap = example_draws(results, rng, anchors=anchors, required=table.required, draws=DRAWS)
    ends = over_examples(bootstrap.values, values=scored.values, weights=weights, method=method, below=below)
    return _with_rank_ends(order, ends, rows).assign(
        resampled=[f"{bootstrap.resampled[row]}/{bootstrap.numbers[row]}" for row in rows]
    )


def _with_imports(order: pd.DataFrame, table: SuiteTable) -> pd.DataFrame:
    """Add the files that estimates of each subject were imported from; empty where none was."""
    imported = table.frame[table.frame["imported_from"] != ""]
    files = imported.groupby("subject")["imported_from"].unique()
    file_names = {str(subject): ", ".join(sorted(each)) for subject, each in files.items()}
    return order.assign(imported_from=[file_names.get(str(subject), "") for subject in order["subject"]])


def _with_dominators(order: pd.DataFrame, scored: Utilities, weights: Mapping[Axis, float]) -> pd.DataFrame:
    """Add to a ranking by layers which subject dominates each one most clearly, and with which probability."""
    rng = np.random.default_rng(_SEED)
    each = dominators(scored.values, scored.low, scored.high, relative(weights), rng)
    by = dict(zip(scored.subjects, each, strict=True))
    clearest = [by[subject] for subject in order["subject"]]
    return order.assign(
        dominated_by=pd.Series(
            [scored.subjects[dominator.by] if dominator else None for dominator in clearest], dtype="str"
        ),
        dominated_probability=[dominator.probability if dominator else float("nan") for dominator in clearest],
    )


def _with_rank_ends(order: pd.DataFrame, ends: RankIntervals, rows: Sequence[int]) -> pd.DataFrame:
    return order.assign(
        rank_low=pd.Series(ends.low[rows]).astype("Int64"), rank_high=pd.Series(ends.high[rows]).astype("Int64")
    )
