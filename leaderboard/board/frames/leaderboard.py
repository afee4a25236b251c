"""Frames of the page Leaderboard: what is read once, and what is recomputed when a weight changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.board.frames.group_properties import properties_of_groups
from leaderboard.board.frames.measures import measures
from leaderboard.board.subject_options import SubjectOptions
from leaderboard.quantities import quantity
from leaderboard.ranking.counted_estimates import headline_pairs
from leaderboard.ranking.estimate_selection import number_or_none
from leaderboard.ranking.filters import left_out as violations
from leaderboard.ranking.filters import read_conditions
from leaderboard.ranking.methods.pareto_layers import pareto_layers as layers
from leaderboard.ranking.suites import stored_tables
from leaderboard.ranking.utilities import Utilities, utilities
from leaderboard.ranking.utility_scale import task_anchors
from leaderboard.ranking.weights import AXES
from leaderboard.seeds.frames import SEED_SD, frame_over_seeds
from leaderboard.seeds.groups import SeedGroup, seed_groups
from leaderboard.store.frames import empty_estimates, estimates_frame, task_definitions
from leaderboard.store.repository import Store
from leaderboard.store.subject_properties import subject_properties


@dataclass(frozen=True, slots=True)
class Board:
    """All data of the page, read once.

    Attributes:
        utilities: utilities of every subject.
        facts: frame from `store.subject_properties.subject_properties`, in the order of the utilities.
        headlines: the estimates that count, and why others are missing.
        metrics: (axis, task, metric) of the headlines, by axis, those of most subjects first.
        reasons: by subject and axis, why nothing is known.
        suites: names of all tables of the store; this board is that of `utilities.suite`.
        groups: subjects that differ by seed alone, where each group is one row; else none.
        options: the rows by identity.
    """

    utilities: Utilities
    facts: pd.DataFrame
    headlines: pd.DataFrame
    metrics: Sequence[tuple[Axis, str, str]] = ()
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)
    suites: Sequence[str] = ()
    groups: Sequence[SeedGroup] = ()
    options: SubjectOptions = SubjectOptions({}, {})  # noqa: RUF009 - immutable

    def members(self, subject: str) -> Mapping[str, str]:
        """Return the stored subjects that a row is made of: the identity of each label."""
        seeds = (each.members for each in self.groups if each.label == subject)
        return {each.label: each.identity for each in next(seeds, ())} or {subject: self.options.identities[subject]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters of the subjects in the table; an empty filter passes all of them.

    Attributes:
        words: words that the names of subject, model, recipe or device contain, in any case.
        models, recipes, devices, capabilities: accepted values.
        minimum: the lowest utility of an axis, if above 0.
        without: subjects that break a condition.
    """

    words: str = ""
    models: Sequence[str] = ()
    recipes: Sequence[str] = ()
    devices: Sequence[str] = ()
    capabilities: Sequence[str] = ()
    minimum: Mapping[Axis, float] = field(default_factory=dict)
    without: Collection[str] = ()


def board(store: Store, suite: str = "", *, merge_seeds: bool = False) -> Board:
    """Return the data of the page for one suite: subjects of different suites are not compared.

    Args:
        store: the store.
        suite: name of the table; the first one if empty or unknown.
        merge_seeds: one row for subjects that differ by seed alone.
    """
    estimates, facts = estimates_frame(store, headline=True), subject_properties(store)
    groups = seed_groups(store) if merge_seeds else []
    if merge_seeds:
        estimates, facts = frame_over_seeds(store, estimates, groups), properties_of_groups(facts, groups)
    tables = {table.name: table for table in stored_tables(store, estimates, groups=groups)}
    anchors = task_anchors(task_definitions(store))
    if not tables:
        return Board(utilities(estimates, anchors), facts.iloc[:0], estimates)
    chosen = tables.get(suite) or next(iter(tables.values()))
    scored, headlines = chosen.utilities(anchors), chosen.frame[chosen.frame["headline"]]
    facts = facts.reindex(scored.subjects)
    reasons = {(subject, axis.value): reason for (subject, axis), reason in scored.reasons.items()} | _reasons(
        headlines
    )
    options = _options(facts, groups)
    return Board(scored, facts, headlines, _metrics(headlines), reasons, tuple(tables), groups, options)


def _options(facts: pd.DataFrame, groups: Sequence[SeedGroup]) -> SubjectOptions:
    if not groups:
        return SubjectOptions.single({identity: str(label) for label, identity in facts["identity"].items()})
    members = {each.label: [member.identity for member in each.members] for each in groups}
    return SubjectOptions.grouped({label: members[label] for label in facts.index})


