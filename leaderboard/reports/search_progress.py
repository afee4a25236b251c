"""Progress of a search on the terminal: the trial, how long one takes, and the best so far."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from leaderboard import terminal
from leaderboard.evaluation.events import BatchFinished
from leaderboard.ranking.pareto import front, hypervolume
from leaderboard.reports.search_rows import turned
from leaderboard.reports.search_tables import setting
from leaderboard.store.records import StudyMode, TrialRecord, TrialState
from leaderboard.studies.events import FinalistStarted, SamplerChosen, SearchEvent, StudyBegun, TrialFinished

if TYPE_CHECKING:
    from leaderboard.studies.space import Space

_MARKS = {
    TrialState.COMPLETE: "[green]✓[/]",
    TrialState.PRUNED: "[yellow]–[/]",
    TrialState.FAILED: "[red]✗[/]",
    TrialState.RUNNING: " ",
}
_LISTED_LEVERS = 4
"""Largest number of levers in the line of a trial."""


class SearchProgress:
    """Progress bars on stderr, and a line for each trial; plain lines if stderr is no terminal.

    Attributes:
        study: name of the study; empty until it is begun.
    """

    def __init__(self, trials: int, console: Console | None = None) -> None:
        """Prepare the bars; they are shown once the study is begun.

        Args:
            trials: largest number of trials that the search proposes.
            console: console to print on; standard error when None.
        """
        self.study = ""
        self._space: Space | None = None
        self._mode = StudyMode.WEIGHTED
        self._trials = trials
        self._trials_by_number: dict[int, TrialRecord] = {}
        self._new: list[TrialRecord] = []
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=terminal.console(stderr=True) if console is None else console,
            transient=True,
        )
        self._all = self._progress.add_task("trials", total=trials)
        self._work = self._progress.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        return self

    def __call__(self, event: SearchEvent) -> None:
        """Show an event of a search."""
        match event:
            case StudyBegun():
                self.begin(event)
            case SamplerChosen():
                self._print(str(event))
            case TrialFinished():
                self.end(event.trial)
            case FinalistStarted():
                self._print(str(event))
                self._progress.update(self._all, description="held-out data")
            case BatchFinished():
                self.advance(event.work, event.done, event.total)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.study:
            self._progress.stop()

    def begin(self, event: StudyBegun) -> None:
        """Show the bars of a study, and whether it is resumed."""
        self.study = event.name
        self._space, self._mode = event.definition.point_space, event.definition.mode
        self._trials_by_number = {each.number: each for each in event.trials}
        self._progress.update(self._all, completed=self._proposed())
        self._progress.start()
        self._print(str(event))

    def end(self, trial: TrialRecord) -> None:
        """Show that a trial ended, in whichever process."""
        before = self._best()
        self._trials_by_number[trial.number] = trial
        self._new.append(trial)
        news = " [green]← best so far[/]" if self._best() != before and trial.number in self._best() else ""
        seconds = (trial.ended_at - trial.started_at).total_seconds() if trial.ended_at else 0.0
        self._progress.console.print(
            f"{_MARKS[trial.state]} trial {trial.number} {seconds:.0f} s [dim]{escape(self._summary(trial))}[/]{news}",
            highlight=False,
        )
        self._progress.update(self._all, completed=self._proposed(), description=self._description())
        self._progress.update(self._work, visible=False)

    def advance(self, work_text: str, rows: int, total: int) -> None:
        """Show that some rows were computed (see `engine.engine.Progress`)."""
        task, work = self._progress.tasks[self._work], work_text.partition(" · ")[0]
        if task.fields.get("work") != work or task.total != total or task.finished:
            self._progress.reset(self._work, total=total, visible=True, work=work)
        self._progress.update(self._work, description=work_text, advance=rows)

    def _print(self, text: str) -> None:
        self._progress.console.print(f"[dim]{escape(text)}[/]", highlight=False)

    def _proposed(self) -> int:
        """Return the number of proposed trials; variants of a training do not count."""
        return min(self._trials, sum(each.parent is None for each in self._trials_by_number.values()))

    def _summary(self, trial: TrialRecord) -> str:
        if trial.reason:
            return trial.reason.partition("\n")[0]
        changed = turned(self._space, trial) if self._space else {}
        levers = [f"{name} {setting(value)}" for name, value in changed.items()]
        listed = [*levers[:_LISTED_LEVERS], "…"] if len(levers) > _LISTED_LEVERS else levers
        losses = ", ".join(f"{loss:.3g}" for loss in trial.losses)
        infeasible = "" if trial.feasible else ", not feasible"
        return f"loss {losses}{infeasible} · {', '.join(listed) or 'everything off'}"

    def _best(self) -> frozenset[int]:
        feasible = [each for each in self._trials_by_number.values() if each.feasible]
        if not feasible:
            return frozenset()
        return frozenset(feasible[place].number for place in front([each.losses for each in feasible]))

    def _description(self) -> str:
        """Return the best trial in a few words, and how long a trial takes."""
        ended = [each for each in self._new if each.ended_at]
        spent = sum((each.ended_at - each.started_at).total_seconds() for each in ended if each.ended_at)
        each_takes = f"{spent / len(ended):.0f} s a trial · " if ended else ""
        best = [self._trials_by_number[number].losses for number in sorted(self._best())]
        if not best:
            return f"{each_takes}none feasible yet"
        if self._mode is StudyMode.PARETO:
            volume = hypervolume(best, [1.0] * len(best[0]))
            return f"{each_takes}front of {len(best)}, hypervolume {volume:.3f}"
        return f"{each_takes}smallest loss {best[0][0]:.4g}, trial {min(self._best())}"
