"""Frames of the page Leaderboard: what is read once, and what is arithmetic on it whenever a weight moves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.axes.metric import Axis
from leaderboard.board.frames.measures import measures
from leaderboard.quantities import quantity
from leaderboard.ranking.capability import PROPORTIONAL
from leaderboard.ranking.filters import left_out as broken
from leaderboard.ranking.filters import read_conditions
from leaderboard.ranking.measured import known
from leaderboard.ranking.methods.layers import pareto_layers as layers
from leaderboard.ranking.normalise import task_anchors
from leaderboard.ranking.suites import stored_tables
from leaderboard.ranking.utilities import Utilities, utilities
from leaderboard.ranking.weighing import AXES, FloatArray
from leaderboard.store.facts import subject_facts
from leaderboard.store.frames import estimates_frame, no_estimates, task_definitions
from leaderboard.store.repository import Store

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Board:
    """All that the page shows, read once.

    Attributes:
        utilities: of every subject.
        facts: as `store.facts.subject_facts` gives them, in the order of the utilities.
        headlines: the estimates that count, and why others are missing.
        metrics: (axis, task, metric) of each of those, by axis, those of most subjects first.
        reasons: by subject and axis, why nothing is known.
        suites: names of all tables of the store; the board is of `utilities.suite`.
    """

    utilities: Utilities
    facts: pd.DataFrame
    headlines: pd.DataFrame
    metrics: Sequence[tuple[Axis, str, str]] = ()
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)
    suites: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which subjects stand in the table; what is empty leaves all of them.

    Attributes:
        words: all of them are in the subject's name, its model's, recipe's or device's, however spelled.
        models, recipes, devices, capabilities: one of these.
        least: the lowest utility that an axis may have, where above 0.
        without: subjects that break a condition.
    """

    words: str = ""
    models: Sequence[str] = ()
    recipes: Sequence[str] = ()
    devices: Sequence[str] = ()
    capabilities: Sequence[str] = ()
    least: Mapping[Axis, float] = field(default_factory=dict)
    without: Collection[str] = ()


def board(store: Store, suite: str = "") -> Board:
    """What the store holds for the page, of one suite: subjects of several are not compared.

    Args:
        store: where from.
        suite: name of the table; the first where empty or unknown.
    """
    everything = estimates_frame(store, headline=True)
    tables = {table.name: table for table in stored_tables(store, everything)}
    anchors = task_anchors(task_definitions(store))
    if not tables:
        return Board(utilities(everything, anchors), subject_facts(store).iloc[:0], everything)
    chosen = tables.get(suite) or next(iter(tables.values()))
    made, headlines = chosen.utilities(anchors), chosen.frame
    facts = subject_facts(store).reindex(made.subjects)
    reasons = {(subject, axis.value): why for (subject, axis), why in made.reasons.items()} | _reasons(headlines)
    return Board(made, facts, headlines, _metrics(headlines), reasons, tuple(tables))


def kept(shown: Board, filters: Filters) -> BoolArray:
    """Which subjects the filters leave, in the order of the utilities."""
    facts = shown.facts
    left = np.ones(len(facts), dtype=np.bool_)
    for column, asked in (
        ("model", filters.models),
        ("recipe", filters.recipes),
        ("device", filters.devices),
        ("capability", filters.capabilities),
    ):
        if asked:
            left &= facts[column].isin(list(asked)).to_numpy()
    if filters.words.split():
        names = zip(facts.index, facts["model"], facts["recipe"], facts["device"], strict=True)
        said = pd.Series([" ".join(each).casefold() for each in names], dtype="str")
        for word in filters.words.casefold().split():
            left &= said.str.contains(word, regex=False).to_numpy()
    if filters.without:
        left &= ~facts.index.isin(list(filters.without))
    for axis, least in filters.least.items():
        if least > 0:
            with np.errstate(invalid="ignore"):  # what was not measured does not reach it
                left &= _of(shown, axis) >= least
    return left


def left_out(store: Store, shown: Board, conditions: Sequence[str]) -> dict[str, str]:
    """The subjects that break a condition, or of which nobody knows, and why.

    Args:
        store: where from.
        shown: the board.
        conditions: as `ranking.conditions` reads them, one each.

    Raises:
        RequestError: for what cannot be read, or what no task or several tasks report.
    """
    if not conditions:
        return {}  # without asking the store what there is
    known = [(each.axis.value, each.task, each.metric) for each in measures(store) if each.metric]
    asked = read_conditions(conditions, pd.DataFrame(known, columns=["axis", "task", "metric"]), where="")
    names = {each.term.metric.name for each in asked if each.term.metric}
    frame = estimates_frame(store, metrics=sorted(names)) if names else no_estimates()
    return broken(frame, shown.utilities, asked)


def pareto_layers(shown: Board, weights: Mapping[Axis, float]) -> FloatArray:
    """The Pareto layer of each subject on the axes that have a weight, from 1; NaN where one was not measured."""
    return layers(shown.utilities.values, shown.utilities.relative(weights))


def badge(layer: Any) -> str:
    """The Pareto layer as a word: a mark where nothing is better on all axes."""
    return "–" if pd.isna(layer) else f"◆ {layer}" if layer == 1 else f"{layer}"


def with_facts(ranked: pd.DataFrame, shown: Board, layer: FloatArray) -> pd.DataFrame:
    """A ranking with the Pareto layer and what each subject is made of; all numbers, for a file."""
    facts = shown.facts.assign(layer=pd.Series(layer, index=shown.facts.index).astype("Int64"))
    added = facts.loc[ranked["subject"], ["layer", "capability", "device", "size"]].reset_index(drop=True)
    return pd.concat([ranked.drop(columns="layer", errors="ignore"), added], axis=1)


