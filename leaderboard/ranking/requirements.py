"""Requirements: what must be known of a subject on an axis before the axis counts.

Two things leave an axis unknown although something was measured: an estimate of fewer examples than its metric's
`minimum_n`, and a task or metric that the table ranks by and the subject lacks. Either is told, and nothing is averaged
over the rest: a subject without its hardest task would look better for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis, Metric
from leaderboard.ranking.counted import BoolArray, Counted, Pairs
from leaderboard.ranking.weighing import AXES

_METRICS = tuple(METRICS.values())


@dataclass(frozen=True, slots=True)
class TooFew:
    """Estimates that are withheld from ranking.

    Attributes:
        places: which of the counted estimates, shape (m,).
        axes: which axes of which subject one of them leaves unknown, shape (subjects, 6).
        reasons: by (subject, task, metric), such as "13 of 100 examples".
    """

    places: BoolArray
    axes: BoolArray
    reasons: Mapping[tuple[int, str, str], str]


def withheld(metric: Metric, n: int) -> str:
    """Why an estimate of n examples does not rank, such as "13 of 100 examples"; empty where it does."""
    return f"{n} of {metric.minimum_n} examples" if n < metric.minimum_n else ""


def too_few(counted: Counted, tasks: Sequence[str], subjects: int) -> TooFew:
    """The estimates of fewer examples than their metric's `minimum_n`.

    Args:
        counted: one each subject, task and metric.
        tasks: names of the tasks.
        subjects: how many there are.
    """
    least = np.array([metric.minimum_n for metric in _METRICS], dtype=np.int64)
    places = counted.n < least[counted.metric]
    axes = np.zeros((subjects, len(AXES)), dtype=np.bool_)
    reasons: dict[tuple[int, str, str], str] = {}
    for at in np.flatnonzero(places).tolist():
        subject, metric = int(counted.subject[at]), _METRICS[counted.metric[at]]
        axes[subject, AXES.index(metric.axis)] = True
        reasons[subject, tasks[counted.task[at]], metric.name] = withheld(metric, int(counted.n[at]))
    return TooFew(places, axes, reasons)


@dataclass
class Gaps:
    """The axes that are not known of each subject, and why.

    Attributes:
        kept: the estimates that count.
        tasks: names of their tasks.
        few: the estimates that are withheld.
        missing: shape (subjects, 6), whether something of the axis is withheld or lacking.
        reasons: by subject and axis, also where nothing at all was measured.
    """

    kept: Counted
    tasks: Sequence[str]
    few: TooFew
    missing: BoolArray = field(init=False)
    reasons: dict[tuple[int, Axis], dict[str, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with what is withheld."""
        self.missing = self.few.axes.copy()
        for (subject, task, metric), why in self.few.reasons.items():
            self._note(subject, METRICS[metric].axis, f"{task}: {why}")

    def require(self, pairs: Pairs, told: Mapping[tuple[int, str, str], str]) -> None:
        """Note every required (task, metric) that a subject has not, with the reason that was `told` for it."""
        task_place = {name: at for at, name in enumerate(self.tasks)}
        metric_place = {name: at for at, name in enumerate(METRICS)}
        for task, metric in sorted(pairs):
            axis = METRICS[metric].axis
            has = np.zeros(len(self.missing), dtype=np.bool_)
            if task in task_place:
                here = (self.kept.task == task_place[task]) & (self.kept.metric == metric_place[metric])
                has[self.kept.subject[here]] = True
            self.missing[~has, AXES.index(axis)] = True
            for subject in np.flatnonzero(~has).tolist():
                if (subject, task, metric) not in self.few.reasons:
                    self._note(subject, axis, f"{task}: {told.get((subject, task, metric), 'not measured')}")

    def note_unmeasured(self, told: Mapping[tuple[int, str, str], str]) -> None:
        """Note why nothing of an axis was measured."""
        pairs = set(zip(self.kept.subject.tolist(), self.kept.metric.tolist(), strict=True))
        known = {(subject, _METRICS[metric].axis) for subject, metric in pairs}
        for (subject, task, metric), why in told.items():
            if metric in METRICS and (subject, METRICS[metric].axis) not in known:
                self._note(subject, METRICS[metric].axis, f"{task}: {why}")

    def _note(self, subject: int, axis: Axis, why: str) -> None:
        self.reasons.setdefault((subject, axis), {})[why] = None


def told_reasons(frame: pd.DataFrame, names: npt.NDArray[np.object_]) -> dict[tuple[int, str, str], str]:
    """By subject, task and metric: why an estimate has no value, the last reason where there are several.

    Args:
        frame: headline estimates, measured or not.
        names: of the subjects, in their order.
    """
    place = {name: row for row, name in enumerate(names)}
    rows = frame[frame["headline"] & (frame["reason"] != "")]
    columns = (rows[name] for name in ("subject", "task", "metric", "reason"))
    return {(place[subject], task, metric): reason for subject, task, metric, reason in zip(*columns, strict=True)}
