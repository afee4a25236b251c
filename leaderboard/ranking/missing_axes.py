"""What must be known of a subject on an axis before the axis counts.

Two things leave an axis unknown although something was measured: an estimate of fewer examples than its metric's
`minimum_n`, and a task or metric that the table ranks by and the subject lacks. Both are reported, and nothing is
averaged over the rest: a subject without its hardest task would look better for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.arrays import BoolArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.ranking.counted_estimates import Counted, Pairs
from leaderboard.ranking.weights import AXES


@dataclass(frozen=True, slots=True)
class TooFew:
    """Estimates that are withheld from ranking because they have too few examples.

    Attributes:
        places: which of the counted estimates, shape (m,).
        axes: which axes of which subject one of them leaves unknown, shape (subjects, 6).
        reasons: by (subject, task, metric), such as "13 of 100 examples needed".
    """

    places: BoolArray
    axes: BoolArray
    reasons: Mapping[tuple[int, str, str], str]


def withheld(metric: Metric, n: int) -> str:
    """Return why an estimate of n examples does not rank, such as "13 of 100 examples needed"; empty if it does."""
    return f"{n} of {metric.minimum_n} examples needed" if n < metric.minimum_n else ""


def too_few(counted: Counted, tasks: Sequence[str], subjects: int) -> TooFew:
    """Return the estimates of fewer examples than their metric's `minimum_n`.

    Args:
        counted: one each subject, task and metric.
        tasks: names of the tasks.
        subjects: how many there are.
    """
    minimum = np.array([metric.minimum_n for metric in METRICS.in_order], dtype=np.int64)
    places = counted.n < minimum[counted.metric]
    axes = np.zeros((subjects, len(AXES)), dtype=np.bool_)
    reasons: dict[tuple[int, str, str], str] = {}
    for at in np.flatnonzero(places).tolist():
        subject, metric = int(counted.subject[at]), METRICS.in_order[counted.metric[at]]
        axes[subject, AXES.index(metric.axis)] = True
        reasons[subject, tasks[counted.task[at]], metric.name] = withheld(metric, int(counted.n[at]))
    return TooFew(places, axes, reasons)


@dataclass
class Gaps:
    """The axes that are not known of each subject, with the reasons.

    Attributes:
        counted: the estimates that count.
        tasks: names of their tasks.
        few: the estimates that are withheld.
        missing: shape (subjects, 6), whether something of the axis is withheld or lacking.
        reasons: by subject and axis, also where nothing at all was measured.
    """

    counted: Counted
    tasks: Sequence[str]
    few: TooFew
    missing: BoolArray = field(init=False)
    reasons: dict[tuple[int, Axis], dict[str, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with what is withheld."""
        self.missing = self.few.axes.copy()
        for (subject, task, metric), reason in self.few.reasons.items():
            self._note(subject, METRICS[metric].axis, f"{task}: {reason}")

    def require(self, pairs: Pairs, reasons: Mapping[tuple[int, str, str], str]) -> None:
        """Note every required (task, metric) that a subject lacks, with its reason from `reasons`."""
        task_place = {name: at for at, name in enumerate(self.tasks)}
        for task, metric in sorted(pairs):
            axis = METRICS[metric].axis
            has = np.zeros(len(self.missing), dtype=np.bool_)
            if task in task_place:
                rows = (self.counted.task == task_place[task]) & (self.counted.metric == METRICS.places[metric])
                has[self.counted.subject[rows]] = True
            self.missing[~has, AXES.index(axis)] = True
            for subject in np.flatnonzero(~has).tolist():
                if (subject, task, metric) not in self.few.reasons:
                    self._note(subject, axis, f"{task}: {reasons.get((subject, task, metric), 'not measured')}")

    def note_unmeasured(self, reasons: Mapping[tuple[int, str, str], str]) -> None:
        """Note why nothing of an axis was measured."""
        pairs = set(zip(self.counted.subject.tolist(), self.counted.metric.tolist(), strict=True))
        measured = {(subject, METRICS.in_order[metric].axis) for subject, metric in pairs}
        for (subject, task, metric), reason in reasons.items():
            if metric in METRICS and (subject, METRICS[metric].axis) not in measured:
                self._note(subject, METRICS[metric].axis, f"{task}: {reason}")

    def note_missing_plugins(self, frame: pd.DataFrame, names: npt.NDArray[np.object_]) -> None:
        """Note the headline numbers of metrics that are not installed, which count in no score.

        Args:
            frame: estimates, measured or not.
            names: of the subjects, in their order.
        """
        place = {name: row for row, name in enumerate(names)}
        rows = frame[frame["headline"] & (frame["status"] == "measured") & ~frame["metric"].isin(list(METRICS))]
        numbers = rows[["subject", "axis", "task", "metric"]].drop_duplicates()
        for subject, axis, task, metric in numbers.itertuples(index=False, name=None):
            if axis in AXES:
                self._note(place[subject], Axis(axis), f"{task}: metric '{metric}' is not installed")

    def _note(self, subject: int, axis: Axis, reason: str) -> None:
        self.reasons.setdefault((subject, axis), {})[reason] = None


def recorded_reasons(frame: pd.DataFrame, names: npt.NDArray[np.object_]) -> dict[tuple[int, str, str], str]:
    """Return by subject, task and metric why an estimate has no value; the last of several reasons.

    Args:
        frame: headline estimates, measured or not.
        names: of the subjects, in their order.
    """
    place = {name: row for row, name in enumerate(names)}
    rows = frame[frame["headline"] & (frame["reason"] != "")]
    columns = (rows[name] for name in ("subject", "task", "metric", "reason"))
    return {(place[subject], task, metric): reason for subject, task, metric, reason in zip(*columns, strict=True)}


def superseded_reasons(
    frame: pd.DataFrame, names: npt.NDArray[np.object_], required: Pairs
) -> dict[tuple[int, str, str], str]:
    """Return by subject, task and metric that only a task version with another headline metric was measured.

    Args:
        frame: estimates, measured or not.
        names: of the subjects, in their order.
        required: (task, metric) that are ranked by.
    """
    place = {name: row for row, name in enumerate(names)}
    counted: dict[str, list[str]] = {}
    for task, metric in sorted(required):
        counted.setdefault(task, []).append(metric)
    rows = frame[frame["headline"] & frame["task"].isin(list(counted))]
    columns = ["subject", "task", "metric", "task_version"]
    return {
        (place[subject], task, required_metric): f"measured by version {version} of the task, which counts {metric}"
        for subject, task, metric, version in rows[columns].itertuples(index=False, name=None)
        for required_metric in counted[task]
        if metric not in counted[task]
    }