def with_intervals(ranked: pd.DataFrame, shown: Board) -> pd.DataFrame:
    """Rows of a ranking with `…_interval` behind the score and every axis: its interval, or why there is none.

    Behind the interval of an axis that counts in proportion to accuracy is its utility before, in brackets.
    """
    columns = {"score_interval": _intervals(ranked, "score")}
    for axis in Axis:
        said = _intervals(ranked, axis.value)
        if axis in PROPORTIONAL:
            said += [f" ({_short(raw)})" if raw == raw else "" for raw in ranked[f"{axis}_raw"]]  # noqa: PLR0124 - NaN
        missing = ranked[axis.value].isna()
        said[missing] = [f"– {shown.reasons.get((subject, axis.value), '')}" for subject in ranked["subject"][missing]]
        columns[f"{axis}_interval"] = said
    return ranked.assign(**columns)


def with_notes(ranked: pd.DataFrame, not_ranked: str, at_chance: str) -> pd.DataFrame:
    """Rows of a ranking with `note`: why a subject is not ranked, and whether it is not above chance.

    Args:
        ranked: the ranking.
        not_ranked: words before the reason.
        at_chance: words for a subject whose accuracy is not above chance.
    """
    below = ranked["above_chance"].eq(False).fillna(False)
    notes = [
        "; ".join(filter(None, [why and f"{not_ranked}: {why}", at_chance if low else ""]))
        for why, low in zip(ranked["not_ranked"], below, strict=True)
    ]
    return ranked.assign(note=notes)


def with_headline(ranked: pd.DataFrame, shown: Board, task: str, metric: str) -> pd.DataFrame:
    """Rows of a ranking with one number as it was measured: `headline` to sort by, `headline_text` to read."""
    rows = shown.headlines
    rows = rows[(rows["task"] == task) & (rows["metric"] == metric) & rows["value"].notna()]
    fullest = rows.sort_values(["task_version", "n", "evaluated_at"], kind="stable").drop_duplicates(
        "subject", keep="last"
    )
    found = fullest.set_index("subject").reindex(ranked["subject"])
    return ranked.assign(headline=found["value"].to_numpy(), headline_text=_quantities(found))


def raw_values(ranked: pd.DataFrame, shown: Board) -> tuple[pd.DataFrame, dict[Axis, tuple[str, str]]]:
    """Rows of a ranking with one measured number an axis, in words, and the (task, metric) that each is of."""
    chosen: dict[Axis, tuple[str, str]] = {}
    for axis, task, metric in shown.metrics:
        chosen.setdefault(axis, (task, metric))
    columns = {
        f"{axis}_raw": with_headline(ranked, shown, task, metric)["headline_text"]
        for axis, (task, metric) in chosen.items()
    }
    return ranked.assign(**columns), chosen


def details(shown: Board, subjects: Sequence[str]) -> pd.DataFrame:
    """Every headline number of some subjects with its interval, or why there is none."""
    rows = shown.headlines[shown.headlines["subject"].isin(list(subjects))]
    said = [number or reason for number, reason in zip(_quantities(rows), rows["reason"], strict=True)]
    columns = ["subject", "axis", "task", "metric"]
    return rows[columns].assign(value=said, n=rows["n"], measured_on=rows["environment"]).reset_index(drop=True)


def _of(shown: Board, axis: Axis) -> FloatArray:
    """Every subject's utility on an axis."""
    return shown.utilities.values[:, AXES.index(axis)]  # noqa: PD011 - no pandas


def _quantities(rows: pd.DataFrame) -> list[str]:
    """Value and interval of each row in words; empty where there is no value."""
    numbers = zip(rows["value"], rows["low"], rows["high"], rows["unit"], strict=True)
    return [
        "" if pd.isna(value) else quantity(value, known(low), known(high), unit) for value, low, high, unit in numbers
    ]


def _intervals(ranked: pd.DataFrame, name: str) -> pd.Series:
    ends = zip(ranked[f"{name}_low"], ranked[f"{name}_high"], strict=True)
    return pd.Series(
        ["" if pd.isna(low) else f"{_short(low)}–{_short(high)}" for low, high in ends], index=ranked.index
    )


def _short(utility: float) -> str:
    """Two digits, without the zero in front."""
    return f"{utility:.2f}".removeprefix("0")


def _reasons(headlines: pd.DataFrame) -> dict[tuple[str, str], str]:
    """By subject and axis, why nothing was measured."""
    said: dict[tuple[str, str], str] = {}
    rows = headlines[headlines["reason"] != ""]
    for subject, axis, reason in zip(rows["subject"], rows["axis"], rows["reason"], strict=True):
        before = said.get((subject, axis), "")
        said[subject, axis] = before if reason in before else "; ".join(filter(None, [before, reason]))
    return said


def _metrics(headlines: pd.DataFrame) -> tuple[tuple[Axis, str, str], ...]:
    """Axis, task and metric of the numbers that count, by axis, those of most subjects first."""
    counted = headlines.groupby(["axis", "task", "metric"])["subject"].nunique().reset_index()
    order = {axis.value: place for place, axis in enumerate(Axis)}
    rows = zip(counted["axis"], counted["task"], counted["metric"], counted["subject"], strict=True)
    ordered = sorted(rows, key=lambda row: (order[row[0]], -row[3], *row[1:3]))
    return tuple((Axis(axis), task, metric) for axis, task, metric, _ in ordered)
