"""The ranking as people read it. Fits 80 columns."""

import math
from collections.abc import Iterator, Mapping
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
    Method.WEIGHTED: "The score is the weighted mean of the measured axes",
    Method.CHEBYSHEV: "The score is 1 less the distance from the ideal on the worst weighted axis",
    Method.PARETO: "Layer 1 is what nobody beats on all weighted axes, layer 2 what only those beat, and so on",
    Method.BORDA: "The score is how many subjects one beats, axis by axis, weighted",
    Method.COPELAND: "The score is duels won minus duels lost, by weight of axes",
    Method.DYNASCORE: "The score counts axes in units of accuracy, at a rate that one subject more can change",
}
_SCORE = "score [bounds]"


def readable_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """A ranking as texts: utilities with two decimals, a dash for what was not measured."""
    columns = {
        "rank": [_rank(row) for row in ranking.to_dict("records")],
        "subject": ranking["subject"],
        _SCORE: [_score(row) for row in ranking.to_dict("records")],
        "axes": ranking["axes_measured"],
        **{axis.value: [_utility(number) for number in ranking[axis.value]] for axis in Axis},
    }
    return pd.DataFrame(columns).rename(columns={_SCORE: _heading(ranking)})


def ranking_tables(ranking: pd.DataFrame, method: Method = Method.WEIGHTED) -> Iterator[RenderableType]:
    """The ranking, and how to read it."""
    if ranking.empty:
        return
    heading = _heading(ranking)
    table = ruled_table("Ranking")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("subject", overflow="fold")
    table.add_column(Text(heading.replace(" ", "\n", 1)), justify="right", no_wrap=True)
    table.add_column("axes", justify="right", no_wrap=True)
    for axis in Axis:
        table.add_column(_HEADINGS[axis], justify="right", no_wrap=True)
    for record in readable_ranking(ranking).to_dict("records"):
        score = Text(str(record.pop(heading)).replace(" ", "\n", 1))
        model, slash, recipe = str(record.pop("subject")).rpartition("/")
        place, *others = (Text(str(value)) for value in record.values())
        name = Text(f"{model}{slash}\n{recipe}" if slash else recipe)
        table.add_row(Text(place.plain.replace(" ", "\n", 1)), name, score, *others)
    yield table
    if "dominated_by" in ranking:
        yield from _dominated(ranking)
    yield Text(" ".join(_how_to_read(ranking, method)), style="dim")


def _how_to_read(ranking: pd.DataFrame, method: Method) -> Iterator[str]:
    yield "Axes are utilities on fixed anchors, from 0 (worst) to 1 (best); – is not measured."
    bounds = "; its bounds take every interval at its ends and an unmeasured axis as 0 to 1"
    yield f"{_SCORES[method]}{bounds if method.independent else ''}."
    if not method.independent:
        yield "One subject more can reorder the others."
    if method.needs_every_axis and ranking["rank"].isna().any():
        yield "Who lacks a weighted axis has no place; weigh that axis 0 to leave it out."
    if "resampled" in ranking:
        yield f"[rank] on examples drawn again, 95 %; so many numbers each: {', '.join(ranking['resampled'])}."
        yield "The others were drawn from their intervals."
    elif "rank_low" in ranking:
        yield "[rank] under random weights, all alike likely, 95 %."


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
    return f"{place} [{_whole(row['rank_low'])}, {_whole(row['rank_high'])}]" if "rank_low" in row else place


def _score(row: Mapping[Any, Any]) -> str:
    if "layer" in row:
        return _whole(row["layer"])
    score, low, high = (float(row[name]) for name in ("score", "score_low", "score_high"))
    return f"{_utility(score)} [{_utility(low)}, {_utility(high)}]" if not math.isnan(low) else _utility(score)


def _whole(number: Any) -> str:
    return UNKNOWN if pd.isna(number) else str(number)


def _utility(number: float) -> str:
    return UNKNOWN if math.isnan(number) else f"{number:.2f}"
