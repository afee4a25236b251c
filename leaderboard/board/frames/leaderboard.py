"""Frames of the web board: pure functions of the store's estimates, tested without a browser."""

from collections.abc import Mapping

import pandas as pd

from leaderboard.axes.metric import Axis
from leaderboard.ranking.normalise import task_anchors
from leaderboard.ranking.weighted import rank
from leaderboard.reports.console import readable_results
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.repository import Store


def ranking(store: Store, weights: Mapping[Axis, float]) -> pd.DataFrame:
    """One row a subject with its score, bounds and six utilities (see `ranking.weighted.rank`)."""
    return rank(estimates_frame(store), weights, anchors=task_anchors(task_definitions(store)))


def estimates(store: Store, *, subjects: list[str], axes: list[Axis]) -> pd.DataFrame:
    """One row an estimate as people read it; all subjects or axes where none is named."""
    frame = estimates_frame(store, axes=axes)
    chosen = frame[frame["subject"].isin(subjects)] if subjects else frame
    return readable_results(chosen.reset_index(drop=True))
