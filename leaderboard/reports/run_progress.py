"""Progress of a run on the terminal: the evaluation, and how far its forward passes are."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from leaderboard import terminal
from leaderboard.escapes import line
from leaderboard.evaluation.events import (
    AxisNotDerived,
    BatchFinished,
    DataInspected,
    EvaluationFinished,
    EvaluationsPlanned,
    EvaluationStarted,
    MeasuredInFull,
    ModelRefused,
    RunEvent,
)
from leaderboard.reports.inspection import print_inspection
from leaderboard.stats.estimate import Status

if TYPE_CHECKING:
    from leaderboard.evaluation.plan import EvaluationPlan
    from leaderboard.evaluation.runner import Outcome

MARKS = {Status.MEASURED: "[green]✓[/]", Status.NOT_MEASURED: "[yellow]–[/]", Status.FAILED: "[red]✗[/]"}


class RunProgress:
    """Progress bars on stderr, so that stdout is free for results; plain lines if stderr is no terminal."""

    def __init__(self) -> None:
        """Prepare the bars; they are shown once it is decided what will be measured."""
        self.planned = False
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=terminal.console(stderr=True),
            transient=True,
        )
        self._all = self._progress.add_task("evaluations", total=None)
        self._work = self._progress.add_task("", total=None, visible=False)
        self._served = 0
        self._reported_changes: set[str] = set()
        self._current = ""

    def __enter__(self) -> Self:
        return self

    def __call__(self, event: RunEvent) -> None:
        """Show an event of a run."""
        match event:
            case DataInspected():
                print_inspection(event.inspection, terminal.console(stderr=True))
            case AxisNotDerived() | MeasuredInFull() | ModelRefused():
                terminal.echo(str(event), err=True)
            case EvaluationsPlanned():
                self.plan(event)
            case EvaluationStarted():
                self.start(event.plan)
            case BatchFinished():
                self.advance(event.work, event.done, event.total)
            case EvaluationFinished():
                self.finish(event.outcome)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.planned:
            self._progress.stop()
        if self._served:
            self._progress.console.print(f"[dim]evaluations served from the store: {self._served}[/]")

    def plan(self, event: EvaluationsPlanned) -> None:
        """Print which recipes were chosen automatically, and for what kind of model; show the bars."""
        if event.automatic:
            for subject in {plan.subject.identity: plan.subject for plan in event.plans}.values():
                kind, device = subject.model.kind, event.plans[0].environment.device
                chosen = f"recipe: {subject.name} (auto; model: {kind}, on {device}; --recipe chooses another)"
                terminal.echo(chosen, err=True)
        self._progress.update(self._all, total=len(event.plans))
        self._progress.start()
        self.planned = True

    def start(self, plan: "EvaluationPlan") -> None:
        """Show that an evaluation with forward passes begins."""
        self._current = line(f"{plan.subject.model.name} · {plan.task.name}")
        self._progress.update(self._all, description=self._current)
        self._progress.update(self._work, visible=False)

    def advance(self, work_text: str, rows: int, total: int) -> None:
        """Show that some rows were computed (see `engine.engine.Progress`).

        The text after " · " describes the progress ("training · loss 0.412") and may change during the work.
        """
        task, work = self._progress.tasks[self._work], work_text.partition(" · ")[0]
        if task.fields.get("work") != work or task.total != total or task.finished:
            self._progress.reset(self._work, total=total, visible=True, work=work)
        self._progress.update(self._work, description=line(work_text), advance=rows)

    def finish(self, outcome: "Outcome") -> None:
        """Show that an evaluation ended, or was in the store."""
        self._progress.advance(self._all)
        if outcome.served:
            self._served += 1
            self._print_changes(outcome)
            return
        plan = outcome.plan
        reason = f" [dim]{_escaped(outcome.reason.splitlines()[0])}[/]" if outcome.reason else ""
        description = f"{_escaped(plan.subject.name)} · {_escaped(plan.task.name)} {outcome.duration_s:.0f} s"
        self._progress.console.print(f"{MARKS[outcome.status]} {description}{reason}", highlight=False)

    def _print_changes(self, outcome: "Outcome") -> None:
        """Print once what changed in the data behind a stored result."""
        for change in outcome.data_changes:
            line = f"{outcome.plan.task.name}: {change}"
            if line not in self._reported_changes:
                self._reported_changes.add(line)
                self._progress.console.print(f"[yellow]![/] {_escaped(line)}", highlight=False, soft_wrap=True)


def _escaped(text: str) -> str:
    return escape(line(text))