def filter_mask(board_data: Board, filters: Filters) -> BoolArray:
    """Return which subjects pass the filters, in the order of the utilities."""
    facts = board_data.facts
    mask = np.ones(len(facts), dtype=np.bool_)
    for column, accepted in (
        ("model", filters.models),
        ("recipe", filters.recipes),
        ("device", filters.devices),
        ("capability", filters.capabilities),
    ):
        if accepted:
            mask &= facts[column].isin(list(accepted)).to_numpy()
    if filters.words.split():
        names = zip(facts.index, facts["model"], facts["recipe"], facts["device"], strict=True)
        texts = pd.Series([" ".join(each).casefold() for each in names], dtype="str")
        for word in filters.words.casefold().split():
            mask &= texts.str.contains(word, regex=False).to_numpy()
    if filters.without:
        mask &= ~facts.index.isin(list(filters.without))
    for axis, minimum in filters.minimum.items():
        if minimum > 0:
            with np.errstate(invalid="ignore"):  # what was not measured does not reach it
                mask &= _of(board_data, axis) >= minimum
    return mask


def left_out(store: Store, board_data: Board, conditions: Sequence[str]) -> dict[str, str]:
    """Return the subjects that break a condition or were not measured for it, with the reason.

    Args:
        store: the store.
        board_data: the board.
        conditions: texts that `ranking.conditions` parses.

    Raises:
        RequestError: for a condition that cannot be parsed, or a metric that no task or several tasks report.
    """
    if not conditions:
        return {}  # without reading the store
    measured = [(each.axis.value, each.task, each.metric) for each in measures(store) if each.metric]
    recorded = pd.DataFrame(measured, columns=["axis", "task", "metric"])
    tasks = set(board_data.headlines["task"])
    elsewhere = {(task, metric) for _, task, metric in measured if task not in tasks and METRICS[metric].headline}
    parsed = read_conditions(conditions, recorded, headline_pairs(board_data.headlines) | elsewhere, where="")
    names = {each.term.metric.name for each in parsed if each.term.metric}
    frame = estimates_frame(store, metrics=sorted(names)) if names else empty_estimates()
    if board_data.groups:
        frame = frame_over_seeds(store, frame, board_data.groups)
    return violations(frame, board_data.utilities, parsed)


def pareto_layers(board_data: Board, weights: Mapping[Axis, float]) -> FloatArray:
    """Return the Pareto layer of each subject on the weighted axes, from 1; NaN if one was not measured."""
    return layers(board_data.utilities.values, board_data.utilities.relative(weights))


def badge(layer: Any) -> str:
    """Return the Pareto layer as text, with a mark for layer 1."""
    return "–" if pd.isna(layer) else f"◆ {layer}" if layer == 1 else f"{layer}"


def with_facts(ranked: pd.DataFrame, board_data: Board, layer: FloatArray) -> pd.DataFrame:
    """Add the Pareto layer and the properties of each subject to a ranking, all as numbers for a file."""
    facts = board_data.facts.assign(layer=pd.Series(layer, index=board_data.facts.index).astype("Int64"))
    added = facts.loc[ranked["subject"], ["layer", "capability", "device", "size"]].reset_index(drop=True)
    return pd.concat([ranked.drop(columns="layer", errors="ignore"), added], axis=1)


def with_intervals(ranked: pd.DataFrame, board_data: Board) -> pd.DataFrame:
    """Add `…_cell` for the score and every axis, its value and interval or why it has none; and `score_interval`."""
    columns = {"score_interval": _intervals(ranked, "score"), "score_cell": _cells(ranked, "score")}
    for axis in Axis:
        texts = _cells(ranked, axis.value)
        missing = ranked[axis.value].isna()
        texts[missing] = [
            f"– {board_data.reasons.get((subject, axis.value), '')}" for subject in ranked["subject"][missing]
        ]
        columns[f"{axis}_cell"] = texts
    return ranked.assign(**columns)


def with_notes(ranked: pd.DataFrame, not_ranked: str, at_chance: str, like_bag_of_words: str) -> pd.DataFrame:
    """Add `note`: why a subject is not ranked, and what its accuracy does not exceed.

    Args:
        ranked: the ranking.
        not_ranked: text before the reason.
        at_chance: text for a subject whose accuracy is not above chance.
        like_bag_of_words: text for one whose accuracy is not above that of a bag of words.
    """
    marks = [
        np.where(ranked[column].eq(False).fillna(False), words, "")
        for column, words in (("above_chance", at_chance), ("above_bag_of_words", like_bag_of_words))
    ]
    notes = [
        "; ".join(filter(None, [reason and f"{not_ranked}: {reason}", *remarks]))
        for reason, *remarks in zip(ranked["not_ranked"], *marks, strict=True)
    ]
    return ranked.assign(note=notes)


