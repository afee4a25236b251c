"""Frames of the page Trade-offs: subjects as points of what was measured, the front, and who dominates whom."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leaderboard.board.frames.leaderboard import Board
from leaderboard.board.frames.measures import Measure
from leaderboard.errors import RequestError
from leaderboard.ranking.dominance import dominance_matrix
from leaderboard.ranking.pareto import front
from leaderboard.ranking.uncertain import Uncertain
from leaderboard.ranking.weighing import AXES, FloatArray
from leaderboard.store.frames import estimates_frame
from leaderboard.store.repository import Store

SEED = 20
"""Of the draws of dominance, so that a page says the same twice."""
_ENDS = ("value", "low", "high")


def values(store: Store, shown: Board, measure: Measure) -> pd.DataFrame:
    """Value, low and high of every subject that has them, indexed by subject."""
    if not measure.metric:
        column = AXES.index(measure.axis)
        numbers = np.column_stack([ends[:, column] for ends in _ends(shown)])
        return pd.DataFrame(
            numbers, index=pd.Index(shown.utilities.subjects, dtype="str"), columns=list(_ENDS)
        ).dropna()
    rows = estimates_frame(store, tasks=[measure.task], metrics=[measure.metric])
    rows = rows[(rows["metric"] == measure.metric) & rows["value"].notna()]
    rows = rows[rows["subject"].isin(shown.facts.index)]  # of this suite
    fullest = rows.sort_values(["task_version", "n", "evaluated_at"], kind="stable")
    found = fullest.drop_duplicates("subject", keep="last").set_index("subject")[list(_ENDS)]
    return found.assign(low=found["low"].fillna(found["value"]), high=found["high"].fillna(found["value"]))


def points(store: Store, shown: Board, x: Measure, y: Measure, third: Measure | None = None) -> pd.DataFrame:
    """One row a subject that was measured on both.

    Returns:
        Indexed by subject: `x`, `x_low`, `x_high`, the same of `y` and, missing where it was not measured, `third`;
        `model`, `recipe`, and `front`: whether no other is at least as good on both and better on one.
    """
    across, along = values(store, shown, x), values(store, shown, y)
    both = across.add_prefix("x_").join(along.add_prefix("y_"), how="inner")
    both = both.rename(columns={"x_value": "x", "y_value": "y"})
    losses = pd.DataFrame({"x": x.loss(both["x"]), "y": y.loss(both["y"])})
    on_front = np.zeros(len(both), dtype=np.bool_)
    on_front[front(losses.to_numpy())] = True
    extra = values(store, shown, third)["value"].reindex(both.index) if third else np.nan
    names = shown.facts.reindex(both.index)
    return both.assign(third=extra, front=on_front, model=names["model"], recipe=names["recipe"])


def border(found: pd.DataFrame, x: Measure, y: Measure) -> pd.DataFrame:
    """The border of what the front dominates: its points and the corners between them, in order along x."""
    best = found.loc[found["front"], ["x", "y"]].drop_duplicates()
    best = best.assign(loss=x.loss(best["x"])).sort_values("loss")
    corners: list[tuple[float, float]] = []
    for across, along in zip(best["x"], best["y"], strict=True):
        if corners:
            corners.append((across, corners[-1][1]))  # as bad on x as the next, as bad on y as the last
        corners.append((across, along))
    straight = x.target is None and y.target is None  # around a target the border is no staircase
    return pd.DataFrame(corners if straight else [], columns=["x", "y"], dtype="float64")


def profiles(shown: Board, subjects: Sequence[str]) -> pd.DataFrame:
    """One row a subject and axis: utility, low and high; missing where the axis was not measured."""
    place = {subject: row for row, subject in enumerate(shown.utilities.subjects)}
    rows = [
        (subject, axis.value, *(ends[place[subject], column] for ends in _ends(shown)))
        for subject in subjects
        for column, axis in enumerate(AXES)
    ]
    return pd.DataFrame(rows, columns=["subject", "axis", *_ENDS])


def dominance(store: Store, shown: Board, subjects: Sequence[str], over: Sequence[Measure]) -> pd.DataFrame:
    """The probability that each subject (row) dominates each other (column), by `ranking.dominance`.

    Args:
        store: where from.
        shown: the board.
        subjects: at least two that were measured on everything asked about.
        over: what they are compared on.

    Raises:
        RequestError: for a subject that lacks one of the measures.
    """
    found = {measure: values(store, shown, measure) for measure in over}
    for measure, known in found.items():
        for subject in subjects:
            if subject not in known.index:
                raise RequestError(f"{subject}: {measure} was not measured")
    drawn = [[_uncertain(known.loc[[subject]], measure) for measure, known in found.items()] for subject in subjects]
    shares = dominance_matrix(drawn, np.random.default_rng(SEED))
    return pd.DataFrame(shares, index=pd.Index(subjects, name="subject"), columns=list(subjects))


def _ends(shown: Board) -> tuple[FloatArray, FloatArray, FloatArray]:
    made = shown.utilities
    return made.values, made.low, made.high  # noqa: PD011 - no pandas


def _uncertain(row: pd.DataFrame, measure: Measure) -> Uncertain:
    ends = row.iloc[0]
    value, low, high = (float(each) for each in measure.loss(ends[list(_ENDS)]))
    target = measure.target
    if target is not None and ends["low"] <= target <= ends["high"]:
        return Uncertain(value, 0.0, max(value, low, high))
    return Uncertain.between(value, (low, high))
