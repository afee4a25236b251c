"""The ranking as people read it. Fits 80 columns."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from leaderboard.axes.axis import Axis
from leaderboard.quantities import UNKNOWN
from leaderboard.ranking.accuracy_scaling import PROPORTIONAL
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.methods.pareto_layers import SURE
from leaderboard.reports.hint import Hint
from leaderboard.reports.tables import ruled_table
from leaderboard.store.provenance import import_note

_SCORES: Mapping[Method, str] = {
    Method.WEIGHTED: "The score is the weighted mean of the axes",
    Method.CHEBYSHEV: "The score is 1 minus the distance from the ideal on the worst weighted axis",
    Method.PARETO: "Layer 1 is dominated by no subject on the weighted axes, layer 2 only by layer 1, and so on",
    Method.BORDA: "The score is the weighted number of subjects that one beats, axis by axis",
    Method.COPELAND: "The score is pairwise wins minus losses, by weight of axes",
    Method.DYNASCORE: "The score counts axes in units of accuracy, at a rate that another subject can change",
}
_SCORE = "score [bounds]"
ABOVE_CHANCE_NO = "above chance: no"
"""Remark on a subject whose accuracy interval includes the chance level or lies below it."""
ABOVE_BAG_OF_WORDS_NO = "above bag of words: no"
"""Remark on a subject whose accuracy is not significantly better than that of a bag of words."""


def readable_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """Return a ranking as texts: utilities with two decimals, a dash for what was not measured.

    Behind a utility that counts in proportion to accuracy is the one before, in round brackets; the last column says
    why a subject is not ranked, and whether it is above chance and a bag of words. Of several suites the first column
    names each.
    """
    records = ranking.to_dict("records")
    suites = {"suite": ranking["suite"]} if len(set(ranking["suite"])) > 1 else {}
    columns = {
        **suites,
        "rank": [_rank(row) for row in records],
        "subject": ranking["subject"],
        _SCORE: [_score(row) for row in records],
        "axes": ranking["axes_measured"],
        **{axis.value: [" ".join(_cell(row, axis)) for row in records] for axis in Axis},
        "note": ["; ".join(_remarks(row)) for row in records],
    }
    return pd.DataFrame(columns).rename(columns={_SCORE: _heading(ranking)})


def ranking_tables(
    ranking: pd.DataFrame, method: Method = Method.WEIGHTED, notes: Mapping[str, Sequence[str]] | None = None
) -> Iterator[RenderableType]:
    """Yield one table for each suite, and an explanation of the columns.

    Args:
        ranking: one or several tables in one frame; the column `suite` separates them.
        method: how subjects were ranked.
        notes: further lines below the table of a suite, by its name.
    """
    for suite, rows in ranking.groupby("suite", sort=False):
        yield _table(rows, str(suite))
        if "dominated_by" in rows:
            yield from _dominated(rows)
        for row in rows.to_dict("records"):
            yield from (Text(f"{row['subject']}\n  {remark}") for remark in _remarks(row))
        yield from map(Hint, (notes or {}).get(str(suite), ()))
    if not ranking.empty:
        yield Text(" ".join(explanation(ranking, method)), style="dim")


def _table(ranking: pd.DataFrame, suite: str) -> RenderableType:
    heading = _heading(ranking)
    table = ruled_table(f"Ranking: {suite}" if suite else "Ranking")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("subject", overflow="fold")
    table.add_column(Text(heading.replace(" ", "\n", 1)), justify="right", no_wrap=True)
    table.add_column("axes", justify="right", no_wrap=True)
    for axis in Axis:
        table.add_column(axis.heading, justify="right", no_wrap=True)
    for row in ranking.to_dict("records"):
        model, slash, recipe = str(row["subject"]).rpartition("/")
        mark = "*" if denied(row, "above_chance") else ""
        name = Text(f"{model}{slash}\n{recipe}{mark}" if slash else f"{recipe}{mark}")
        place, score = (Text(text.replace(" ", "\n", 1)) for text in (_rank(row), _score(row)))
        cells = (Text("\n".join(_cell(row, axis, brackets=False))) for axis in Axis)
        table.add_row(place, name, score, Text(row["axes_measured"]), *cells)
    if "layer" not in ranking:
        zeros = (Text(UNKNOWN if axis is Axis.LATENCY else _utility(0.0)) for axis in Axis)
        table.add_row(Text(""), Text("zero line: chance"), Text(""), Text(""), *zeros, style="dim")
    return table


def explanation(ranking: pd.DataFrame, method: Method) -> Iterator[str]:
    """Yield sentences that explain the columns of a ranking."""
    yield "Axes are utilities on fixed anchors, from 0 (worst) to 1 (best); – is unknown."
    *first_axes, last_axis = PROPORTIONAL
    names = f"{', '.join(first_axes)} and {last_axis}".capitalize()
    yield f"{names} are multiplied by accuracy: the second number is the one before."
    bounds = "; its bounds take every interval at its ends and an unknown axis as 0 to 1"
    yield f"{_SCORES[method]}{bounds if method.independent else ''}."
    if not method.independent:
        yield "Adding a subject can reorder the others."
    if ranking["rank"].isna().any():
        yield "Only subjects with every weighted axis are ranked; give an axis weight 0 to leave it out."
    if any(denied(row, "above_chance") for row in ranking.to_dict("records")):
        yield "* accuracy is not above chance: ranked below all others."
    if any(denied(row, "above_bag_of_words") for row in ranking.to_dict("records")):
        yield "A bag of words is TF-IDF and logistic regression on the same training data."
    if "resampled" in ranking:
        yield "[rank]: simultaneous 95 % confidence intervals over examples, from pairwise differences on"
        yield f"resampled examples, for {', '.join(ranking['resampled'])} of each subject's numbers."
        yield "The others were drawn from their intervals."
    elif "rank_low" in ranking:
        yield "[rank] under random weights, all equally likely, 95 %."


def _remarks(row: Mapping[Any, Any]) -> Iterator[str]:
    """Yield why a subject is not ranked, that it was imported, or that it is not above chance or a bag of words."""
    if row["not_ranked"]:
        yield f"not ranked: {row['not_ranked']}"
    if files := row.get("imported_from"):
        yield import_note(files)
    if denied(row, "above_chance"):
        yield ABOVE_CHANCE_NO
    if denied(row, "above_bag_of_words"):
        yield ABOVE_BAG_OF_WORDS_NO


def denied(row: Mapping[Any, Any], name: str) -> bool:
    """Return whether a column of a ranking is false for a subject; an unknown value is not false."""
    return not pd.isna(row[name]) and not row[name]


def _cell(row: Mapping[Any, Any], axis: Axis, *, brackets: bool = True) -> list[str]:
    """Return the utility of an axis, and its utility before it was multiplied by accuracy."""
    before = float(row.get(f"{axis}_raw", math.nan))
    raw = [] if math.isnan(before) else [f"({_utility(before)})" if brackets else _utility(before)]
    return [_utility(float(row[axis.value])), *raw]


def _dominated(ranking: pd.DataFrame) -> Iterator[RenderableType]:
    """Yield which subject dominates which on all weighted axes, with the probability."""
    for row in ranking[ranking["dominated_by"].notna()].to_dict("records"):
        sure = row["dominated_probability"] >= SURE
        relation = "is dominated by" if sure else "is not significantly different from"
        yield Text(f"{row['subject']} {relation} {row['dominated_by']} (P = {row['dominated_probability']:.2f})")


def _heading(ranking: pd.DataFrame) -> str:
    if "layer" in ranking:
        return "layer"
    return _SCORE if ranking["score_low"].notna().any() or ranking.empty else "score"


def _rank(row: Mapping[Any, Any]) -> str:
    place = _integer_text(row["rank"])
    return (
        f"{place} [{_integer_text(row['rank_low'])}, {_integer_text(row['rank_high'])}]"
        if "rank_low" in row and not pd.isna(row["rank"])
        else place
    )


def _score(row: Mapping[Any, Any]) -> str:
    if "layer" in row:
        return _integer_text(row["layer"])
    score, low, high = (float(row[name]) for name in ("score", "score_low", "score_high"))
    return f"{_utility(score)} [{_utility(low)}, {_utility(high)}]" if not math.isnan(low) else _utility(score)


def _integer_text(number: Any) -> str:
    return UNKNOWN if pd.isna(number) else str(number)


def _utility(number: float) -> str:
    return UNKNOWN if math.isnan(number) else f"{number:.2f}"
