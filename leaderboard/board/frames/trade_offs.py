"""Frames of the page Trade-offs: subjects as points, the front, and which subject dominates which."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leaderboard.arrays import FloatArray
from leaderboard.board.frames.leaderboard import Board
from leaderboard.board.frames.measures import Measure
from leaderboard.errors import RequestError
from leaderboard.ranking.dominance import dominance_matrix
from leaderboard.ranking.pareto import front
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.weights import AXES
from leaderboard.store.frames import estimates_frame
from leaderboard.store.repository import Store

SEED = 20
"""Seed of the draws of dominance, so that a page is reproducible."""
SECONDS = "seconds"
"""Unit of times."""
_LONG_S = 10.0
"""Times from here on are shown in seconds."""
_ENDS = ("value", "low", "high")


def values(store: Store, board_data: Board, measure: Measure) -> pd.DataFrame:
    """Return value, low and high of every subject that has them, indexed by subject."""
    if not measure.metric:
        column = AXES.index(measure.axis)
        numbers = np.column_stack([ends[:, column] for ends in _ends(board_data)])
        return pd.DataFrame(
            numbers, index=pd.Index(board_data.utilities.subjects, dtype="str"), columns=list(_ENDS)
        ).dropna()
    rows = estimates_frame(store, tasks=[measure.task], metrics=[measure.metric])
    rows = rows[(rows["metric"] == measure.metric) & rows["value"].notna()]
    rows = rows[rows["subject"].isin(board_data.facts.index)]  # of this suite
    fullest = rows.sort_values(["task_version", "n", "evaluated_at"], kind="stable")
    per_subject = fullest.drop_duplicates("subject", keep="last").set_index("subject")[list(_ENDS)]
    return per_subject.assign(
        low=per_subject["low"].fillna(per_subject["value"]), high=per_subject["high"].fillna(per_subject["value"])
    )


def points(store: Store, board_data: Board, x: Measure, y: Measure, third: Measure | None = None) -> pd.DataFrame:
    """Return one row for each subject that was measured on both.

    Returns:
        Indexed by subject: `x`, `x_low`, `x_high`, the same of `y` and, missing where it was not measured, `third`;
        `model`, `recipe`, and `front`: whether no other is at least as good on both and better on one.
    """
    across, along = values(store, board_data, x), values(store, board_data, y)
    both = across.add_prefix("x_").join(along.add_prefix("y_"), how="inner")
    both = both.rename(columns={"x_value": "x", "y_value": "y"})
    losses = pd.DataFrame({"x": x.loss(both["x"]), "y": y.loss(both["y"])})
    on_front = np.zeros(len(both), dtype=np.bool_)
    on_front[front(losses.to_numpy())] = True
    extra = values(store, board_data, third)["value"].reindex(both.index) if third else np.nan
    names = board_data.facts.reindex(both.index)
    return both.assign(third=extra, front=on_front, model=names["model"], recipe=names["recipe"])


def in_milliseconds(subjects: pd.DataFrame, x: Measure) -> tuple[pd.DataFrame, str]:
    """Return the points with short times along x in milliseconds, and the unit of x."""
    columns = ["x", "x_low", "x_high"]
    if x.unit != SECONDS or not len(subjects) or subjects["x"].max() >= _LONG_S:
        return subjects, x.unit
    return subjects.assign(**{name: subjects[name] * 1000 for name in columns}), "ms"


def border(subjects: pd.DataFrame, x: Measure, y: Measure) -> pd.DataFrame:
    """Return the border of what the front dominates: its points and the corners between them, in order along x."""
    best = subjects.loc[subjects["front"], ["x", "y"]].drop_duplicates()
    best = best.assign(loss=x.loss(best["x"])).sort_values("loss")
    corners: list[tuple[float, float]] = []
    for across, along in zip(best["x"], best["y"], strict=True):
        if corners:
            corners.append((across, corners[-1][1]))  # as bad on x as the next, as bad on y as the last
        corners.append((across, along))
    straight = x.target is None and y.target is None  # around a target the border is no staircase
    return pd.DataFrame(corners if straight else [], columns=["x", "y"], dtype="float64")


def profiles(board_data: Board, subjects: Sequence[str]) -> pd.DataFrame:
    """Return one row for each subject and axis: utility, low and high; missing if the axis was not measured."""
    place = {subject: row for row, subject in enumerate(board_data.utilities.subjects)}
    rows = [
        (subject, axis.value, *(ends[place[subject], column] for ends in _ends(board_data)))
        for subject in subjects
        for column, axis in enumerate(AXES)
    ]
    return pd.DataFrame(rows, columns=["subject", "axis", *_ENDS])


def dominance(store: Store, board_data: Board, subjects: Sequence[str], over: Sequence[Measure]) -> pd.DataFrame:
    """Return the probability that each subject (row) dominates each other (column), by `ranking.dominance`.

    Args:
        store: the store.
        board_data: the board.
        subjects: at least two subjects that have all the measures.
        over: the measures to compare on.

    Raises:
        RequestError: for a subject that lacks one of the measures.
    """
    values_of = {measure: values(store, board_data, measure) for measure in over}
    for measure, measured in values_of.items():
        for subject in subjects:
            if subject not in measured.index:
                raise RequestError(f"{subject}: {measure} was not measured")
    losses = [
        [_uncertain(measured.loc[[subject]], measure) for measure, measured in values_of.items()]
        for subject in subjects
    ]
    shares = dominance_matrix(losses, np.random.default_rng(SEED))
    return pd.DataFrame(shares, index=pd.Index(subjects, name="subject"), columns=list(subjects))


def _ends(board_data: Board) -> tuple[FloatArray, FloatArray, FloatArray]:
    scored = board_data.utilities
    return scored.values, scored.low, scored.high  # noqa: PD011 - no pandas


def _uncertain(row: pd.DataFrame, measure: Measure) -> Uncertain:
    ends = row.iloc[0]
    value, low, high = (float(each) for each in measure.loss(ends[list(_ENDS)]))
    target = measure.target
    if target is not None and ends["low"] <= target <= ends["high"]:
        return Uncertain(value, 0.0, max(value, low, high))
    return Uncertain.between(value, (low, high))