def with_headline(ranked: pd.DataFrame, board_data: Board, task: str, metric: str) -> pd.DataFrame:
    """Add one measured number: `headline` to sort by, `headline_text` to read."""
    rows = board_data.headlines
    rows = rows[(rows["task"] == task) & (rows["metric"] == metric) & rows["value"].notna()]
    fullest = rows.sort_values(["task_version", "n", "evaluated_at"], kind="stable").drop_duplicates(
        "subject", keep="last"
    )
    values = fullest.set_index("subject").reindex(ranked["subject"])
    return ranked.assign(headline=values["value"].to_numpy(), headline_text=_quantities(values))


def raw_values(ranked: pd.DataFrame, board_data: Board) -> tuple[pd.DataFrame, dict[Axis, tuple[str, str]]]:
    """Add one measured number for each axis as text, and return the (task, metric) of each."""
    chosen: dict[Axis, tuple[str, str]] = {}
    for axis, task, metric in board_data.metrics:
        chosen.setdefault(axis, (task, metric))
    columns = {
        f"{axis}_raw": with_headline(ranked, board_data, task, metric)["headline_text"]
        for axis, (task, metric) in chosen.items()
    }
    return ranked.assign(**columns), chosen


def details(board_data: Board, subjects: Sequence[str]) -> pd.DataFrame:
    """Return every headline number of some subjects with its interval, or why it has no value."""
    rows = board_data.headlines[board_data.headlines["subject"].isin(list(subjects))]
    texts = [number or reason for number, reason in zip(_quantities(rows), rows["reason"], strict=True)]
    columns = ["subject", "axis", "task", "metric"]
    return rows[columns].assign(value=texts, n=rows["n"], measured_on=rows["environment"]).reset_index(drop=True)


def _of(board_data: Board, axis: Axis) -> FloatArray:
    """Return every subject's utility on an axis."""
    return board_data.utilities.values[:, AXES.index(axis)]  # noqa: PD011 - no pandas


def _quantities(rows: pd.DataFrame) -> list[str]:
    """Return value and interval of each row as text; empty without a value."""
    sds = rows[SEED_SD] if SEED_SD in rows else [None] * len(rows)
    numbers = zip(rows["value"], rows["low"], rows["high"], rows["unit"], sds, strict=True)
    return [
        ""
        if pd.isna(value)
        else quantity(value, number_or_none(low), number_or_none(high), unit, sd=number_or_none(sd))
        for value, low, high, unit, sd in numbers
    ]


def _intervals(ranked: pd.DataFrame, name: str) -> pd.Series:
    ends = zip(ranked[f"{name}_low"], ranked[f"{name}_high"], strict=True)
    return pd.Series(
        ["" if pd.isna(low) else f"{_short(low)}–{_short(high)}" for low, high in ends], index=ranked.index
    )


def _cells(ranked: pd.DataFrame, name: str) -> pd.Series:
    """Return values with their intervals, such as `0.37 [.28–.45]`; `– [.28–.66]` without a value, but with bounds."""
    values = ("–" if pd.isna(value) else f"{value:.2f}" for value in ranked[name])
    cells = [
        f"{value} [{ends}]" if ends else value for value, ends in zip(values, _intervals(ranked, name), strict=True)
    ]
    return pd.Series(cells, index=ranked.index)


def _short(utility: float) -> str:
    """Return a utility with two digits, without the leading zero."""
    return f"{utility:.2f}".removeprefix("0")


def _reasons(headlines: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return by subject and axis why nothing was measured."""
    reasons: dict[tuple[str, str], str] = {}
    rows = headlines[headlines["reason"] != ""]
    for subject, axis, reason in zip(rows["subject"], rows["axis"], rows["reason"], strict=True):
        before = reasons.get((subject, axis), "")
        reasons[subject, axis] = before if reason in before else "; ".join(filter(None, [before, reason]))
    return reasons


def _metrics(headlines: pd.DataFrame) -> tuple[tuple[Axis, str, str], ...]:
    """Return axis, task and metric of the headline numbers, by axis, those of most subjects first."""
    counted = headlines.groupby(["axis", "task", "metric"])["subject"].nunique().reset_index()
    rows = zip(map(Axis.recorded, counted["axis"]), counted["task"], counted["metric"], counted["subject"], strict=True)
    ordered = sorted(rows, key=lambda row: (row[0].place, row[0], -row[3], *row[1:3]))
    return tuple((axis, task, metric) for axis, task, metric, _ in ordered)
