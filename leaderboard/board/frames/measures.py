"""Measures: the axes and metrics of tasks that subjects of a store can be compared on."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better
from leaderboard.data.portions import Portion
from leaderboard.ranking.terms import UTILITY
from leaderboard.stats.estimate import Status
from leaderboard.store.repository import Store
from leaderboard.store.tables import EstimateRow, EvaluationRow, TaskRow


@dataclass(frozen=True, slots=True)
class Measure:
    """An axis or a metric of a task, as an axis of a plot.

    Attributes:
        axis: the board's axis, or that of the metric.
        task, metric: task and metric of the value; empty for the utility of the axis.
    """

    axis: Axis
    task: str = ""
    metric: str = ""

    def __str__(self) -> str:
        return f"{self.task}.{self.metric}" if self.metric else self.axis.value

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return METRICS[self.metric].unit if self.metric else UTILITY

    @property
    def better(self) -> Better:
        """Direction in which values are better."""
        return METRICS[self.metric].better if self.metric else Better.HIGHER

    @property
    def target(self) -> float | None:
        """The ideal value of a metric with a target."""
        return METRICS[self.metric].target if self.better is Better.TARGET else None

    def loss(self, values: pd.Series) -> pd.Series:
        """Return what is minimized: the value, its negative, or its distance from the target."""
        if self.target is not None:
            return (values - self.target).abs()
        return values if self.better is Better.LOWER else -values


def measures(store: Store) -> list[Measure]:
    """Return the six axes, and every measured metric of a whole task."""
    query = (
        select(TaskRow.name, EstimateRow.metric)
        .join(EvaluationRow, EvaluationRow.id == EstimateRow.evaluation_id)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .where(EstimateRow.part == "", EstimateRow.status == Status.MEASURED, EvaluationRow.portion == Portion.WHOLE)
        .distinct()
    )
    with store.reading() as session:
        pairs = [(row.name, row.metric) for row in session.execute(query) if row.metric in METRICS]
    order = {name: place for place, name in enumerate(METRICS)}
    pairs.sort(key=lambda pair: (order[pair[1]], pair[0]))
    return [*map(Measure, Axis), *(Measure(METRICS[metric].axis, task, metric) for task, metric in pairs)]
