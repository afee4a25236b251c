"""Measures: all that subjects of a store can be compared on, axes and metrics of tasks."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis, Better
from leaderboard.data.portions import Portion
from leaderboard.ranking.terms import UTILITY
from leaderboard.stats.estimate import Status
from leaderboard.store.repository import Store
from leaderboard.store.tables import EstimateRow, Evaluation, Task


@dataclass(frozen=True, slots=True)
class Measure:
    """What an axis of the plot shows.

    Attributes:
        axis: the board's axis, or that of the metric.
        task, metric: whose value; empty for the utility of the axis.
    """

    axis: Axis
    task: str = ""
    metric: str = ""

    def __str__(self) -> str:
        return f"{self.task}.{self.metric}" if self.metric else self.axis.value

    @property
    def unit(self) -> str:
        """Unit of its values."""
        return METRICS[self.metric].unit if self.metric else UTILITY

    @property
    def better(self) -> Better:
        """Which way is better."""
        return METRICS[self.metric].better if self.metric else Better.HIGHER

    @property
    def target(self) -> float | None:
        """The ideal value, where better is nearer to one."""
        return METRICS[self.metric].target if self.better is Better.TARGET else None

    def loss(self, values: pd.Series) -> pd.Series:
        """What is minimised: the value, its negative, or its distance from the target."""
        if self.target is not None:
            return (values - self.target).abs()
        return values if self.better is Better.LOWER else -values


def measures(store: Store) -> list[Measure]:
    """The six axes, and every metric of a whole task that anything was measured on."""
    query = (
        select(Task.name, EstimateRow.metric)
        .join(Evaluation, Evaluation.id == EstimateRow.evaluation_id)
        .join(Task, Task.id == Evaluation.task_id)
        .where(EstimateRow.part == "", EstimateRow.status == Status.MEASURED, Evaluation.portion == Portion.WHOLE)
        .distinct()
    )
    with store.reading() as session:
        pairs = [(row.name, row.metric) for row in session.execute(query) if row.metric in METRICS]
    order = {name: place for place, name in enumerate(METRICS)}
    pairs.sort(key=lambda pair: (order[pair[1]], pair[0]))
    return [*map(Measure, Axis), *(Measure(METRICS[metric].axis, task, metric) for task, metric in pairs)]
