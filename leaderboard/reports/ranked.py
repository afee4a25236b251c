"""The ranking as people read it. Fits 80 columns."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from leaderboard.axes.metric import Axis
from leaderboard.quantities import UNKNOWN
from leaderboard.ranking.methods.layers import SURE
from leaderboard.ranking.methods.method import Method
from leaderboard.reports.tables import ruled_table

_HEADINGS = {
    Axis.ACCURACY: "acc.",
    Axis.OOD: "ood",
    Axis.BIAS: "bias",
    Axis.PRIVACY: "priv.",
    Axis.LATENCY: "lat.",
    Axis.EXPLAINABILITY: "expl.",
}
_SCORES: Mapping[Method, str] = {
    Method.WEIGHTED: "The score is the weighted mean of the axes",
    Method.CHEBYSHEV: "The score is 1 less the distance from the ideal on the worst weighted axis",
    Method.PARETO: "Layer 1 is what nobody beats on all weighted axes, layer 2 what only those beat, and so on",
    Method.BORDA: "The score is how many subjects one beats, axis by axis, weighted",
    Method.COPELAND: "The score is duels won minus duels lost, by weight of axes",
    Method.DYNASCORE: "The score counts axes in units of accuracy, at a rate that one subject more can change",
}
_SCORE = "score [bounds]"
ABOVE_CHANCE_NO = "above chance: no"
"""Beside a subject whose accuracy interval holds the chance level or lies below it."""


def readable_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """A ranking as texts: utilities with two decimals, a dash for what was not measured.

    Behind a utility that counts in proportion to accuracy is the one before, in round brackets; the last column says
    why a subject is not ranked, and whether it is above chance. Of several suites the first column names each.
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
    """One table each suite, and how to read it.

    Args:
        ranking: one or several tables in one frame, told apart by their suite.
        method: how subjects were ranked.
        notes: further lines below the table of a suite, by its name.
    """
    for suite, rows in ranking.groupby("suite", sort=False):
        yield _table(rows, str(suite))
        if "dominated_by" in rows:
            yield from _dominated(rows)
        for row in rows.to_dict("records"):
            yield from (Text(f"{row['subject']}\n  {remark}") for remark in _remarks(row))
        yield from (Text(line) for line in (notes or {}).get(str(suite), ()))
    if not ranking.empty:
        yield Text(" ".join(_how_to_read(ranking, method)), style="dim")


def _table(ranking: pd.DataFrame, suite: str) -> RenderableType:
    heading = _heading(ranking)
    table = ruled_table(f"Ranking: {suite}" if suite else "Ranking")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("subject", overflow="fold")
    table.add_column(Text(heading.replace(" ", "\n", 1)), justify="right", no_wrap=True)
    table.add_column("axes", justify="right", no_wrap=True)
    for axis in Axis:
        table.add_column(_HEADINGS[axis], justify="right", no_wrap=True)
    for row in ranking.to_dict("records"):
        model, slash, recipe = str(row["subject"]).rpartition("/")
        mark = "*" if _at_chance(row) else ""
        name = Text(f"{model}{slash}\n{recipe}{mark}" if slash else f"{recipe}{mark}")
        place, score = (Text(text.replace(" ", "\n", 1)) for text in (_rank(row), _score(row)))
        cells = (Text("\n".join(_cell(row, axis, brackets=False))) for axis in Axis)
        table.add_row(place, name, score, Text(row["axes_measured"]), *cells)
    if "layer" not in ranking:
        zeros = (Text(UNKNOWN if axis is Axis.LATENCY else _utility(0.0)) for axis in Axis)
        table.add_row(Text(""), Text("zero line: chance"), Text(""), Text(""), *zeros, style="dim")
    return table


def _how_to_read(ranking: pd.DataFrame, method: Method) -> Iterator[str]:
    yield "Axes are utilities on fixed anchors, from 0 (worst) to 1 (best); – is not known."
    yield "Bias, privacy and explainability are multiplied by accuracy: the second number is the one before."
    bounds = "; its bounds take every interval at its ends and an unknown axis as 0 to 1"
    yield f"{_SCORES[method]}{bounds if method.independent else ''}."
    if not method.independent:
        yield "One subject more can reorder the others."
    if ranking["rank"].isna().any():
        yield "Only subjects with every weighted axis are ranked; weigh an axis 0 to leave it out."
    if any(_at_chance(row) for row in ranking.to_dict("records")):
        yield "* accuracy is not above chance: ranked below all others."
    if "resampled" in ranking:
        yield "[rank]: for all examples there could be, 95 % for all subjects at once, from pairwise differences on"
        yield f"examples drawn again; so many numbers each: {', '.join(ranking['resampled'])}."
        yield "The others were drawn from their intervals."
    elif "rank_low" in ranking:
        yield "[rank] under random weights, all alike likely, 95 %."


def _remarks(row: Mapping[Any, Any]) -> Iterator[str]:
    """Why a subject is not ranked, and that it is not above chance."""
    if row["not_ranked"]:
        yield f"not ranked: {row['not_ranked']}"
    if _at_chance(row):
        yield ABOVE_CHANCE_NO


def _at_chance(row: Mapping[Any, Any]) -> bool:
    """Whether a subject is known not to be above chance; where it is not known, the frame has NA or None."""
    return not pd.isna(row["above_chance"]) and not row["above_chance"]


def _cell(row: Mapping[Any, Any], axis: Axis, *, brackets: bool = True) -> list[str]:
    """The utility of an axis, and the one before accuracy multiplied it where it did."""
    before = float(row.get(f"{axis}_raw", math.nan))
    raw = [] if math.isnan(before) else [f"({_utility(before)})" if brackets else _utility(before)]
    return [_utility(float(row[axis.value])), *raw]


def _dominated(ranking: pd.DataFrame) -> Iterator[RenderableType]:
    """Who beats whom on all weighted axes, and whether that is sure enough to say."""
    for row in ranking[ranking["dominated_by"].notna()].to_dict("records"):
        sure = row["dominated_probability"] >= SURE
        said = "is beaten by" if sure else "cannot be told from"
        yield Text(f"{row['subject']} {said} {row['dominated_by']} (P = {row['dominated_probability']:.2f})")


def _heading(ranking: pd.DataFrame) -> str:
    if "layer" in ranking:
        return "layer"
    return _SCORE if ranking["score_low"].notna().any() or ranking.empty else "score"


def _rank(row: Mapping[Any, Any]) -> str:
    place = _whole(row["rank"])
    return (
        f"{place} [{_whole(row['rank_low'])}, {_whole(row['rank_high'])}]"
        if "rank_low" in row and not pd.isna(row["rank"])
        else place
    )


def _score(row: Mapping[Any, Any]) -> str:
    if "layer" in row:
        return _whole(row["layer"])
    score, low, high = (float(row[name]) for name in ("score", "score_low", "score_high"))
    return f"{_utility(score)} [{_utility(low)}, {_utility(high)}]" if not math.isnan(low) else _utility(score)


def _whole(number: Any) -> str:
    return UNKNOWN if pd.isna(number) else str(number)


def _utility(number: float) -> str:
    return UNKNOWN if math.isnan(number) else f"{number:.2f}"
