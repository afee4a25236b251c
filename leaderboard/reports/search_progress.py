"""Progress of a search on the terminal: which trial, how long one takes, and the best so far."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from leaderboard.ranking.pareto import front, hypervolume
from leaderboard.reports.search_rows import turned
from leaderboard.reports.searched import setting
from leaderboard.store.records import StudyMode, TrialRecord, TrialState

if TYPE_CHECKING:
    from leaderboard.studies.definition import Definition
    from leaderboard.studies.names import SamplerName

_MARKS = {
    TrialState.COMPLETE: "[green]✓[/]",
    TrialState.PRUNED: "[yellow]–[/]",
    TrialState.FAILED: "[red]✗[/]",
    TrialState.RUNNING: " ",
}
_NAMED = 4
"""Levers that are named in the line of a trial."""


class SearchProgress:
    """Bars on stderr, and a line a trial; lines without bars where nobody watches a terminal.

    Its methods are what `studies.search.Listener` asks for.
    """

    def __init__(
        self, definition: "Definition", trials: int, known: Sequence[TrialRecord] = (), console: Console | None = None
    ) -> None:
        """Get ready.

        Args:
            definition: of the search.
            trials: that it may propose in all.
            known: those of a study that goes on.
            console: where; standard error when None.
        """
        self._space = definition.point_space
        self._mode = definition.mode
        self._trials = trials
        self._seen = {each.number: each for each in known}
        self._new: list[TrialRecord] = []
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
            transient=True,
        )
        self._all = self._progress.add_task("trials", total=trials, completed=self._proposed())
        self._work = self._progress.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begun(self, name: str, went_on: bool, trials: int) -> None:
        """The study is there."""
        self._say(f"study {name} goes on after {trials} trials" if went_on else f"study {name} begins")

    def sampling(self, sampler: "SamplerName") -> None:
        """It is known who proposes points."""
        self._say(f"points are proposed by {sampler}")

    def ended(self, trial: TrialRecord) -> None:
        """A trial ended, in whichever process."""
        before = self._best()
        self._seen[trial.number] = trial
        self._new.append(trial)
        news = " [green]← best so far[/]" if self._best() != before and trial.number in self._best() else ""
        seconds = (trial.ended_at - trial.started_at).total_seconds() if trial.ended_at else 0.0
        self._progress.console.print(
            f"{_MARKS[trial.state]} trial {trial.number} {seconds:.0f} s [dim]{escape(self._told(trial))}[/]{news}",
            highlight=False,
        )
        self._progress.update(self._all, completed=self._proposed(), description=self._so_far())
        self._progress.update(self._work, visible=False)

    def scoring(self, trial: TrialRecord) -> None:
        """A finalist is scored on what was held out."""
        self._say(f"trial {trial.number} is scored on what was held out")
        self._progress.update(self._all, description="held-out data")

    def advance(self, what: str, done: int, total: int) -> None:
        """Some rows were computed (see `engine.engine.Progress`)."""
        task, work = self._progress.tasks[self._work], what.partition(" · ")[0]
        if task.fields.get("work") != work or task.total != total or task.finished:
            self._progress.reset(self._work, total=total, visible=True, work=work)
        self._progress.update(self._work, description=what, advance=done)

    def _say(self, text: str) -> None:
        self._progress.console.print(f"[dim]{escape(text)}[/]", highlight=False)

    def _proposed(self) -> int:
        """Those that count: variants of a training come on top of what was asked for."""
        return min(self._trials, sum(each.parent is None for each in self._seen.values()))

    def _told(self, trial: TrialRecord) -> str:
        if trial.reason:
            return trial.reason.partition("\n")[0]
        levers = [f"{name} {setting(value)}" for name, value in turned(self._space, trial).items()]
        named = [*levers[:_NAMED], "…"] if len(levers) > _NAMED else levers
        losses = ", ".join(f"{loss:.3g}" for loss in trial.losses)
        kept = "" if trial.feasible else ", not feasible"
        return f"loss {losses}{kept} · {', '.join(named) or 'everything off'}"

    def _best(self) -> frozenset[int]:
        feasible = [each for each in self._seen.values() if each.feasible]
        if not feasible:
            return frozenset()
        return frozenset(feasible[place].number for place in front([each.losses for each in feasible]))

    def _so_far(self) -> str:
        """The best in a few words, and how long a trial takes."""
        ended = [each for each in self._new if each.ended_at]
        spent = sum((each.ended_at - each.started_at).total_seconds() for each in ended if each.ended_at)
        each_takes = f"{spent / len(ended):.0f} s a trial · " if ended else ""
        best = [self._seen[number].losses for number in sorted(self._best())]
        if not best:
            return f"{each_takes}none feasible yet"
        if self._mode is StudyMode.PARETO:
            volume = hypervolume(best, [1.0] * len(best[0]))
            return f"{each_takes}front of {len(best)}, hypervolume {volume:.3f}"
        return f"{each_takes}least loss {best[0][0]:.4g}, trial {min(self._best())}"
