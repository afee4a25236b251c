"""Progress of a run on the terminal: which evaluation, and how far its forward passes are."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from leaderboard.stats.estimate import Status

if TYPE_CHECKING:
    from leaderboard.evaluation.plan import EvaluationPlan
    from leaderboard.evaluation.runner import Outcome

MARKS = {Status.MEASURED: "[green]✓[/]", Status.NOT_MEASURED: "[yellow]–[/]", Status.FAILED: "[red]✗[/]"}


class RunProgress:
    """Bars on stderr, so that stdout stays for results; lines without bars where nobody watches a terminal."""

    def __init__(self, plans: Sequence["EvaluationPlan"]) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._all = self._progress.add_task("evaluations", total=len(plans))
        self._work = self._progress.add_task("", total=None, visible=False)
        self._served = 0
        self._told: set[str] = set()
        self._doing = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        if self._served:
            self._progress.console.print(f"[dim]evaluations served from the store: {self._served}[/]")

    def start(self, plan: "EvaluationPlan") -> None:
        """An evaluation begins that will cost something."""
        self._doing = f"{plan.subject.model.name} · {plan.task.name}"
        self._progress.update(self._all, description=self._doing)
        self._progress.update(self._work, visible=False)

    def advance(self, what: str, done: int, total: int) -> None:
        """Some rows were computed (see `engine.engine.Progress`).

        What stands behind a " · " tells how the work goes ("training · loss 0.412") and may change while it lasts.
        """
        task, work = self._progress.tasks[self._work], what.partition(" · ")[0]
        if task.fields.get("work") != work or task.total != total or task.finished:
            self._progress.reset(self._work, total=total, visible=True, work=work)
        self._progress.update(self._work, description=what, advance=done)

    def finish(self, outcome: "Outcome") -> None:
        """An evaluation ended, or was in the store."""
        self._progress.advance(self._all)
        if outcome.served:
            self._served += 1
            self._tell_changes(outcome)
            return
        plan = outcome.plan
        reason = f" [dim]{_escaped(outcome.reason.splitlines()[0])}[/]" if outcome.reason else ""
        what = f"{_escaped(plan.subject.name)} · {plan.task.name} {outcome.duration_s:.0f} s"
        self._progress.console.print(f"{MARKS[outcome.status]} {what}{reason}", highlight=False)

    def _tell_changes(self, outcome: "Outcome") -> None:
        """Say once what became of the data behind a stored result."""
        for change in outcome.data_changes:
            line = f"{outcome.plan.task.name}: {change}"
            if line not in self._told:
                self._told.add(line)
                self._progress.console.print(f"[yellow]![/] {_escaped(line)}", highlight=False, soft_wrap=True)


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
