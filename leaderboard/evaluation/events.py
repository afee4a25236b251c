"""Progress events of a run. Each prints as one line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.axes.axis import Axis
from leaderboard.errors import LeaderboardError

if TYPE_CHECKING:
    from leaderboard.evaluation.plan import EvaluationPlan
    from leaderboard.evaluation.runner import Outcome
    from leaderboard.own_data.inspection import Inspection


@dataclass(frozen=True, slots=True)
class DataInspected:
    """The user's own data was inspected, before anything is measured.

    Attributes:
        inspection: What was detected and counted, and the flags that change it.
    """

    inspection: "Inspection"

    def __str__(self) -> str:
        """A line for each detection and each note."""
        return "\n".join(self.inspection.lines)


@dataclass(frozen=True, slots=True)
class AxisNotDerived:
    """A suite that derives its tasks from one data set has no task on an axis."""

    axis: Axis
    reason: str

    def __str__(self) -> str:
        """The axis and the reason."""
        return f"not derived: {self.axis}: {self.reason}"


@dataclass(frozen=True, slots=True)
class MeasuredInFull:
    """A task cannot stop early, and is measured on all of its examples."""

    task: str
    reason: str

    def __str__(self) -> str:
        """The task and the reason."""
        return f"measured in full: {self.task}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ModelRefused:
    """One of several models cannot be measured; the others are."""

    reference: str
    error: LeaderboardError

    def __str__(self) -> str:
        """The error."""
        return f"failed: {self.error}"


@dataclass(frozen=True, slots=True)
class EvaluationsPlanned:
    """The evaluations of the run are planned.

    Attributes:
        plans: Every evaluation of the run, including those that the store already has.
        automatic: whether the recipes were chosen by the program.
    """

    plans: Sequence["EvaluationPlan"]
    automatic: bool

    def __str__(self) -> str:
        """Their number."""
        return f"{len(self.plans)} evaluation{'s' * (len(self.plans) != 1)}"


@dataclass(frozen=True, slots=True)
class EvaluationStarted:
    """An evaluation that is not in the store starts."""

    plan: "EvaluationPlan"

    def __str__(self) -> str:
        """Its subject and task."""
        return f"{self.plan.subject.name} · {self.plan.task.name}"


@dataclass(frozen=True, slots=True)
class BatchFinished:
    """A batch of rows was computed.

    Attributes:
        work: Name of the work; after " · " may follow its state ("training · loss 0.412").
        done: Number of rows finished in this batch.
        total: Total number of rows.
    """

    work: str
    done: int
    total: int

    def __str__(self) -> str:
        """The work and its size."""
        return f"{self.work}: {self.done} of {self.total}"


@dataclass(frozen=True, slots=True)
class EvaluationFinished:
    """An evaluation ended, or was in the store."""

    outcome: "Outcome"

    def __str__(self) -> str:
        """Its subject, task, status and duration."""
        outcome = self.outcome
        how = "from the store" if outcome.served else f"{outcome.duration_s:.0f} s"
        reason = f": {outcome.reason}" if outcome.reason else ""
        status = outcome.status.value.replace("_", " ")
        return f"{outcome.plan.subject.name} · {outcome.plan.task.name}: {status} ({how}){reason}"


RunEvent = (
    DataInspected
    | AxisNotDerived
    | MeasuredInFull
    | ModelRefused
    | EvaluationsPlanned
    | EvaluationStarted
    | BatchFinished
    | EvaluationFinished
)
RunListener = Callable[[RunEvent], None]
"""Called with every event of a run, in this process and thread; `print` is one."""


def ignore(_: RunEvent) -> None:
    """Ignore the event."""
